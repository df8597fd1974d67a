"""3D Tiles of a mesh of any size: an octree of bounded tiles that close at any mix of levels."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.formats.detect import Detected
from processing.formats.mesh_blocks import mesh_blocks
from processing.in_turn import in_turn
from processing.meshes import kernel
from processing.meshes.grid import on_grid
from processing.meshes.large.copying import LARGE_TRIANGLES
from processing.meshes.loading import is_loaded, load
from processing.meshes.mesh import F64, Mesh
from processing.meshes.reading import check_answers
from processing.meshes.tiles.content import Contents
from processing.meshes.tiles.cube import cube_of
from processing.meshes.tiles.growing import Grown, Output, Recipe, grow_chunk
from processing.meshes.tiles.joining import Joiner
from processing.meshes.tiles.octree import LEAF_TRIANGLES
from processing.meshes.tiles.spilling import CHUNK_VERTICES, Spilled, Spiller
from processing.meshes.tiles.streaming import Place, spill_blocks
from processing.meshes.tiles.table import Look, Table, layout_of, words_of
from processing.meshes.tiles.tree import MAX_EXPLICIT_TILES, write_tree
from processing.meshes.whole import repeats
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.sinks import GLB, Sink, open_sink

RECIPE = {"name": "mesh-tiles", "version": 5}
# A mesh without colours is shaded by normals, which are made in memory, as long as it is small.
SMALL = 4_000_000


def tile_mesh(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Tile the mesh of an upload; see the verb ``tile``. What can be read in blocks may have any size."""
    kernel.choose(arguments.get("kernel"))
    sink = open_sink(out, packed=bool(arguments.get("packed", False)))
    leaf_triangles = int(arguments.get("leaf_triangles", LEAF_TRIANGLES))
    work = out / ".work"
    try:
        streamed = _streamed(inputs, detected, arguments, work, progress)
        if streamed is not None:
            spilled, place = streamed
            recipe = Recipe(
                look=spilled.look,
                cube=spilled.cube,
                contents=Contents(spilled.look, [], 0),
                leaf_triangles=leaf_triangles,
                source_error_m=0.0,
            )
            result = write_spilled(
                spilled,
                recipe,
                place.origin,
                sink,
                progress,
                explicit_tiles=int(arguments.get("explicit_tiles", MAX_EXPLICIT_TILES)),
            )
        else:
            mesh = load(inputs, detected, arguments, progress).mesh
            result = write_tiles(mesh, sink, progress, leaf_triangles=leaf_triangles)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return result | {"files": sink.close()}


def _streamed(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], work: Path, progress: Progress
) -> tuple[Spilled, Place] | None:
    """Spill what can be read in blocks, unless a step before has read it; without colours only if large."""
    if is_loaded(inputs, arguments):
        return None
    check_answers(arguments)
    progress.stage("reading", 1, "mesh")
    large = int(arguments.get("large_triangles", LARGE_TRIANGLES))
    with mesh_blocks(inputs, detected, large_triangles=large) as blocks:
        # What is larger than that is held in memory as a copy alone, and tiles are never made of that.
        if blocks is None or (not blocks.has_colours and blocks.triangles < min(SMALL, large)):
            return None
        most = chunk_vertices(blocks.vertices // blocks.rows_a_vertex, LEAF_TRIANGLES)
        return spill_blocks(blocks, arguments, work, progress, most=most)


def write_tiles(
    mesh: Mesh,
    sink: Sink,
    progress: Progress,
    *,
    leaf_triangles: int = LEAF_TRIANGLES,
    halvings: int = 0,
    source_error_m: float = 0.0,
) -> dict[str, Any]:
    """Write ``tileset.json`` and its tiles of a mesh in memory; answers the result of the step.

    ``halvings`` of the images at the finest level; ``source_error_m`` is how far the mesh itself stands
    from what it was made of.
    """
    on = on_grid(mesh)
    look = Look(
        layout=layout_of(on.mesh), step_m=on.step_m, images=on.mesh.images, base_colour=on.mesh.base_colour
    )
    table = Table(words_of(on.mesh, on.cells, look.layout))
    spiller = Spiller(
        table,
        look,
        cube_of(on.cells.min(axis=0), on.cells.max(axis=0)),
        None,
        most=chunk_vertices(len(on.cells), leaf_triangles),
    )
    spiller.add(on.mesh.triangles)
    spilled = spiller.finish()
    repeated = [repeats(mesh, number) for number in range(len(mesh.images))]
    recipe = Recipe(
        look=look,
        cube=spilled.cube,
        contents=Contents(look, repeated, halvings),
        leaf_triangles=leaf_triangles,
        source_error_m=source_error_m,
    )
    result = write_spilled(spilled, recipe, mesh.origin, sink, progress)
    return result | {"collapsed_triangles": on.collapsed}


def chunk_vertices(vertices: int, leaf_triangles: int) -> int:
    """How many vertices a chunk may have: an eighth, so that both cores have work, within bounds."""
    return min(CHUNK_VERTICES, max(vertices // 8, 2 * leaf_triangles))


def write_spilled(
    spilled: Spilled,
    recipe: Recipe,
    origin: F64,
    sink: Sink,
    progress: Progress,
    *,
    explicit_tiles: int = MAX_EXPLICIT_TILES,
) -> dict[str, Any]:
    """Write the tiles of a spilled mesh; ``origin`` (3,) is where local zero stands."""
    progress.stage("tiling", spilled.triangles, "triangles")
    joiner = Joiner(spilled.chunks, spilled.cube, recipe)
    tiles = triangles = duplicates = 0
    for number, grown, output in _grown_chunks(spilled, recipe):
        for made in [output, *joiner.add(number, grown)]:
            for key, data in made.contents:
                sink.put(key, data, GLB)
            tiles += len(made.contents)
            triangles += made.source_triangles
            duplicates += made.duplicates
            progress.advance(made.source_triangles)
    spilled.close()
    root = joiner.root
    if root is None:
        raise KnownError("empty-result", "no triangle of the mesh is left on its grid", "check its unit")
    extras = {"step_m": recipe.look.step_m, "recipe": RECIPE | {"kernel": kernel.name()}}
    implicit = write_tree(
        root.tile, spilled.cube, recipe.look.step_m, origin, sink, extras, explicit_tiles=explicit_tiles
    )
    return {
        "tileset": "tileset.json",
        "tiles": tiles,
        "bytes": sink.written_bytes,
        "triangles": triangles,
        "collapsed_triangles": spilled.collapsed,
        "duplicate_triangles": duplicates,
        "levels": root.height + 1,
        "implicit": implicit,
        "origin": [float(value) for value in origin],
        "step_m": recipe.look.step_m,
        "root_triangles": len(root.triangles),
        "root_error_m": root.tile.geometric_error_m,
        "recipe": RECIPE | {"kernel": kernel.name()},
    }


def _grown_chunks(spilled: Spilled, recipe: Recipe) -> Iterator[tuple[int, Grown | None, Output]]:
    """Work on two chunks at once, and answer them in their order."""
    chunks = range(len(spilled.chunks))
    for number, made in zip(chunks, in_turn(lambda n: grow_chunk(spilled, n, recipe), chunks), strict=True):
        yield number, *made
