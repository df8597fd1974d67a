"""Packed points on disk: blocks sorted by their bins, so that a cell's points are a stretch of each."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.points.packing import RECORD_BYTES
from processing.points.sorting import BIN_DIGITS, bins_of

# One entry of the list of bins: number of the bin, points in it.
ENTRY_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Where a block's records begin in the file, and its entries in the list of bins."""

    start: int
    first_entry: int
    entries: int


class RecordFile:
    """The file of records, and beside it the list of the bins of every block; ``counts`` is their sum."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._paths = folder / "points.bin", folder / "bins.bin"
        self._points, self._bins = (
            os.open(p, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600) for p in self._paths
        )
        self._lock = threading.Lock()
        self._blocks: list[_Block] = []
        self._end = self._entries = 0
        self.counts = np.zeros(8**BIN_DIGITS, np.int64)

    def add(self, records: NDArray[np.uint64], filled: int) -> None:
        """Write one block, sorted by its bins; from any thread."""
        entries = np.empty((2, filled), np.int32)
        bins_of(records, entries[0], entries[1])
        with self._lock:
            block = _Block(start=self._end, first_entry=self._entries, entries=filled)
            self._blocks.append(block)
            self._end += len(records)
            self._entries += filled
            self.counts[entries[0]] += entries[1]
        _write_at(self._points, records, block.start * RECORD_BYTES)
        _write_at(self._bins, entries, block.first_entry * ENTRY_BYTES)

    def starts_of(self, first_bins: list[int]) -> NDArray[np.int64]:
        """Answer (blocks, chunks + 1): which records of the file each chunk has from each block."""
        starts = np.empty((len(self._blocks), len(first_bins) + 1), np.int64)
        for row, block in zip(starts, self._blocks, strict=True):
            entries = np.empty((2, block.entries), np.int32)
            _read_at(self._bins, entries, block.first_entry * ENTRY_BYTES)
            before = np.concatenate([[0], np.cumsum(entries[1], dtype=np.int64)])
            row[:-1] = block.start + before[np.searchsorted(entries[0], first_bins)]
            row[-1] = block.start + before[-1]
        return starts

    def read(self, starts: NDArray[np.int64], ends: NDArray[np.int64], records: NDArray[np.uint64]) -> None:
        """Fill records from stretches of the file."""
        at = 0
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if end > start:
                _read_at(self._points, records[at : at + end - start], start * RECORD_BYTES)
                at += end - start

    def close(self) -> None:
        """Close and remove the files."""
        for descriptor in (self._points, self._bins):
            os.close(descriptor)
        for path in self._paths:
            path.unlink()


def _write_at(descriptor: int, values: NDArray[Any], offset: int) -> None:
    view = values.data.cast("B")
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _read_at(descriptor: int, values: NDArray[Any], offset: int) -> None:
    view = values.data.cast("B")
    while view:
        got = os.preadv(descriptor, [view], offset)
        if not got:
            raise KnownError("internal", "the work file of packed points ends early")
        view, offset = view[got:], offset + got
