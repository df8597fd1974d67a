"""The cube around all cells, and the Morton keys of vertices and of triangles (by their centres) in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS, morton_cells, morton_key
from processing.meshes.mesh import U32
from processing.meshes.tiles.table import GONE, Cells

Keys = npt.NDArray[np.uint64]
# Chunks are cells of at most this depth; a bin is a cell of it.
BIN_DEPTH = 7
BIN_SHIFT = 3 * (BITS - BIN_DEPTH)


@dataclass(frozen=True, kw_only=True)
class Cube:
    """``low`` (3,) int64 is its lowest cell, ``bits`` says that its side is 2**bits cells."""

    low: npt.NDArray[np.int64]
    bits: int

    @property
    def turns(self) -> npt.NDArray[np.int64]:
        """By how much cells are shifted, left and right, to be 21-bit numbers."""
        return np.array([max(BITS - self.bits, 0), max(self.bits - BITS, 0)], np.int64)

    def place(self, depth: int, key: int) -> tuple[int, int, int]:
        """Answer the cell at a depth that holds a key."""
        x, y, z = (morton_cells(np.array([key], np.uint64))[0].astype(np.int64) >> (BITS - depth)).tolist()
        return x, y, z


def cube_of(low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> Cube:
    """Answer the smallest cube of 2**bits cells a side at the low corner."""
    side = int((high - low).max()) + 1
    return Cube(low=low.astype(np.int64), bits=max(1, (side - 1).bit_length()))


@compiled()
def key_at(x: int, y: int, z: int, turns: npt.NDArray[np.int64]) -> np.uint64:
    """Interleave a cell counted from the cube's low corner."""
    left, right = turns[0], turns[1]
    return morton_key(
        np.uint64((x << left) >> right), np.uint64((y << left) >> right), np.uint64((z << left) >> right)
    )


@compiled()
def vertex_key(cells: Cells, v: int, low: npt.NDArray[np.int64], turns: npt.NDArray[np.int64]) -> np.uint64:
    """Answer the key of one vertex."""
    return key_at(cells[v, 0] - low[0], cells[v, 1] - low[1], cells[v, 2] - low[2], turns)


@compiled()
def triangle_key(
    cells: Cells, a: int, b: int, c: int, low: npt.NDArray[np.int64], turns: npt.NDArray[np.int64]
) -> np.uint64:
    """Answer the key of the centre of a triangle."""
    x = (np.int64(cells[a, 0]) + cells[b, 0] + cells[c, 0] - 3 * low[0]) // 3
    y = (np.int64(cells[a, 1]) + cells[b, 1] + cells[c, 1] - 3 * low[1]) // 3
    z = (np.int64(cells[a, 2]) + cells[b, 2] + cells[c, 2] - 3 * low[2]) // 3
    return key_at(x, y, z, turns)


@compiled()
def common_depth(one: np.uint64, other: np.uint64) -> int:
    """Answer the depth of the smallest cell that holds both keys."""
    differ = one ^ other
    depth = BITS
    while differ != np.uint64(0):
        differ >>= np.uint64(3)
        depth -= 1
    return depth


@compiled()
def count_bins(
    cells: Cells, low: npt.NDArray[np.int64], turns: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> None:
    """Count vertices by their bins."""
    for v in range(len(cells)):
        if cells[v, 0] != GONE:
            counts[np.int64(vertex_key(cells, v, low, turns) >> np.uint64(BIN_SHIFT))] += 1


@compiled()
def chunk_records(
    cells: Cells,
    triangles: U32,
    low: npt.NDArray[np.int64],
    turns: npt.NDArray[np.int64],
    first: np.uint64,
    last: np.uint64,
) -> Keys:
    """Answer (m, 2): the key of each triangle of a chunk, and its number.

    A chunk's keys are ``first`` to ``last``; a triangle whose centre lies where no vertex does was put into
    the chunk of its first corner, and has that corner's key.
    """
    records = np.empty((len(triangles), 2), np.uint64)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        key = triangle_key(cells, a, b, c, low, turns)
        if key < first or key > last:
            key = vertex_key(cells, a, low, turns)
        records[t, 0] = key
        records[t, 1] = t
    return records
