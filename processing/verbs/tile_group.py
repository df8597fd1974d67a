"""Tile one group of a spread cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.points.shared.part import tile_group
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Tile ``group`` of what ``spread`` left: packs, ``part.json`` and ``upward.bin``."""
    return tile_group(inputs, arguments, out, progress)
