"""The integer grid of a tiling: cells of one decimal step around a local origin, in a power-of-two cube."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS, gather, morton_key

# 21 bits an axis in the key and 5 in the residual: 26 bits span 6.7 km at 0.1 mm.
RESIDUAL_BITS = 5
MAX_BITS = BITS + RESIDUAL_BITS
FINEST_STEP_M = 1e-6
# Finer than a hundred-thousandth of the site, or a tenth of a millimetre, is noise.
RELATIVE_STEP, USUAL_STEP_M = 1e-5, 1e-4
# One packed point on disk before the cube is known: cells, colour and class, intensity.
SPILL = np.dtype(
    [("cell", "<i4", 3), ("rgb", "u1", 3), ("class", "u1"), ("intensity", "<u2"), ("spare", "<u2")]
)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """``origin + step_m * cell`` is the place of a cell in the version's own frame, metres.

    ``exact`` says that it is the file's own grid: then nothing is rounded.
    """

    origin: NDArray[np.float64]
    step_m: float
    exact: bool = False

    @classmethod
    def around(
        cls, low: NDArray[np.float64], high: NDArray[np.float64], own_step_m: float | None = None
    ) -> Grid:
        """Choose an origin at whole metres and a decimal step that 26 bits span.

        ``own_step_m`` is the file's own grid, if its coordinates are whole steps from whole metres.
        """
        extent_m = float(max((high - low).max(), 1e-3))
        wanted_m = min(USUAL_STEP_M, 10.0 ** np.floor(np.log10(extent_m * RELATIVE_STEP)))
        least_m = 10.0 ** np.ceil(np.log10(extent_m / 2**MAX_BITS))
        step_m = max(FINEST_STEP_M, least_m, own_step_m if own_step_m is not None else wanted_m)
        return cls(
            origin=np.round((low + high) / 2) + 0.0, step_m=float(step_m), exact=float(step_m) == own_step_m
        )


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


@compiled()
def to_cells(
    xyz: NDArray[np.float64], origin: NDArray[np.float64], step_m: float, cells: NDArray[np.int32]
) -> bool:
    """Round metres to grid cells; answer False if one does not fit 32 bits."""
    inverse = 1.0 / step_m
    for n in range(len(xyz)):
        for k in range(3):
            value = np.round((xyz[n, k] - origin[k]) * inverse)
            if not -2147483000.0 < value < 2147483000.0:
                return False
            cells[n, k] = np.int32(value)
    return True


@compiled()
def pack(
    cells: NDArray[np.int32],
    rgb: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    intensity: NDArray[np.uint16],
    corner: NDArray[np.int64],
    bits: int,
    records: NDArray[np.uint64],
) -> None:
    """Fill (n, 2) records: the Morton key, and colour, class, intensity and residual bits."""
    up, down = max(0, BITS - bits), max(0, bits - BITS)
    mask = (1 << down) - 1
    for n in range(len(cells)):
        x = np.int64(cells[n, 0]) - corner[0]
        y = np.int64(cells[n, 1]) - corner[1]
        z = np.int64(cells[n, 2]) - corner[2]
        records[n, 0] = morton_key(
            np.uint64((x >> down) << up), np.uint64((y >> down) << up), np.uint64((z >> down) << up)
        )
        residual = (x & mask) | ((y & mask) << 5) | ((z & mask) << 10)
        colour = np.uint64(rgb[n, 0]) | (np.uint64(rgb[n, 1]) << np.uint64(8))
        colour |= (np.uint64(rgb[n, 2]) << np.uint64(16)) | (np.uint64(classes[n]) << np.uint64(24))
        records[n, 1] = (
            colour | (np.uint64(intensity[n]) << np.uint64(32)) | (np.uint64(residual) << np.uint64(48))
        )


@compiled()
def unpack_cells(records: NDArray[np.uint64], bits: int, cells: NDArray[np.int64]) -> None:
    """Take (n, 3) cells inside the cube out of records: the inverse of ``pack``, without the corner."""
    up, down = max(0, BITS - bits), max(0, bits - BITS)
    for n in range(len(records)):
        residual = np.int64(records[n, 1] >> np.uint64(48))
        for k in range(3):
            top = np.int64(gather(records[n, 0] >> np.uint64(k)))
            cells[n, k] = ((top >> up) << down) | ((residual >> (5 * k)) & 31)


def warm() -> None:
    """Compile this module's kernels."""
    records = np.zeros((3, 2), np.uint64)
    to_cells(np.zeros((3, 3)), np.zeros(3), 1.0, np.zeros((3, 3), np.int32))
    spill = np.zeros(3, SPILL)
    corner = np.zeros(3, np.int64)
    pack(spill["cell"], spill["rgb"], spill["class"], spill["intensity"], corner, 3, records)
    unpack_cells(records, 3, np.zeros((3, 3), np.int64))
