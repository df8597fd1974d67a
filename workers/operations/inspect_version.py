"""inspect-version: makes a first small tileset, says what was sent, and draws it, in one child."""

from __future__ import annotations

from storage.jobs.records import Outputs
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step


def run(work: Work) -> Outputs:
    """Make the preview and show it at once, then read everything and draw the picture."""
    stated = work.stated
    steps = [step("preview", packed=True, **stated), step("inspect", **stated), step("picture", **stated)]
    kinds = {"preview": "preview", "picture": "picture"}
    return run_and_keep(work, steps, kinds, early=("preview",), parameters=stated)
