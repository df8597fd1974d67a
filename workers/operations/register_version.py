"""register-version: finds where a version stands in its frame, against one that is already placed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.jobs.records import Outputs
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step


def run(work: Work) -> Outputs:
    """Register the moving inputs onto the fixed ones; the answer, right or ambiguous, is a result."""
    return run_and_keep(work, [register_step(work.claim.arguments)], {})


def register_step(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The step that a job's arguments ask for."""
    given: dict[str, Any] = {name: arguments.get(name) for name in ("control", "prior")}
    given |= {name: arguments.get(name) or {} for name in ("options", "stated")}
    return step("register", **given)
