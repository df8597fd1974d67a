"""spread-version: reads a large cloud once and leaves it as files of chunks that many workers can tile."""

from __future__ import annotations

from storage.derivatives.keys import WORK
from storage.jobs.records import Outputs
from workers.operations.work import Work, account_of, keep, limits_of, run_steps, step
from workers.room.intake import IntakeCaps


def run(work: Work) -> Outputs:
    """Spread the cloud; its finishing transaction makes a job of every group."""
    # The chunks of billions of points are more than any other step may hand out; the disk is their limit.
    caps = IntakeCaps(total_bytes=limits_of(work).disk_bytes)
    asked = step("spread", group_points=work.claim.arguments["group_points"], **work.stated)
    outcome = run_steps(work, [asked], caps=caps)
    if outcome.result is None:
        raise RuntimeError("a run without failure has a result")
    made = outcome.result.step("spread")
    return Outputs(
        results={"spread": made.result},
        derivatives=(keep(work, made, kind=WORK),),
        account=account_of(outcome),
    )
