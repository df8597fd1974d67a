"""tile-version: makes the full tileset of a version, packed."""

from __future__ import annotations

from storage.jobs.records import Outputs
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step


def run(work: Work) -> Outputs:
    """Tile everything into packs and an index."""
    stated = work.stated
    return run_and_keep(work, [step("tile", packed=True, **stated)], {"tile": "tileset"}, parameters=stated)
