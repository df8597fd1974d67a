"""The tiles of one chunk: sort, choose levels, put into nodes, encode. Needs nothing but the plan."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.geometry.morton import BITS, morton_cells
from processing.points.chunking import Chunk
from processing.points.encoding import EncodedTile, encode_tiles
from processing.points.levels import (
    LEAF_DENSITY,
    LEAF_POINTS,
    LEAST_POINTS,
    assign_nodes,
    gathered,
    point_levels,
)
from processing.points.plan import TilePlan
from processing.points.sorting import BIN_DIGITS, BIN_SHIFT, count_cells, sort_chunk
from processing.tiles.subtrees import TilePlace

Records = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class ChunkTiles:
    """What came of one chunk: its tiles, and records that belong to nodes above it, which chunks share."""

    chunk: Chunk
    tiles: list[EncodedTile]
    upward: list[tuple[TilePlace, Records]]


def tiles_of_chunk(plan: TilePlan, chunk: Chunk, records: Records, *, threads: int = 1) -> ChunkTiles:
    """Make the tiles of a chunk from its records (n, 2), which may come in any order and are overwritten.

    Raises
    ------
    KnownError
        ``corrupt-data`` if a record lies outside the chunk.
    """
    # Enough cells that each holds a few points; more would only be memory to walk through.
    digits = max(1, min(BIN_DIGITS, (chunk.points // 8).bit_length() // 3))
    below = 3 * (BITS - chunk.depth - digits)
    first = chunk.first_bin << BIN_SHIFT >> below
    counts = np.zeros(8**digits, np.int64)
    if len(records) != chunk.points or not count_cells(records, first, below, counts):
        raise KnownError("corrupt-data", f"{len(records)} records are not those of {chunk}")
    spare = np.empty_like(records)
    sort_chunk(records, spare, counts, first, below, plan.spare_bits)
    levels = point_levels(records)
    nodes, table = assign_nodes(records, levels, chunk.depth, LEAF_POINTS, LEAST_POINTS, LEAF_DENSITY)
    starts = gathered(records, nodes, len(table), spare)
    places = places_of(table[:, 0], records[table[:, 1], 0])
    del levels, nodes
    return ChunkTiles(
        chunk=chunk,
        tiles=_encoded(spare, starts, places, plan, chunk.depth, threads),
        upward=[
            (places[i], spare[starts[i] : starts[i + 1]].copy())
            for i in range(chunk.depth)
            if starts[i + 1] > starts[i]
        ],
    )


def tile_of_records(plan: TilePlan, place: TilePlace, pieces: Sequence[Records]) -> EncodedTile:
    """Make the tile of a node above the chunks from what they sent up, in any order."""
    # Chunks are runs of the Morton order, and what each sent up is sorted.
    together = np.concatenate(sorted(pieces, key=lambda piece: int(piece[0, 0])))
    return encode_tiles(together, np.array([0, len(together)], np.int64), [place], plan, 0, 1)[0]


def _encoded(
    records: Records,
    starts: NDArray[np.int64],
    places: list[TilePlace],
    plan: TilePlan,
    first: int,
    threads: int,
) -> list[EncodedTile]:
    """Encode nodes from ``first`` on; a cloud of one chunk has all threads to itself."""
    last = len(places)
    if threads == 1 or last - first < threads:
        return encode_tiles(records, starts, places, plan, first, last)
    goals = [starts[first] + (starts[last] - starts[first]) * k // threads for k in range(1, threads)]
    edges = [first, *np.searchsorted(starts[first:last], goals).tolist(), last]
    edges[1:-1] = [first + edge for edge in edges[1:-1]]
    with ThreadPoolExecutor(threads) as pool:
        made = [
            pool.submit(encode_tiles, records, starts, places, plan, low, high)
            for low, high in itertools.pairwise(edges)
        ]
        return [tile for one in made for tile in one.result()]


def places_of(levels: NDArray[np.int64], keys: NDArray[np.uint64]) -> list[TilePlace]:
    """Name the nodes of these levels that hold these keys."""
    cells = morton_cells(keys).astype(np.int64) >> (BITS - levels)[:, None]
    rows = np.concatenate([levels[:, None], cells], axis=1)
    return [(level, x, y, z) for level, x, y, z in rows.tolist()]
