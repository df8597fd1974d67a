"""What a multiset of points amounts to: counts, sums, extremes, and a hash that knows no order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int64]
Words = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class Points:
    """Some points.

    ``xyz`` (n, 3) metres in the version's own frame; ``srgb`` (n, 3) 0..255, of a 16-bit file not always
    whole, and the whole ``levels`` that are compared exactly; ``intensity`` and ``classification`` (n,).
    """

    xyz: NDArray[np.float64]
    srgb: NDArray[np.float64]
    levels: NDArray[np.uint8]
    intensity: NDArray[np.uint16]
    classification: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """A grid of cells of ``step_m`` from ``corner`` (3,), metres in the version's own frame.

    Cells are taken by flooring, so points quantised more finely from the same corner, by powers of two,
    stay in their cell: input and tiles agree cell by cell, whatever the step of each tile.
    """

    corner: NDArray[np.float64]
    step_m: float

    def cells(self, xyz: NDArray[np.float64]) -> Cells:
        """Answer the cell (n, 3) of each point."""
        return np.floor((xyz - self.corner) / self.step_m).astype(np.int64)


@dataclass(kw_only=True)
class Tally:
    """Count, sums, minima, maxima and hash of quantised points; two multisets that agree are equal.

    ``hash`` is the sum modulo 2**64 of a 64-bit mix of each point (cell, colour, intensity, class), which is
    the same for every order: nothing needs to be sorted to hold 200 million points against each other. That
    one lost and one added point cancel has a chance of 2**-64; counts and sums must agree besides.
    """

    points: int = 0
    cell_sums: list[int] = field(default_factory=lambda: [0, 0, 0])
    cell_minima: list[int] = field(default_factory=lambda: [2**62] * 3)
    cell_maxima: list[int] = field(default_factory=lambda: [-(2**62)] * 3)
    colour_sums: list[int] = field(default_factory=lambda: [0, 0, 0])
    intensity_sum: int = 0
    intensity_range: list[int] = field(default_factory=lambda: [65536, -1])
    classes: dict[int, int] = field(default_factory=dict)
    hash: int = 0

    def add(self, cells: Cells, points: Points, full: Words) -> None:
        """Take in points, their cells, and the full mix of each."""
        if not len(cells):
            return
        self.points += len(cells)
        for k in range(3):
            self.cell_sums[k] += int(cells[:, k].sum())
            self.cell_minima[k] = min(self.cell_minima[k], int(cells[:, k].min()))
            self.cell_maxima[k] = max(self.cell_maxima[k], int(cells[:, k].max()))
            self.colour_sums[k] += int(points.levels[:, k].sum(dtype=np.int64))
        self.intensity_sum += int(points.intensity.sum(dtype=np.int64))
        low, high = int(points.intensity.min()), int(points.intensity.max())
        self.intensity_range = [min(self.intensity_range[0], low), max(self.intensity_range[1], high)]
        for number, count in enumerate(np.bincount(points.classification).tolist()):
            if count:
                self.classes[number] = self.classes.get(number, 0) + count
        self.hash = (self.hash + int(full.sum(dtype=np.uint64))) % 2**64

    def differences(self, other: Tally) -> list[str]:
        """Name what does not agree."""
        mine, theirs = self.as_json(), other.as_json()
        return [name for name, value in mine.items() if theirs[name] != value]

    def as_json(self) -> dict[str, Any]:
        """Answer all of it; the hash as 16 hexadecimal digits."""
        return {
            "points": self.points,
            "cell_sums": self.cell_sums,
            "cell_minima": self.cell_minima,
            "cell_maxima": self.cell_maxima,
            "colour_sums": self.colour_sums,
            "intensity_sum": self.intensity_sum,
            "intensity_range": self.intensity_range,
            "classes": {str(number): count for number, count in sorted(self.classes.items())},
            "hash": f"{self.hash:016x}",
        }


def keys_of(cells: Cells, points: Points) -> Words:
    """Mix cell, intensity and class of each point into 64 bits: what is exact whatever the colours do."""
    x, y, z = (cells[:, k].astype(np.uint64) for k in range(3))
    word = _mixed(x | (y << np.uint64(32)))
    word = _mixed(word ^ z)
    others = points.intensity.astype(np.uint64) | (points.classification.astype(np.uint64) << np.uint64(16))
    return _mixed(word ^ (others << np.uint64(32)))


def with_colours(keys: Words, points: Points) -> Words:
    """Mix the whole levels of colour into the keys."""
    r, g, b = (points.levels[:, k].astype(np.uint64) for k in range(3))
    return _mixed(keys ^ r ^ (g << np.uint64(8)) ^ (b << np.uint64(16)))


def _mixed(words: Words) -> Words:
    """Finish as splitmix64 does (Steele et al., 2014); one to one."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    made: Words = words ^ (words >> np.uint64(31))
    return made
