"""Passes over raw LAS records of formats 6, 7 and 8: what they span, where they lie, which come first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.formats.copc import Totals
from processing.formats.las_rows import Rows
from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS, morton_key
from processing.points.grid import Cube, Grid

# Where fields stand in records of formats 6 to 10 (LAS 1.4 R15, table 15).
RETURNS_AT, TIME_AT, CONTENTS_AT = 14, 22, 12
SMALLEST_RECORD = 30


def coordinates(rows: Rows) -> NDArray[np.int32]:
    """Look at the integers (n, 3) of records (n, record_bytes), without a copy."""
    return _looked_at(rows, (len(rows), 3), "<i4", 0, (rows.shape[1], 4))


def _column(rows: Rows, at: int, form: str) -> NDArray[Any]:
    return _looked_at(rows, (len(rows),), form, at, (rows.shape[1],))


def _looked_at(
    rows: Rows, shape: tuple[int, ...], form: str, at: int, strides: tuple[int, ...]
) -> NDArray[Any]:
    view: NDArray[Any] = np.ndarray(shape, form, rows, at, strides)
    # Kernels are compiled for one kind of array, whether or not the rows may be written.
    view.flags.writeable = False
    return view


def add_to(totals: Totals, rows: Rows) -> None:
    """Widen what the header says by records."""
    totals.points += len(rows)
    _measure(
        coordinates(rows),
        _column(rows, RETURNS_AT, "u1"),
        _column(rows, TIME_AT, "<f8"),
        totals.low,
        totals.high,
        totals.returns,
        totals.time,
    )


@dataclass(frozen=True, kw_only=True)
class Root:
    """The cube over the integers: cells of one step from ``least`` (3,); ``ratio`` (3,) cells an integer."""

    least: NDArray[np.int64]
    ratio: NDArray[np.float64]
    cube: Cube

    @classmethod
    def over(cls, totals: Totals, scale: NDArray[np.float64], offset: NDArray[np.float64]) -> Root:
        """Put the cube over all points; where axes have different scales, the finest makes the cells."""
        step = float(scale.min())
        ratio = scale / step
        high = np.round((totals.high - totals.low) * ratio).astype(np.int64)
        grid = Grid(origin=totals.low * scale + offset, step_m=step)
        return cls(least=totals.low.copy(), ratio=ratio, cube=Cube.over(grid, np.zeros(3, np.int64), high))

    def records(self, rows: Rows) -> NDArray[np.uint64]:
        """Answer (n, 2): Morton key, and number of the record."""
        made = np.empty((len(rows), 2), np.uint64)
        _keys(coordinates(rows), self.least, self.ratio, self.cube.corner, self.cube.bits, made)
        return made


def ranked(rows: Rows, ordered: NDArray[np.uint64], target: NDArray[np.uint64]) -> None:
    """Fill ``target`` with the keys of sorted records, and eight bytes of contents in place of the number.

    The bytes are intensity, returns, flags, class, user data and scan angle.
    """
    _ranked(_column(rows, CONTENTS_AT, "<u8"), ordered, target)


@compiled()
def _measure(
    xyz: NDArray[np.int32],
    returns: NDArray[np.uint8],
    times: NDArray[np.float64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    counts: NDArray[np.int64],
    span: NDArray[np.float64],
) -> None:
    for n in range(len(xyz)):
        for k in range(3):
            value = np.int64(xyz[n, k])
            low[k] = min(low[k], value)
            high[k] = max(high[k], value)
        counts[returns[n] & 15] += 1
        # Written so that a time that is no number changes nothing.
        if times[n] < span[0]:
            span[0] = times[n]
        if times[n] > span[1]:
            span[1] = times[n]


@compiled()
def _keys(
    xyz: NDArray[np.int32],
    least: NDArray[np.int64],
    ratio: NDArray[np.float64],
    corner: NDArray[np.int64],
    bits: int,
    records: NDArray[np.uint64],
) -> None:
    up, down = max(0, BITS - bits), max(0, bits - BITS)
    cell = np.zeros(3, np.int64)
    for n in range(len(xyz)):
        for k in range(3):
            away = np.int64(xyz[n, k]) - least[k]
            # Exact in float64: integers below 2**33 times 1.0.
            cell[k] = np.int64(np.round(away * ratio[k])) - corner[k]
        records[n, 0] = morton_key(
            np.uint64((cell[0] >> down) << up),
            np.uint64((cell[1] >> down) << up),
            np.uint64((cell[2] >> down) << up),
        )
        records[n, 1] = np.uint64(n)


@compiled()
def _ranked(contents: NDArray[np.uint64], ordered: NDArray[np.uint64], target: NDArray[np.uint64]) -> None:
    for n in range(len(ordered)):
        target[n, 0] = ordered[n, 0]
        target[n, 1] = contents[np.int64(ordered[n, 1])]


def warm() -> None:
    """Compile this module's kernels, for records whose fields are aligned and for those that are not."""
    for size in (SMALLEST_RECORD, 36):
        rows = np.zeros((2, size), np.uint8)
        totals = Totals()
        add_to(totals, rows)
        records = Root.over(totals, np.ones(3), np.zeros(3)).records(rows)
        ranked(rows, records, np.empty_like(records))
