"""Turns a run in the room into what finishing a job takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storage.jobs.records import Outputs
from workers.operations.work import Work, account_of, keep, run_steps


def run_and_keep(work: Work, steps: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> Outputs:
    """Run steps; the files of each step named in ``kinds`` (step → kind) become a derivative."""
    outcome = run_steps(work, steps)
    result = outcome.result
    if result is None:
        raise RuntimeError("a run without failure has a result")
    made = [keep(work, result.step(name), kind=kind) for name, kind in kinds.items()]
    return Outputs(
        results={step.id: step.result for step in result.steps},
        derivatives=tuple(made),
        account=account_of(outcome),
    )
