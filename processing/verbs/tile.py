"""Make a 3D Tiles 1.1 tileset of a cloud or a mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.formats.detect import detect
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Make a 3D Tiles 1.1 tileset of a cloud or a mesh."""
    detected = detect(inputs)
    if detected.kind == "mesh":
        from processing.meshes.tiling import tile_mesh

        return tile_mesh(inputs, detected, arguments, out, progress)
    from processing.points.tiling import tile_cloud

    return tile_cloud(inputs, detected, arguments, out, progress)
