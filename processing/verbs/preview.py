"""Make a small tileset from a few per cent of the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.formats.detect import detect
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Make a small tileset from a few per cent of the data."""
    detected = detect(inputs)
    if detected.kind == "mesh":
        from processing.meshes.preview import preview_mesh

        return preview_mesh(inputs, detected, arguments, out, progress)
    from processing.points.preview import preview_cloud

    return preview_cloud(inputs, detected, arguments, out, progress)
