"""Draw one picture of a cloud or a mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.formats.detect import detect
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Draw one picture of a cloud or a mesh."""
    detected = detect(inputs)
    if detected.kind == "mesh":
        from processing.meshes.picture import picture_mesh

        return picture_mesh(inputs, detected, arguments, out, progress)
    from processing.points.picture import picture_cloud

    return picture_cloud(inputs, detected, arguments, out, progress)
