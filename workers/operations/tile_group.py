"""tile-group: tiles one group of chunks of a spread cloud; any worker may, and none needs the others."""

from __future__ import annotations

from storage.derivatives.keys import WORK
from storage.jobs.parts import PART
from storage.jobs.records import Outputs
from workers.operations.work import Work, account_of, keep, run_steps, step

PACKS = ("pack",)
TABLES = ("table", "chunks")


def run(work: Work) -> Outputs:
    """Tile the group: its packs stay where they are put, its tables go to the join."""
    outcome = run_steps(work, [step("tile-group", group=work.claim.arguments["group"])])
    if outcome.result is None:
        raise RuntimeError("a run without failure has a result")
    made = outcome.result.step("tile-group")
    return Outputs(
        results={"tile-group": made.result},
        derivatives=(keep(work, made, kind=PART, roles=PACKS), keep(work, made, kind=WORK, roles=TABLES)),
        account=account_of(outcome),
    )
