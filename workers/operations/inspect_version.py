"""inspect-version: says what was sent, draws it, and makes a first small tileset, in one child."""

from __future__ import annotations

from storage.jobs.records import Outputs
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step


def run(work: Work) -> Outputs:
    """Inspect, then picture and preview."""
    steps = [step("inspect"), step("picture"), step("preview", packed=True)]
    return run_and_keep(work, steps, {"picture": "picture", "preview": "preview"})
