"""A small tileset of a mesh, there before the full one: a single tile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.formats.detect import Detected
from processing.meshes.deviation import deviation, surface
from processing.meshes.loading import load
from processing.meshes.simplification import simplified
from processing.meshes.tiling import write_tiles
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.sinks import open_sink

TRIANGLES = 40_000
MAX_TEXTURE_SIDE = 1024
SAMPLES = 20_000
# One tile: a mesh of this many triangles never has as many vertices, so it is not cut.
ONE_TILE = 60_000


def preview_mesh(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Write a tileset of one tile with at most 60,000 triangles; its error is measured as a full one's is."""
    loaded = load(inputs, detected, arguments, progress)
    mesh = loaded.mesh
    sink = open_sink(out, packed=bool(arguments.get("packed", False)))
    lighter, error_m = mesh, loaded.copy_error_m
    if len(mesh.triangles) > TRIANGLES:
        progress.stage("simplifying", 1, "mesh")
        lighter = simplified(mesh, target_triangles=TRIANGLES)
        one = surface(mesh.positions, mesh.triangles, samples=SAMPLES)
        other = surface(lighter.positions, lighter.triangles, samples=SAMPLES)
        error_m += deviation(one, other).hausdorff_m
        progress.advance()
    largest = max([max(image.width, image.height) for image in mesh.images], default=0)
    halvings = 0
    while largest >> halvings > MAX_TEXTURE_SIDE:
        halvings += 1
    result = write_tiles(
        lighter, sink, progress, leaf_triangles=ONE_TILE, halvings=halvings, source_error_m=error_m
    )
    return result | {"files": sink.close()}
