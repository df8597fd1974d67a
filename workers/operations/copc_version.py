"""copc-version: makes the file that analysts download."""

from __future__ import annotations

from storage.jobs.records import Outputs
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step


def run(work: Work) -> Outputs:
    """Write the whole cloud as one COPC file."""
    return run_and_keep(work, [step("copc")], {"copc": "copc"})
