"""lod-version: makes the single-file levels of detail of a mesh."""

from __future__ import annotations

from storage.jobs.records import Outputs
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step


def run(work: Work) -> Outputs:
    """Make one GLB for each level, measured."""
    stated = work.stated
    return run_and_keep(work, [step("lod", **stated)], {"lod": "lod"}, parameters=stated)
