"""The integer grid of a tiling: cells of one step around a local origin, in a power-of-two cube."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.points.packing import MAX_BITS

FINEST_STEP_M = 1e-6
# Finer than a hundred-thousandth of the site, or a tenth of a millimetre, is noise.
RELATIVE_STEP, USUAL_STEP_M = 1e-5, 1e-4
# Tiles are for the eye (the master and COPC keep what was measured): a step of at most a millimetre, on small
# things of at most a fifty-thousandth of their size, halved until it fits; never finer than the file.
TILE_STEP_M, TILE_RELATIVE_STEP = 1e-3, 2e-5


@dataclass(frozen=True, kw_only=True)
class Grid:
    """``origin + step_m * cell`` is where a point of a cell is drawn, in the version's own frame, metres.

    ``error_m`` is the largest distance along an axis from there to a point of the cell.
    """

    origin: NDArray[np.float64]
    step_m: float
    error_m: float = 0.0

    @classmethod
    def around(cls, low: NDArray[np.float64], high: NDArray[np.float64]) -> Grid:
        """Choose an origin at whole metres and a decimal step that 26 bits span."""
        extent_m = float(max((high - low).max(), 1e-3))
        wanted_m = min(USUAL_STEP_M, 10.0 ** np.floor(np.log10(extent_m * RELATIVE_STEP)))
        least_m = 10.0 ** np.ceil(np.log10(extent_m / 2**MAX_BITS))
        step_m = float(max(FINEST_STEP_M, least_m, wanted_m))
        return cls(origin=np.round((low + high) / 2) + 0.0, step_m=step_m, error_m=step_m / 2)

    @classmethod
    def for_tiles(cls, low: NDArray[np.float64], high: NDArray[np.float64]) -> Grid:
        """Choose an origin at whole metres, and a step for tiles: a millimetre times a power of two."""
        extent_m = float(max((high - low).max(), 1e-3))
        step_m = max(tile_step_m(extent_m), FINEST_STEP_M, 2 * extent_m / 2**MAX_BITS)
        step_m = TILE_STEP_M * 2.0 ** np.floor(np.log2(step_m / TILE_STEP_M) + 1e-9)
        return cls(origin=np.round((low + high) / 2) + 0.0, step_m=float(step_m), error_m=float(step_m) / 2)

    def between(self) -> Grid:
        """Draw points half a step further, in the middle of what rounds down to a cell.

        A point then stays on its own side of every whole metre (of walls there as well), and of every
        other multiple of the step. A thousandth is missing: what lies on such a multiple, as in files of
        the same step, is above the border and not on it.
        """
        return replace(self, origin=self.origin + 0.499 * self.step_m)

    def as_json(self) -> dict[str, Any]:
        """Write the grid."""
        return {"origin": self.origin.tolist(), "step_m": self.step_m, "error_m": self.error_m}


def tile_step_m(extent_m: float) -> float:
    """Answer the coarsest step that tiles of a cloud of this size may have."""
    return min(TILE_STEP_M, extent_m * TILE_RELATIVE_STEP)


@dataclass(frozen=True, kw_only=True)
class Cube:
    """The root cell: ``2**bits`` grid cells a side from ``corner`` (3,) int64."""

    grid: Grid
    corner: NDArray[np.int64]
    bits: int

    @classmethod
    def over(cls, grid: Grid, low: NDArray[np.int64], high: NDArray[np.int64]) -> Cube:
        """Put the smallest power-of-two cube over inclusive cell bounds, centred."""
        bits = max(1, int((high - low).max()).bit_length())
        return cls(grid=grid, corner=low - (2**bits - 1 - (high - low)) // 2, bits=bits)

    @property
    def side_m(self) -> float:
        """Length of a side in metres."""
        return float(self.grid.step_m * 2**self.bits)

    @property
    def low_m(self) -> NDArray[np.float64]:
        """The corner in metres around the local origin; half a cell out, so that no point is on a border."""
        return np.asarray((self.corner - 0.5) * self.grid.step_m, np.float64)
