"""Write down what is done, in the transaction that does it."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from storage.audit.tables import AuditRow
from storage.callers import Caller


def record(
    db: Session,
    action: str,
    object_type: str,
    object_id: UUID,
    *,
    organisation_id: UUID | None,
    caller: Caller | None = None,
    agent: str | None = None,
    **details: Any,
) -> None:
    """Add the audit row of `action` (dotted, past tense), by a caller or by an `agent` (software)."""
    actor = caller.as_actor() if caller is not None else {}
    db.add(
        AuditRow(
            action=action,
            object_type=object_type,
            object_id=object_id,
            organisation_id=organisation_id,
            agent=agent,
            details=details,
            **actor,
        )
    )
