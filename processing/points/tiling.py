"""Clouds as 3D Tiles: out of core, additive, the same tiles whatever the memory."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.formats.detect import Detected
from processing.geometry.morton import BITS, morton_cells
from processing.points.chunking import Chunk, load_chunks
from processing.points.encoding import Attributes, EncodedTile, encode_tile
from processing.points.grid import Cube
from processing.points.inspection import described
from processing.points.levels import LEAF_POINTS, LEAST_POINTS, assign_nodes, gathered, point_levels
from processing.points.octree import Node, cell_m, key_of, write_tileset
from processing.points.reading import open_cloud
from processing.points.sorting import sort_by_key
from processing.points.spilling import Spilled, spill_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.sinks import GLB, Sink, open_sink
from processing.tiles.subtrees import TilePlace

# Two chunks are worked on at once: 2 x (3 M x 16 B x 2 and 20 B of work space) is about 300 MiB.
CHUNK_POINTS = 3_000_000
BYTES_PER_CHUNK_POINT = 100
WORKERS = 2
RECIPE = {"name": "cloud-tiles", "version": 1}


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What came of one chunk: encoded tiles, and records that belong to nodes above it."""

    tiles: list[tuple[TilePlace, EncodedTile]]
    upward: list[tuple[TilePlace, NDArray[np.uint64]]]
    points: int


def tile_cloud(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Tile a cloud into ``out``; ``memory_mib`` bounds the working memory, and changes no tile."""
    del inputs
    work = out / ".work"
    memory_mib = arguments.get("memory_mib")
    chunk_points = CHUNK_POINTS
    if memory_mib is not None:
        chunk_points = max(200_000, int(memory_mib) * 2**20 // (BYTES_PER_CHUNK_POINT * WORKERS))
    try:
        cloud = open_cloud(Inputs(detected.mains), work)
        spilled = spill_cloud(cloud, work, progress)
        sink = open_sink(out, packed=bool(arguments.get("packed")))
        result = write_tiles(spilled, sink, work, progress, chunk_points=chunk_points)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    about = described(cloud, detected)
    keep = ("crs", "frame", "warnings", "dropped", "invalid")
    return result | {key: about[key] for key in keep}


def write_tiles(
    spilled: Spilled, sink: Sink, work: Path, progress: Progress, *, chunk_points: int = CHUNK_POINTS
) -> dict[str, Any]:
    """Write all tiles of a spilled cloud and its tileset.json into a sink; answer the result of ``tile``."""
    cube = spilled.cube()
    nodes: dict[TilePlace, Node] = {}
    above: dict[TilePlace, list[NDArray[np.uint64]]] = {}
    coarsest_m = 0.0
    loaded = load_chunks(spilled, cube, chunk_points, work, progress)
    started = False
    for done in _in_order(loaded, cube, spilled.attributes):
        if not started:
            progress.stage("tiling", spilled.points, "points")
            started = True
        for place, tile in done.tiles:
            coarsest_m = max(coarsest_m, _put(sink, nodes, place, tile))
        for place, records in done.upward:
            above.setdefault(place, []).append(records)
        progress.advance(done.points)
    for place in sorted(above):
        tile = encode_tile(np.concatenate(above.pop(place)), cube, spilled.attributes)
        coarsest_m = max(coarsest_m, _put(sink, nodes, place, tile))
    # Rounding to the grid, then to the steps of the coarsest tile, along the diagonal.
    to_grid_m = 0.0 if spilled.grid.exact else spilled.grid.step_m / 2
    error_m = (3**0.5) * (to_grid_m + coarsest_m)
    implicit = write_tileset(nodes, cube, sink, {"points": spilled.points, "max_position_error_m": error_m})
    files = sink.close()
    return {
        "tileset": "tileset.json",
        "tiles": len(nodes),
        "bytes": sink.written_bytes,
        "points": sum(node.points for node in nodes.values()),
        "levels": 1 + max(place[0] for place in nodes),
        "origin": spilled.grid.origin.tolist(),
        "recipe": RECIPE | {"leaf_points": LEAF_POINTS, "least_points": LEAST_POINTS},
        "step_m": spilled.grid.step_m,
        "max_position_error_m": error_m,
        "spacing_m": cell_m(cube, 0),
        "implicit": implicit,
        "files": files,
    }


def _put(sink: Sink, nodes: dict[TilePlace, Node], place: TilePlace, tile: EncodedTile) -> float:
    sink.put(key_of(place), tile.glb, GLB)
    nodes[place] = Node(low=tile.low, high=tile.high, points=tile.points)
    return tile.error_m


def _in_order(
    loaded: Iterator[tuple[Chunk, NDArray[np.uint64]]], cube: Cube, attributes: Attributes
) -> Iterator[_Done]:
    """Work on two chunks at once and answer them in the order they came."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[_Done]] = deque()
        for chunk, records in loaded:
            waiting.append(pool.submit(_tiles_of_chunk, chunk, records, cube, attributes, pool_of(chunk)))
            del records
            if len(waiting) >= WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def pool_of(chunk: Chunk) -> int:
    """Answer how many threads encode a chunk: a cloud of one chunk has all of them to itself."""
    return WORKERS if chunk.depth == 0 else 1


def _tiles_of_chunk(
    chunk: Chunk, records: NDArray[np.uint64], cube: Cube, attributes: Attributes, threads: int
) -> _Done:
    spare = np.empty_like(records)
    ordered = sort_by_key(records, spare)
    levels = point_levels(ordered)
    nodes, table = assign_nodes(ordered, levels, chunk.depth, LEAF_POINTS, LEAST_POINTS)
    first_keys = ordered[table[:, 1], 0]
    target = spare if ordered is records else records
    starts = gathered(ordered, nodes, len(table), target)
    places = [_place(int(level), key) for level, key in zip(table[:, 0], first_keys, strict=True)]
    pieces = [target[starts[i] : starts[i + 1]] for i in range(len(table))]
    filled = [i for i in range(chunk.depth, len(table)) if len(pieces[i])]
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(lambda i: encode_tile(pieces[i], cube, attributes), filled))
    return _Done(
        tiles=[(places[i], tile) for i, tile in zip(filled, made, strict=True)],
        upward=[(places[i], pieces[i].copy()) for i in range(chunk.depth) if len(pieces[i])],
        points=len(records),
    )


def _place(level: int, key: np.uint64) -> TilePlace:
    x, y, z = (int(value) >> (BITS - level) for value in morton_cells(np.array([key], np.uint64))[0])
    return level, x, y, z
