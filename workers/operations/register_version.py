"""register-version: finds where a version stands in its frame, against one that is already placed."""

from __future__ import annotations

from storage.jobs.records import Outputs
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step

ARGUMENTS = ("control", "prior", "options")


def run(work: Work) -> Outputs:
    """Register the moving inputs onto the fixed ones; the answer, right or ambiguous, is a result."""
    given = {name: work.claim.arguments.get(name) for name in ARGUMENTS}
    given["options"] = given["options"] or {}
    return run_and_keep(work, [step("register", **given)], {})
