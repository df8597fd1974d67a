"""measure-version and clean-version: recipes over the version's COPC file, read by ranges."""

from __future__ import annotations

from storage.derivatives.recipes import CLEANING, MEASURING, Recipe
from storage.jobs.records import Outputs
from workers.operations.work import Work, account_of, keep, run_steps, step


def measure(work: Work) -> Outputs:
    """Measure the cloud, and keep the measures as a file too."""
    return _made(work, MEASURING, "measures.json")


def clean(work: Work) -> Outputs:
    """Clean the cloud; the result says what that did to it."""
    return _made(work, CLEANING, "clean.copc.laz")


def _made(work: Work, recipe: Recipe, name: str) -> Outputs:
    asked = dict(work.claim.arguments)
    outcome = run_steps(work, [step(recipe.kind, file=name, **asked)])
    result = outcome.result
    if result is None:
        raise RuntimeError("a run without failure has a result")
    made = keep(work, result.step(recipe.kind), kind=recipe.kind, parameters=asked)
    return Outputs(
        results={step.id: step.result for step in result.steps},
        derivatives=(made,),
        account=account_of(outcome),
    )
