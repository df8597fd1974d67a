"""Cuts a cloud into cells of the octree that are worked on one at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.geometry.cells import bounded_cells
from processing.geometry.compiled import compiled
from processing.points.levels import GRID_DIGITS

# The cells of the grid of level 0 (levels.py) lie within chunks, if chunks are no deeper than that grid: then
# tiles do not depend on how a cloud was cut.
MAX_DEPTH = GRID_DIGITS
# By recipe, whatever the memory: a chunk takes about 60 bytes a point while it is worked on.
CHUNK_POINTS = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """One cell: its depth, its first bin (cell at depth 7), how many points, and how many come before it."""

    depth: int
    first_bin: int
    points: int
    start: int = 0

    def as_json(self) -> dict[str, int]:
        """Write the chunk."""
        return {"depth": self.depth, "first_bin": self.first_bin, "points": self.points}

    @classmethod
    def from_json(cls, said: dict[str, int]) -> Chunk:
        """Read what ``as_json`` wrote."""
        return cls(depth=said["depth"], first_bin=said["first_bin"], points=said["points"])


def cut(counts: NDArray[np.int64], max_points: int = CHUNK_POINTS) -> list[Chunk]:
    """Choose the largest cells of at most ``max_points``, in Morton order; the finest may hold more."""
    return [
        Chunk(depth=cell.depth, first_bin=cell.first_bin, points=cell.held, start=cell.before)
        for cell in bounded_cells(counts, max_points)
    ]


@compiled()
def _bin(key: np.uint64) -> int:
    return int(key >> np.uint64(63 - 3 * MAX_DEPTH))


@compiled()
def count_bins(records: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
    """Count points by the first seven digits of their keys."""
    for n in range(len(records)):
        counts[_bin(records[n, 0])] += 1


@compiled()
def group(
    records: NDArray[np.uint64], chunk_of_bin: NDArray[np.int32], chunks: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Put records in the order of their chunks; answer them and where each chunk starts."""
    starts = np.zeros(chunks + 1, np.int64)
    for n in range(len(records)):
        starts[chunk_of_bin[_bin(records[n, 0])] + 1] += 1
    for c in range(chunks):
        starts[c + 1] += starts[c]
    place = starts[:-1].copy()
    ordered = np.empty_like(records)
    for n in range(len(records)):
        at = chunk_of_bin[_bin(records[n, 0])]
        ordered[place[at], 0] = records[n, 0]
        ordered[place[at], 1] = records[n, 1]
        place[at] += 1
    return ordered, starts


def warm() -> None:
    """Compile this module's kernels."""
    records = np.zeros((1, 2), np.uint64)
    count_bins(records, np.zeros(8**MAX_DEPTH, np.int64))
    group(records, np.zeros(8**MAX_DEPTH, np.int32), 1)
