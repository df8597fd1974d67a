"""Reads a cloud once and keeps it on disk as packed records, in blocks that are sorted by their bins."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import PointChunk
from processing.geometry.arrays import bounds_of
from processing.points.chunking import CHUNK_POINTS, Chunk, cut
from processing.points.grid import Cube, Grid
from processing.points.own_grid import OwnGrid, own_grid
from processing.points.packing import (
    MAX_BITS,
    nothing_seen,
    pack_loose,
    pack_rows,
    to_loose,
)
from processing.points.plan import Attributes, TilePlan
from processing.points.reading import Cloud
from processing.points.record_file import RecordFile
from processing.points.sorting import sort_by_bin
from processing.progress import Progress

# Sorted in the processor's cache, as far as one is that large: 8 MB of records.
BLOCK_POINTS = 500_000
WORKERS = 2
LOOSE_WORDS = 3
# A cube of so few cells is one tile, whatever its size.
_TINY_BITS = 8
# Makes records of a block, and says what it saw; False if they do not fit.
Fill = Callable[[NDArray[np.uint64], NDArray[np.int64]], bool]


@dataclass(kw_only=True)
class Spilled:
    """Points on disk, and how many stand in each bin; ``close`` removes them."""

    plan: TilePlan
    counts: NDArray[np.int64]
    _file: RecordFile
    _starts: NDArray[np.int64] | None = None
    _chunks: list[Chunk] = field(default_factory=list)

    def chunks(self, max_points: int = CHUNK_POINTS) -> list[Chunk]:
        """Cut the cloud into cells of the octree, in Morton order: a function of points and recipe only."""
        if not self._chunks:
            self._chunks = cut(self.counts, max_points)
        return self._chunks

    def read(self, chunk: Chunk) -> NDArray[np.uint64]:
        """Read the records (n, 2) of one chunk, unsorted."""
        if self._starts is None:
            self._starts = self._file.starts_of([c.first_bin for c in self.chunks()])
        at = self.chunks().index(chunk)
        records = np.empty((chunk.points, 2), np.uint64)
        self._file.read(self._starts[:, at], self._starts[:, at + 1], records)
        return records

    def close(self) -> None:
        """Remove the files."""
        self._file.close()


def spill_cloud(cloud: Cloud, folder: Path, progress: Progress) -> Spilled:
    """Spill a whole cloud: LAS from its own integers, anything else from metres."""
    progress.stage("reading", cloud.declared, "points")
    own = own_grid(cloud)
    if own is not None:
        made = _spill_rows(own, folder, progress)
        if made is not None:
            return made
        # The declared bounds were wrong: measure.
        progress.stage("reading again", cloud.declared, "points")
    low, high = cloud.expected_bounds()
    made = spill_chunks(cloud.chunks(), Grid.for_tiles(low, high), folder, progress)
    if made is not None:
        return made
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for chunk in cloud.chunks():
        bounds_of(chunk.xyz, low, high)
    progress.stage("reading again", cloud.declared, "points")
    made = spill_chunks(cloud.chunks(), Grid.for_tiles(low, high), folder, progress)
    if made is None:
        raise KnownError("corrupt-data", f"points from {low.tolist()} to {high.tolist()} make no grid")
    return made


class _Writer:
    """Sorts blocks of records by their bins in threads of its own, and writes them."""

    def __init__(self, folder: Path) -> None:
        self.file = RecordFile(folder)
        self.seen = nothing_seen()
        self.fits = True
        self._pool = ThreadPoolExecutor(WORKERS)
        self._waiting: deque[Future[None]] = deque()
        self._lock = threading.Lock()
        self._spare: queue.SimpleQueue[NDArray[np.uint64]] = queue.SimpleQueue()
        for _ in range(WORKERS):
            self._spare.put(np.empty((2 * BLOCK_POINTS, 2), np.uint64))

    def put(self, points: int, fill: Fill) -> None:
        """Have ``fill`` make so many records in a thread, and write them; False says that they do not fit."""
        while len(self._waiting) > WORKERS:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._work, points, fill))

    def _work(self, points: int, fill: Fill) -> None:
        both = self._spare.get()
        try:
            records, seen = both[:points], nothing_seen()
            if not fill(records, seen):
                self.fits = False
                return
            filled = sort_by_bin(records, both[BLOCK_POINTS:])
            self.file.add(records, filled)
            with self._lock:
                _merge(self.seen, seen)
        finally:
            self._spare.put(both)

    def finish(self) -> bool:
        """Wait for all blocks; answer whether all fitted."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._pool.shutdown()
        return self.fits


def _merge(seen: NDArray[np.int64], more: NDArray[np.int64]) -> None:
    seen[:2] |= more[:2]
    seen[2:5] = np.minimum(seen[2:5], more[2:5])
    seen[5:] = np.maximum(seen[5:], more[5:])


def _spill_rows(own: OwnGrid, folder: Path, progress: Progress) -> Spilled | None:
    """Write LAS rows; answer None if a point lies outside the cube, or the cube is far too large."""
    writer, buffers = _Writer(folder), _Buffers(max(reader.las.record_bytes for reader in own.readers))
    points, rgb = 0, False
    try:
        for reader, first in zip(own.readers, own.firsts, strict=True):
            said = reader.row_layout
            rgb = rgb or said.rgb_at >= 0
            layout = np.array(
                [said.classification_at, said.class_mask, said.rgb_at, said.rgb_shift], np.int64
            )
            for rows in reader.raw_blocks(BLOCK_POINTS, buffers.make):
                writer.put(len(rows), _row_packer(rows, layout, first, own, buffers))
                points += len(rows)
                progress.advance(len(rows))
                if not writer.fits:
                    raise _DoNotFitError
    except _DoNotFitError:
        pass
    finally:
        fits = writer.finish()
    if fits and _is_tight(own.cube, writer.seen):
        return _spilled(writer, own.cube, points, rgb=rgb)
    writer.file.close()
    return None


class _Buffers:
    """A few buffers of rows: one is filled while others are packed."""

    def __init__(self, record_bytes: int) -> None:
        self._free: queue.SimpleQueue[NDArray[np.uint8]] = queue.SimpleQueue()
        for _ in range(WORKERS + 2):
            self._free.put(np.empty(BLOCK_POINTS * record_bytes, np.uint8))
        self._given: deque[NDArray[np.uint8]] = deque()

    def make(self, size: int) -> NDArray[np.uint8]:
        """Give a buffer of this size, when one is free."""
        self._given.append(self._free.get())
        return self._given[-1][:size]

    def oldest(self) -> NDArray[np.uint8]:
        """Answer, once each, the buffers in the order they were given."""
        return self._given.popleft()

    def free(self, buffer: NDArray[np.uint8]) -> None:
        """Take a buffer back."""
        self._free.put(buffer)


def _row_packer(
    rows: NDArray[np.uint8],
    layout: NDArray[np.int64],
    first: NDArray[np.int64],
    own: OwnGrid,
    buffers: _Buffers,
) -> Fill:
    buffer = buffers.oldest()

    def fill(records: NDArray[np.uint64], seen: NDArray[np.int64]) -> bool:
        try:
            return pack_rows(rows, layout, first, own.shift, own.cube.bits, records, seen)
        finally:
            buffers.free(buffer)

    return fill


class _DoNotFitError(Exception):
    """A point lies outside the cube: no use reading on."""


def _is_tight(cube: Cube, seen: NDArray[np.int64]) -> bool:
    """Say whether the declared bounds were about right: a cube twice as large as need be wastes a level."""
    return cube.bits <= _TINY_BITS or int((seen[5:] - seen[2:5]).max()).bit_length() >= cube.bits - 1


def spill_chunks(
    chunks: Iterable[PointChunk], grid: Grid, folder: Path, progress: Progress
) -> Spilled | None:
    """Spill chunks of metres: first as loose cells, then, when their bounds are known, as records.

    Answers None if they do not fit the grid.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "loose.bin"
    seen = nothing_seen()
    points, rgb = 0, False
    try:
        with path.open("wb") as file:
            for chunk in chunks:
                loose = np.empty((len(chunk.xyz), LOOSE_WORDS), np.int64)
                rgb = rgb or chunk.rgb is not None
                if not to_loose(*_plain(chunk), grid.origin, grid.step_m, loose, seen):
                    return None
                loose.tofile(file)
                points += len(loose)
                progress.advance(len(loose))
        if not points:
            raise KnownError("empty-result", "no usable point was read", "export the scan again")
        low, high = seen[2:5], seen[5:]
        if int((high - low).max()).bit_length() > MAX_BITS:
            return None
        cube = Cube.over(grid, low, high)
        writer = _Writer(folder)
        writer.seen[:] = seen
        try:
            for loose in _blocks(path):
                writer.put(len(loose), _packer(loose, cube))
        finally:
            writer.finish()
        return _spilled(writer, cube, points, rgb=rgb)
    finally:
        path.unlink(missing_ok=True)


def _plain(
    chunk: PointChunk,
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint16]]:
    """Answer contiguous metres, colours, classes and intensities; what is missing has no rows."""
    rgb = np.zeros((0, 3), np.uint8) if chunk.rgb is None else chunk.rgb
    classes = np.zeros(0, np.uint8) if chunk.classification is None else chunk.classification
    intensity = np.zeros(0, np.uint16) if chunk.intensity is None else chunk.intensity
    return (
        np.ascontiguousarray(chunk.xyz),
        np.ascontiguousarray(rgb),
        np.ascontiguousarray(classes),
        np.ascontiguousarray(intensity),
    )


def _blocks(path: Path) -> Iterator[NDArray[np.int64]]:
    with path.open("rb") as file:
        while len(words := np.fromfile(file, np.int64, BLOCK_POINTS * LOOSE_WORDS)):
            yield words.reshape(-1, LOOSE_WORDS)


def _packer(loose: NDArray[np.int64], cube: Cube) -> Fill:
    def fill(records: NDArray[np.uint64], seen: NDArray[np.int64]) -> bool:
        del seen
        pack_loose(loose, cube.corner, cube.bits, records)
        return True

    return fill


def _spilled(writer: _Writer, cube: Cube, points: int, *, rgb: bool) -> Spilled:
    attributes = Attributes(rgb=rgb, intensity=bool(writer.seen[0]), classification=bool(writer.seen[1]))
    plan = TilePlan(cube=cube, attributes=attributes, points=points)
    return Spilled(plan=plan, counts=writer.file.counts, _file=writer.file)
