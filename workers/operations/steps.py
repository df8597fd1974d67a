"""Turns a run in the room into what finishing a job takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from storage import db as database
from storage.jobs import finishing
from storage.jobs.records import Outputs
from workers.operations.work import Work, account_of, keep, run_steps
from workers.room.intake import StepResult

log = structlog.get_logger()


def run_and_keep(
    work: Work,
    steps: Sequence[Mapping[str, Any]],
    kinds: Mapping[str, str],
    *,
    early: Collection[str] = (),
    parameters: Mapping[str, Any] | None = None,
) -> Outputs:
    """Run steps; the files of each step named in ``kinds`` (step → kind) become a derivative.

    Those of the steps in ``early`` are handed over as soon as they are there, while the rest goes on.
    ``parameters`` are what they were asked for besides, by which they are found again.
    """
    handed: set[str] = set()

    def hand_over(made: StepResult, folder: Path) -> None:
        derivative = keep(replace(work, folder=folder), made, kind=kinds[made.id], parameters=parameters)
        with database.transaction(work.runtime.sessions) as db:
            finishing.hand_over(db, work.claim, derivative)
        handed.add(made.id)
        log.info("job.handed_over", kind=kinds[made.id], seconds=made.seconds)

    outcome = run_steps(work, steps, early=dict.fromkeys(early, hand_over))
    result = outcome.result
    if result is None:
        raise RuntimeError("a run without failure has a result")
    made = [
        keep(work, result.step(name), kind=kind, parameters=parameters)
        for name, kind in kinds.items()
        if name not in handed
    ]
    return Outputs(
        results={step.id: step.result for step in result.steps},
        derivatives=tuple(made),
        account=account_of(outcome),
    )
