"""Tiles one group of a spread cloud: finished tiles into packs, and what belongs above them into a table."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.points.chunk_tiles import Records
from processing.points.chunking import Chunk
from processing.points.encoding import EncodedTile
from processing.points.octree import key_of
from processing.points.shared.groups import (
    PART_TABLE,
    SCHEMA,
    UPWARD,
    Group,
    named,
    read_records,
    read_spread,
)
from processing.points.shared.packs import PartSink
from processing.points.shared.spread import OCTETS
from processing.points.tiling import tiled_chunks
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.room.sources import Source
from processing.tiles.sinks import GLB, JSON
from processing.tiles.subtrees import TilePlace


def tile_group(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Tile group number ``group`` of a spread cloud."""
    spread = read_spread(inputs)
    number = arguments.get("group")
    if not isinstance(number, int) or not 0 <= number < len(spread.groups):
        last = len(spread.groups) - 1
        raise KnownError("invalid-arguments", f"there is no group {number!r}", f"they go from 0 to {last}")
    group = spread.groups[number]
    source = named(inputs, group.file).source
    sink = PartSink(out)
    nodes: dict[str, list[Any]] = {}
    above: dict[TilePlace, list[Records]] = {}
    progress.stage("tiling", group.points, "points")
    for done in tiled_chunks(spread.plan, group.chunks, _reading(group, source)):
        for tile in done.tiles:
            sink.put(key_of(tile.place), tile.glb, GLB)
            nodes[_name(tile.place)] = _node(tile)
        for place, records in done.upward:
            above.setdefault(place, []).append(records)
        progress.advance(done.chunk.points)
    files = [file for file in sink.close() if file["role"] == "pack"]
    (out / "index.json").unlink()
    table = {
        "schema": SCHEMA,
        "group": number,
        "index": sink.index(),
        "digests": sink.digests,
        "nodes": nodes,
        "upward": _written(above, out / UPWARD),
    }
    (out / PART_TABLE).write_text(json.dumps(table, separators=(",", ":"), allow_nan=False))
    return {
        "group": number,
        "points": group.points,
        "tiles": len(nodes),
        "bytes": sink.written_bytes,
        "content_sha256": sink.content_sha256(),
        "files": [
            {"path": PART_TABLE, "role": "table", "media_type": JSON},
            {"path": UPWARD, "role": "chunks", "media_type": OCTETS},
            *files,
        ],
    }


def _reading(group: Group, source: Source) -> Callable[[Chunk], Records]:
    """Return what reads a chunk out of the group's file; one at a time from any thread."""
    ends = accumulate(chunk.points for chunk in group.chunks)
    starts = {chunk.first_bin: end - chunk.points for chunk, end in zip(group.chunks, ends, strict=True)}
    lock = threading.Lock()

    def read(chunk: Chunk) -> Records:
        with lock:
            return read_records(source, starts[chunk.first_bin], chunk.points)

    return read


def _name(place: TilePlace) -> str:
    return "-".join(map(str, place))


def _node(tile: EncodedTile) -> list[Any]:
    return [*tile.low.tolist(), *tile.high.tolist(), tile.points]


def _written(above: dict[TilePlace, list[Records]], path: Path) -> list[list[Any]]:
    """Write the records that belong above, node by node; answer each node and how many it has there."""
    rows: list[list[Any]] = []
    with path.open("wb") as file:
        for place in sorted(above):
            together = np.concatenate(above[place])
            together.tofile(file)
            rows.append([list(place), len(together)])
    return rows
