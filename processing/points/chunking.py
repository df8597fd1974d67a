"""Cuts a spilled cloud into cells of the octree that fit memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled
from processing.points.grid import Cube
from processing.points.levels import GRID_DIGITS
from processing.points.spilling import Spilled
from processing.progress import Progress

# A chunk's highest-ranking point is on level 0 whatever stands outside, as long as chunks lie no deeper
# than the grid of a node (see levels.py): then tiles do not depend on how a cloud was cut.
MAX_DEPTH = GRID_DIGITS
RECORD_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """One cell: its depth, its first bin, how many points, and where they begin in the file."""

    depth: int
    first_bin: int
    points: int
    start: int


def cut(counts: NDArray[np.int64], max_points: int) -> list[Chunk]:
    """Choose the largest cells of at most ``max_points``, in Morton order; the finest may hold more."""
    before = np.concatenate([[0], np.cumsum(counts)])
    chunks: list[Chunk] = []
    waiting = [(0, 0)]
    while waiting:
        depth, prefix = waiting.pop()
        width = 8 ** (MAX_DEPTH - depth)
        first = prefix * width
        points = int(before[first + width] - before[first])
        if points == 0:
            continue
        if points <= max_points or depth == MAX_DEPTH:
            chunks.append(Chunk(depth=depth, first_bin=first, points=points, start=int(before[first])))
        else:
            waiting.extend((depth + 1, prefix * 8 + digit) for digit in range(7, -1, -1))
    return chunks


def load_chunks(
    spilled: Spilled, cube: Cube, max_points: int, folder: Path, progress: Progress
) -> Iterator[tuple[Chunk, NDArray[np.uint64]]]:
    """Give every chunk with its records (n, 2), unsorted; the spilled file is gone afterwards."""
    if spilled.points <= max_points:
        whole = np.concatenate(list(spilled.blocks(cube)))
        spilled.path.unlink()
        yield Chunk(depth=0, first_bin=0, points=len(whole), start=0), whole
        return
    counts = np.zeros(8**MAX_DEPTH, np.int64)
    progress.stage("sorting", 2 * spilled.points, "points")
    for records in spilled.blocks(cube):
        count_bins(records, counts)
        progress.advance(len(records))
    chunks = cut(counts, max_points)
    path = folder / "chunks.bin"
    _scatter(spilled, cube, chunks, path, progress)
    spilled.path.unlink()
    with path.open("rb") as file:
        for chunk in chunks:
            file.seek(chunk.start * RECORD_BYTES)
            yield chunk, np.fromfile(file, np.uint64, 2 * chunk.points).reshape(-1, 2)
    path.unlink()


def _scatter(spilled: Spilled, cube: Cube, chunks: list[Chunk], path: Path, progress: Progress) -> None:
    """Write the records of each chunk together, keeping their order."""
    chunk_of_bin = np.zeros(8**MAX_DEPTH, np.int32)
    for i, chunk in enumerate(chunks):
        chunk_of_bin[chunk.first_bin : chunk.first_bin + 8 ** (MAX_DEPTH - chunk.depth)] = i
    place = np.array([chunk.start for chunk in chunks], np.int64)
    with path.open("wb") as file:
        for records in spilled.blocks(cube):
            ordered, starts = group(records, chunk_of_bin, len(chunks))
            for i in np.flatnonzero(np.diff(starts)).tolist():
                piece = ordered[starts[i] : starts[i + 1]]
                file.seek(int(place[i]) * RECORD_BYTES)
                file.write(piece.tobytes())
                place[i] += len(piece)
            progress.advance(len(records))


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
