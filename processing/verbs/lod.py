"""Make the set of GLB levels of a mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.formats.detect import Detected, detect
from processing.meshes.kernel import choose
from processing.meshes.loading import load
from processing.meshes.lod import write_levels
from processing.progress import Progress
from processing.room.inputs import Inputs

RECIPE = {"name": "mesh-lod", "version": 3}


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Write ``lod-50.glb`` … ``lod-1.glb`` and ``plain-10.glb``; answers each level's size and error."""
    kernel = choose(arguments.get("kernel"))
    loaded = load(inputs, a_mesh(detect(inputs)), arguments, progress)
    levels, files = write_levels(
        loaded.mesh,
        out,
        progress,
        whole_triangles=loaded.triangles_left,
        copy_error_m=loaded.copy_error_m,
    )
    return {
        "triangles": loaded.triangles_left,
        "levels": levels,
        "copy_error_m": loaded.copy_error_m,
        "origin": [float(value) for value in loaded.mesh.origin],
        "recipe": RECIPE | {"kernel": kernel},
        "files": files,
    }


def a_mesh(detected: Detected) -> Detected:
    """Refuse what is no mesh."""
    if detected.kind != "mesh":
        what = detected.format.upper()
        raise KnownError("invalid-arguments", f"{what} is a point cloud, and this verb needs a mesh", None)
    return detected
