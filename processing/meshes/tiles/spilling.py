"""Triangles put into the chunks they belong to, in memory or on disk, and what chunks share.

A chunk is a cell of the octree with a bounded number of vertices: a pure function of the data. A triangle
belongs to the chunk that its centre lies in. A vertex that a chunk uses outside its own cell is shared; for
each the depth is kept of the smallest cell that holds all triangles around it, never deeper than that.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from processing.geometry.cells import bounded_cells
from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS
from processing.geometry.welding import weld
from processing.meshes.mesh import U32
from processing.meshes.tiles.cube import (
    BIN_DEPTH,
    BIN_SHIFT,
    Cube,
    common_depth,
    count_bins,
    triangle_key,
    vertex_key,
)
from processing.meshes.tiles.table import GONE, Cells, Look, Table, cells_of

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
# By recipe, whatever the memory: a chunk takes about 250 bytes a vertex while it is worked on.
CHUNK_VERTICES = 400_000
BLOCK_TRIANGLES = 262_144
# Cell (3), depth, chunk that uses it.
_SHARED_WORDS = 5


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """One cell: its depth, and its first bin."""

    depth: int
    first_bin: int

    def keys(self) -> tuple[int, int]:
        """Answer the first and the last key of the cell."""
        first = self.first_bin << BIN_SHIFT
        return first, first + (1 << (3 * (BITS - self.depth))) - 1


@dataclass(frozen=True, kw_only=True)
class SharedVertices:
    """Cells (k, 3) that vertices of several chunks stand at, and depths (k,) at which they stay locked.

    Those that chunk i uses or holds are ``order[starts[i] : starts[i + 1]]``.
    """

    cells: I32
    depths: U8
    order: I64
    starts: I64

    def of(self, chunk: int) -> tuple[I32, U8]:
        """Answer cells and depths of those that matter to one chunk."""
        mine = self.order[self.starts[chunk] : self.starts[chunk + 1]]
        return self.cells[mine], self.depths[mine]


def cut(counts: I64, most: int) -> tuple[list[Chunk], I32]:
    """Choose the largest cells with at most so many vertices, in Morton order; answer them, and each bin's.

    Cells without vertices belong to no chunk (-1).
    """
    owner = np.full(len(counts), -1, np.int32)
    chunks: list[Chunk] = []
    for cell in bounded_cells(counts, most):
        owner[cell.first_bin : cell.first_bin + cell.bins] = len(chunks)
        chunks.append(Chunk(depth=cell.depth, first_bin=cell.first_bin))
    return chunks, owner


class _Pieces:
    """Triangles by chunk: stretches of one file, or arrays where there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "triangles.bin" if folder is not None else None
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600) if self._path else -1
        self._held: list[U32] = []
        self._starts: list[I64] = []
        self._end = 0

    def add(self, grouped: U32, starts: I64) -> None:
        """Keep a block whose triangles stand chunk after chunk."""
        self._starts.append(starts + (self._end if self._path else 0))
        if not self._path:
            self._held.append(grouped)
        elif len(grouped):
            view = grouped.data.cast("B")
            while view:
                view = view[os.write(self._file, view) :]
        self._end += len(grouped)

    def read(self, chunk: int) -> U32:
        """Read the triangles (m, 3) of a chunk, in the order of the input."""
        edges = [(int(starts[chunk]), int(starts[chunk + 1])) for starts in self._starts]
        if not self._path:
            return np.concatenate([block[a:b] for block, (a, b) in zip(self._held, edges, strict=True)])
        made = np.empty((sum(b - a for a, b in edges), 3), np.uint32)
        at = 0
        for a, b in edges:
            if b > a:
                os.preadv(self._file, [made[at : at + b - a].data.cast("B")], a * 12)
                at += b - a
        return made

    def close(self) -> None:
        """Give up what is held."""
        self._held.clear()
        if self._path:
            os.close(self._file)
            self._path.unlink()


@dataclass(kw_only=True)
class Spilled:
    """A mesh ready to be worked on chunk by chunk; ``close`` removes its files.

    ``look`` is what the rows of the table hold; counts of what was dropped.
    """

    look: Look
    table: Table
    cube: Cube
    chunks: list[Chunk]
    shared: SharedVertices
    triangles: int
    collapsed: int
    non_finite: int
    _pieces: _Pieces = field(repr=False)

    def read(self, number: int) -> U32:
        """Read the triangles (m, 3) of a chunk over the rows of the table."""
        return self._pieces.read(number)

    def rows(self, numbers: U32) -> U32:
        """Read rows of the table."""
        rows: U32 = self.table.words[numbers]
        self.table.forget()
        return rows

    def close(self) -> None:
        """Give up everything held."""
        self._pieces.close()
        self.table.close()


class Spiller:
    """Takes the triangles of a mesh whose vertices are in a table, block by block."""

    def __init__(
        self, table: Table, look: Look, cube: Cube, folder: Path | None, *, most: int = CHUNK_VERTICES
    ) -> None:
        self._table, self._look, self._cube = table, look, cube
        counts = np.zeros(8**BIN_DEPTH, np.int64)
        for start in range(0, len(table.words), BLOCK_TRIANGLES):
            count_bins(cells_of(table.words[start : start + BLOCK_TRIANGLES]), cube.low, cube.turns, counts)
            table.forget()
        self._chunks, self._owner = cut(counts, most)
        self._pieces = _Pieces(folder)
        self._shared: list[I32] = []
        self._counts = np.zeros(3, np.int64)

    def add(self, triangles: U32) -> None:
        """Put triangles (m, 3) over the rows of the table into their chunks; the order of calls is kept."""
        cells = cells_of(self._table.words)
        for start in range(0, len(triangles), BLOCK_TRIANGLES):
            block = triangles[start : start + BLOCK_TRIANGLES]
            owners = np.empty(len(block), np.int32)
            shared = np.empty((3 * len(block) if len(self._chunks) > 1 else 0, _SHARED_WORDS), np.int32)
            emitted = _assign(
                cells, block, self._cube.low, self._cube.turns, self._owner, owners, shared, self._counts
            )
            if emitted:
                self._shared.append(_once(shared[:emitted]))
            self._pieces.add(*_grouped(block, owners, len(self._chunks)))
            self._table.forget()

    def finish(self) -> Spilled:
        """Answer the spilled mesh."""
        collapsed, non_finite, kept = (int(count) for count in self._counts)
        return Spilled(
            look=self._look,
            table=self._table,
            cube=self._cube,
            chunks=self._chunks,
            shared=self._joined(),
            triangles=kept,
            collapsed=collapsed,
            non_finite=non_finite,
            _pieces=self._pieces,
        )

    def _joined(self) -> SharedVertices:
        """Give every shared cell the least of its depths, and to each chunk those it uses or holds."""
        empty = np.empty((0, _SHARED_WORDS), np.int32)
        rows = np.concatenate([empty, *self._shared])
        numbers, first = weld(rows[:, :3])
        cells = np.ascontiguousarray(rows[first, :3])
        depths = np.full(len(first), BITS, np.uint8)
        np.minimum.at(depths, numbers, rows[:, 3].astype(np.uint8))
        home = np.empty(len(cells), np.int32)
        _homes(cells, self._cube.low, self._cube.turns, self._owner, home)
        users = np.concatenate([rows[:, 4], home]).astype(np.int64)
        which = np.concatenate([numbers, np.arange(len(cells))]).astype(np.int64)
        pairs = np.unique(users * max(len(cells), 1) + which)
        users, which = np.divmod(pairs, max(len(cells), 1))
        starts = np.searchsorted(users, np.arange(len(self._chunks) + 1))
        return SharedVertices(cells=cells, depths=depths, order=which, starts=starts)


def _once(rows: I32) -> I32:
    """Keep one of equal rows."""
    _, first = weld(rows)
    return rows[first]


@compiled()
def _assign(
    cells: Cells,
    triangles: U32,
    low: I64,
    turns: I64,
    owner: I32,
    owners: I32,
    shared: I32,
    counts: I64,
) -> int:
    """Fill the chunk of each triangle (-1: dropped) and the rows of shared corners; answer their number."""
    emitted = 0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        owners[t] = -1
        if cells[a, 0] == GONE or cells[b, 0] == GONE or cells[c, 0] == GONE:
            counts[1] += 1
            continue
        if _same(cells, a, b) or _same(cells, b, c) or _same(cells, c, a):
            counts[0] += 1
            continue
        key = triangle_key(cells, a, b, c, low, turns)
        chunk = owner[np.int64(key >> np.uint64(BIN_SHIFT))]
        if chunk < 0:
            key = vertex_key(cells, a, low, turns)
            chunk = owner[np.int64(key >> np.uint64(BIN_SHIFT))]
        owners[t] = chunk
        counts[2] += 1
        for k in range(3):
            v = triangles[t, k]
            there = vertex_key(cells, v, low, turns)
            if len(shared) and owner[np.int64(there >> np.uint64(BIN_SHIFT))] != chunk:
                for axis in range(3):
                    shared[emitted, axis] = cells[v, axis]
                shared[emitted, 3] = common_depth(key, there)
                shared[emitted, 4] = chunk
                emitted += 1
    return emitted


@compiled()
def _same(cells: Cells, a: int, b: int) -> bool:
    return bool(cells[a, 0] == cells[b, 0] and cells[a, 1] == cells[b, 1] and cells[a, 2] == cells[b, 2])


@compiled()
def _homes(cells: I32, low: I64, turns: I64, owner: I32, home: I32) -> None:
    for v in range(len(cells)):
        home[v] = owner[np.int64(vertex_key(cells, v, low, turns) >> np.uint64(BIN_SHIFT))]


@compiled()
def _grouped(triangles: U32, owners: I32, chunks: int) -> tuple[U32, I64]:
    """Put triangles in the order of their chunks, dropped ones away; answer where each chunk starts."""
    starts = np.zeros(chunks + 1, np.int64)
    for t in range(len(triangles)):
        if owners[t] >= 0:
            starts[owners[t] + 1] += 1
    for c in range(chunks):
        starts[c + 1] += starts[c]
    at = starts[:-1].copy()
    made = np.empty((starts[chunks], 3), np.uint32)
    for t in range(len(triangles)):
        if owners[t] >= 0:
            place = at[owners[t]]
            at[owners[t]] = place + 1
            for k in range(3):
                made[place, k] = triangles[t, k]
    return made, starts
