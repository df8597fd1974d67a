"""join-tiles: makes one tileset of all parts: the tiles above them, the tree, and the index of all packs."""

from __future__ import annotations

from storage.jobs.records import Outputs
from workers.operations.work import Work, account_of, keep, run_steps, step


def run(work: Work) -> Outputs:
    """Join the parts; their packs are not read: the finishing transaction adds them where they lie."""
    outcome = run_steps(work, [step("join-tiles")])
    if outcome.result is None:
        raise RuntimeError("a run without failure has a result")
    made = outcome.result.step("join-tiles")
    return Outputs(
        # The same as one worker would have said of the whole, under the same name and recipe.
        results={"tile": made.result},
        derivatives=(keep(work, made, kind="tileset", operation="tile", parameters=work.stated),),
        account=account_of(outcome),
    )
