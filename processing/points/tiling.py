"""Clouds as 3D Tiles: out of core, additive, the same tiles whatever the memory, threads or order of points.

Three steps, which the work shared by several machines uses too: ``spill_cloud`` (spilling.py) reads a cloud
into records on disk; ``tiles_of_chunk`` (chunk_tiles.py) makes the tiles of one chunk from its records; a
``Joiner`` (joining.py) makes the tiles above and tileset.json.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from processing.formats.detect import Detected
from processing.in_turn import in_turn
from processing.points.chunk_tiles import ChunkTiles, Records, tiles_of_chunk
from processing.points.chunking import CHUNK_POINTS, Chunk
from processing.points.inspection import described
from processing.points.joining import Joiner
from processing.points.octree import MAX_EXPLICIT_TILES
from processing.points.plan import TilePlan
from processing.points.reading import open_cloud
from processing.points.spilling import Spilled, spill_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.sinks import Sink, open_sink

WORKERS = 2
# What one more chunk in flight takes, with what the process itself holds.
CHUNK_MIB = 200


def tile_cloud(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Tile a cloud into ``out``; ``memory_mib`` bounds how many chunks are worked on at once."""
    del inputs
    work = out / ".work"
    memory_mib = int(arguments.get("memory_mib", 0)) or 2 * WORKERS * CHUNK_MIB
    try:
        cloud = open_cloud(Inputs(detected.mains), work, crs=arguments.get("crs"))
        spilled = spill_cloud(cloud, work, progress)
        result = write_tiles(
            spilled,
            open_sink(out, packed=bool(arguments.get("packed"))),
            progress,
            at_once=max(1, min(WORKERS, memory_mib // CHUNK_MIB - 1)),
            explicit_tiles=int(arguments.get("explicit_tiles", MAX_EXPLICIT_TILES)),
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)
    about = described(cloud, detected)
    keep = ("crs", "frame", "warnings", "dropped", "invalid")
    return result | {key: about[key] for key in keep}


def write_tiles(
    spilled: Spilled,
    sink: Sink,
    progress: Progress,
    *,
    chunk_points: int = CHUNK_POINTS,
    at_once: int = WORKERS,
    explicit_tiles: int = MAX_EXPLICIT_TILES,
) -> dict[str, Any]:
    """Write all tiles of a spilled cloud and its tileset.json into a sink; answer the result of ``tile``."""
    progress.stage("tiling", spilled.plan.points, "points")
    joiner = Joiner(spilled.plan, sink)
    chunks = spilled.chunks(chunk_points)
    for done in tiled_chunks(spilled.plan, chunks, spilled.read, at_once=at_once):
        joiner.passed(done.chunk)
        joiner.add(done)
        progress.advance(done.chunk.points)
    spilled.close()
    return joiner.finish(explicit_tiles=explicit_tiles)


def tiled_chunks(
    plan: TilePlan, chunks: Sequence[Chunk], read: Callable[[Chunk], Records], *, at_once: int = WORKERS
) -> Iterator[ChunkTiles]:
    """Work on some chunks at once, and answer them in their order; ``read`` is called in threads."""
    # A cloud of one chunk has all threads to itself.
    threads = WORKERS if len(chunks) == 1 else 1

    def work(chunk: Chunk) -> ChunkTiles:
        return tiles_of_chunk(plan, chunk, read(chunk), threads=threads)

    return in_turn(work, chunks, at_once=at_once)
