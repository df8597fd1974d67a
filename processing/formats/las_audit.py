"""Holds the points of a LAS file against its header: bounds, return numbers, GPS times."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.formats.cloud import warning
from processing.formats.las_header import LasHeader

_TIME_OFFSET = {1: 20, 3: 20, 4: 20, 5: 20}


class LasAudit:
    """Counts while records go by; ``findings`` says what does not agree."""

    def __init__(self, las: LasHeader) -> None:
        self._las = las
        self._modern = las.point_format >= 6
        self._time_offset = 22 if self._modern else _TIME_OFFSET.get(las.point_format)
        self._low = np.full(3, np.iinfo(np.int64).max)
        self._high = np.full(3, np.iinfo(np.int64).min)
        self._bad_returns = 0
        self._bad_times = 0

    def add(self, rows: NDArray[np.uint8], steps: NDArray[Any]) -> None:
        """Look at records (n, record length) and their coordinates (n, 3), integers."""
        self._low = np.minimum(self._low, steps.min(axis=0))
        self._high = np.maximum(self._high, steps.max(axis=0))
        returns = rows[:, 14]
        # Four bits each from format 6 on, three before.
        number, of = (returns & 15, returns >> 4) if self._modern else (returns & 7, returns >> 3 & 7)
        self._bad_returns += int(np.count_nonzero(number > of))
        if self._time_offset is not None:
            at = self._time_offset
            times = np.ascontiguousarray(rows[:, at : at + 8]).view("<f8")[:, 0]
            self._bad_times += int(np.count_nonzero(~np.isfinite(times)))

    def findings(self, points: int) -> list[dict[str, str]]:
        """Answer warnings about ``points`` points that were seen."""
        notes = []
        if points:
            notes += self._bounds()
        if self._bad_returns:
            text = f"{self._bad_returns:,} of {points:,} points are a return beyond the number of returns"
            notes.append(warning("return-numbers", text))
        if self._bad_times:
            notes.append(
                warning("gps-times", f"{self._bad_times:,} of {points:,} points have no finite GPS time")
            )
        return notes

    def _bounds(self) -> list[dict[str, str]]:
        las = self._las
        real = np.stack([self._low, self._high]) * las.scale + las.offset
        # Headers are written with rounded bounds: one step, and what float64 leaves, is agreement.
        slack = las.scale * 1.01 + 4 * np.spacing(np.abs(real).max(axis=0))
        with np.errstate(invalid="ignore"):
            if (np.abs(real - las.bounds) <= slack).all():
                return []
        digits = max(0, int(np.ceil(-np.log10(las.scale.min()))))
        said, found = (_box(box, min(digits, 9)) for box in (las.bounds, real))
        return [warning("bounds-disagree", f"the header says the points lie in {said}; they lie in {found}")]


def _box(box: NDArray[np.float64], digits: int) -> str:
    low, high = (", ".join(f"{value:.{digits}f}" for value in corner) for corner in box)
    return f"({low}) to ({high})"
