"""Make the set of GLB levels of a mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.formats.detect import Detected, detect
from processing.meshes.loading import load
from processing.meshes.lod import write_levels
from processing.progress import Progress
from processing.room.inputs import Inputs

RECIPE = {"name": "mesh-lod", "version": 2}


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Write ``lod-50.glb`` … ``lod-1.glb`` and ``plain-10.glb``; answers each level's size and error."""
    check_kernel(arguments)
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
        "recipe": RECIPE | {"kernel": "meshoptimizer-1.3.0-wasm"},
        "files": files,
    }


def a_mesh(detected: Detected) -> Detected:
    """Refuse what is no mesh."""
    if detected.kind != "mesh":
        what = detected.format.upper()
        raise KnownError("invalid-arguments", f"{what} is a point cloud, and this verb needs a mesh", None)
    return detected


def check_kernel(arguments: dict[str, Any]) -> None:
    """Only the WASM kernel is there; another is refused, never swapped silently."""
    wanted = arguments.get("kernel", "wasm")
    if wanted != "wasm":
        raise KnownError("kernel-missing", f"the {wanted!r} simplifier is not there", "leave --kernel out")
