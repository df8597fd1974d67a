"""cut-version: cuts a box or a prism out of the version's COPC file, by ranges."""

from __future__ import annotations

from storage.derivatives.cuts import KIND
from storage.jobs.records import Outputs
from workers.operations.work import Work, account_of, keep, run_steps, step


def run(work: Work) -> Outputs:
    """Cut what was asked for; the parameters of the job are those by which the cut is found again."""
    asked = dict(work.claim.arguments)
    outcome = run_steps(work, [step("cut", **asked)])
    result = outcome.result
    if result is None:
        raise RuntimeError("a run without failure has a result")
    made = keep(work, result.step("cut"), kind=KIND, parameters=asked)
    return Outputs(
        results={step.id: step.result for step in result.steps},
        derivatives=(made,),
        account=account_of(outcome),
    )
