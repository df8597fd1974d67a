"""Work keys: the same work on the same bytes for the same organisation has the same key."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import rfc8785


def work_key(
    *,
    operation: str,
    recipe_version: int,
    parameters: Mapping[str, Any],
    digests: Sequence[str],
    organisation_id: UUID,
) -> str:
    """Return the SHA-256 (hex) over the canonical JSON of all that decides what comes out.

    The parameters of a *job* name its version, for it writes to that version; those of a *derivative* do not,
    so that several versions of the same bytes share it.
    """
    return hashlib.sha256(
        rfc8785.dumps(
            {
                "operation": operation,
                "recipe_version": recipe_version,
                "parameters": dict(parameters),
                "digests": list(digests),
                "organisation": str(organisation_id),
            }
        )
    ).hexdigest()
