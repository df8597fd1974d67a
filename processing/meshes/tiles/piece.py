"""A part of a mesh small enough to work on: rows, triangles in Morton order, how deep each vertex is held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS
from processing.geometry.sorting import sort_by_key
from processing.geometry.welding import weld
from processing.meshes.mesh import U8, U32
from processing.meshes.ordering import by_first_use
from processing.meshes.tiles.cube import Keys, chunk_records, common_depth
from processing.meshes.tiles.spilling import I32, Spilled
from processing.meshes.tiles.table import cells_of

# Above this, numbers are looked up in a table of hashes instead of one of their whole range.
MOST_RANGE = 8_000_000


@dataclass(frozen=True, kw_only=True)
class Piece:
    """``words`` (n, w) rows; ``triangles`` (m, 3) over them, sorted by ``keys`` (m,).

    ``depths`` (n,) uint8: of the smallest cell of the octree that holds all triangles around a vertex. In
    deeper cells it is locked.
    """

    words: U32
    triangles: U32
    keys: Keys
    depths: U8
    duplicates: int

    def vertices_of(self, begin: int, end: int) -> slice:
        """Answer the vertices that are used first by triangles from ``begin`` to ``end``."""
        first = int(self.triangles[:begin].max()) + 1 if begin else 0
        return slice(first, max(int(self.triangles[begin:end].max()) + 1, first))


def open_chunk(spilled: Spilled, number: int) -> Piece:
    """Gather a chunk: its rows welded where equal, its triangles sorted, doubled ones once."""
    chunk, layout, cube = spilled.chunks[number], spilled.look.layout, spilled.cube
    numbers, triangles = _local(spilled.read(number))
    rows = spilled.rows(numbers)
    welded, first = weld(rows[:, : layout.identity])
    rows, triangles = rows[first], welded[triangles]
    begin, last = chunk.keys()
    records = chunk_records(
        cells_of(rows), triangles, cube.low, cube.turns, np.uint64(begin), np.uint64(last)
    )
    records = sort_by_key(records, np.empty_like(records))
    kept = _without_doubles(records, triangles)
    keys = np.ascontiguousarray(records[kept, 0])
    order, triangles = by_first_use(triangles[records[kept, 1].astype(np.int64)], len(rows))
    rows = rows[order]
    cells, depths = spilled.shared.of(number)
    return Piece(
        words=rows,
        triangles=triangles,
        keys=keys,
        depths=shared_depths(rows, triangles, keys, cells, depths),
        duplicates=len(kept) - int(kept.sum()),
    )


def shared_depths(words: U32, triangles: U32, keys: Keys, cells: I32, depths: U8) -> U8:
    """Answer how deep each vertex is held, by the triangles here and by what is known of other chunks."""
    places, _ = weld(np.concatenate([cells_of(words), cells]))
    mine, theirs = places[: len(words)], places[len(words) :]
    by_place = _depths(mine, triangles, keys, int(places.max(initial=0)) + 1)
    np.minimum.at(by_place, theirs, depths)
    found: U8 = by_place[mine]
    return found


def _local(triangles: U32) -> tuple[U32, U32]:
    """Answer the numbers that triangles use, and the triangles over them."""
    if not len(triangles):
        return np.empty(0, np.uint32), triangles
    low, high = int(triangles.min()), int(triangles.max())
    if high - low < MOST_RANGE:
        return _by_range(triangles, low, high - low + 1)
    corners = triangles.reshape(-1)
    numbers, first = weld(corners)
    return corners[first], numbers.reshape(-1, 3)


@compiled()
def _by_range(triangles: U32, low: int, size: int) -> tuple[U32, U32]:
    known = np.zeros(size, np.uint32)
    for t in range(len(triangles)):
        for k in range(3):
            known[triangles[t, k] - low] = 1
    used = np.empty(int(known.sum()), np.uint32)
    count = 0
    for n in range(size):
        if known[n]:
            used[count] = n + low
            known[n] = count
            count += 1
    local = np.empty_like(triangles)
    for t in range(len(triangles)):
        for k in range(3):
            local[t, k] = known[triangles[t, k] - low]
    return used, local


@compiled()
def _without_doubles(records: Keys, triangles: U32) -> npt.NDArray[np.bool_]:
    """Mark the first of triangles with the same corners in the same turn; a back-to-back pair stays.

    Doubled triangles have the same centre: they stand together.
    """
    kept = np.ones(len(records), np.bool_)
    for n in range(1, len(records)):
        before = n - 1
        while before >= 0 and records[before, 0] == records[n, 0]:
            if kept[before] and _equal(triangles, int(records[before, 1]), int(records[n, 1])):
                kept[n] = False
                break
            before -= 1
    return kept


@compiled()
def _equal(triangles: U32, one: int, other: int) -> bool:
    for turn in range(3):
        same = True
        for k in range(3):
            same = same and triangles[one, k] == triangles[other, (k + turn) % 3]
        if same:
            return True
    return False


@compiled()
def _depths(places: U32, triangles: U32, keys: Keys, count: int) -> U8:
    depths = np.full(count, BITS, np.uint8)
    first = np.zeros(count, np.uint64)
    seen = np.zeros(count, np.bool_)
    for t in range(len(triangles)):
        for k in range(3):
            place = places[triangles[t, k]]
            if not seen[place]:
                seen[place] = True
                first[place] = keys[t]
            else:
                depths[place] = min(depths[place], common_depth(first[place], keys[t]))
    return depths


@compiled()
def taken(triangles: U32, known: I32) -> tuple[U32, U32]:
    """Answer the vertices that triangles use, by first use, and the triangles over them.

    ``known`` (n,) holds -1 for every vertex, before and after.
    """
    used = np.empty(3 * len(triangles), np.uint32)
    local = np.empty_like(triangles)
    count = 0
    for t in range(len(triangles)):
        for k in range(3):
            v = triangles[t, k]
            if known[v] < 0:
                known[v] = count
                used[count] = v
                count += 1
            local[t, k] = known[v]
    for n in range(count):
        known[used[n]] = -1
    return used[:count].copy(), local
