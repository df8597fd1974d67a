"""Passes over (n, 3) arrays that numpy does slowly along the short axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled


@compiled()
def count_not_finite(xyz: NDArray[np.float64]) -> int:
    """Count rows with a NaN or infinite value."""
    bad = 0
    for n in range(len(xyz)):
        if not (np.isfinite(xyz[n, 0]) and np.isfinite(xyz[n, 1]) and np.isfinite(xyz[n, 2])):
            bad += 1
    return bad


@compiled()
def bounds_of(xyz: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> None:
    """Widen low and high (3,) by all rows, in place."""
    for n in range(len(xyz)):
        for k in range(3):
            value = xyz[n, k]
            low[k] = min(low[k], value)
            high[k] = max(high[k], value)


@compiled()
def scaled(
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    z: NDArray[np.int32],
    scale: NDArray[np.float64],
    offset: NDArray[np.float64],
    xyz: NDArray[np.float64],
) -> None:
    """Fill xyz (n, 3) with integers times scale plus offset."""
    for n in range(len(x)):
        xyz[n, 0] = x[n] * scale[0] + offset[0]
        xyz[n, 1] = y[n] * scale[1] + offset[1]
        xyz[n, 2] = z[n] * scale[2] + offset[2]


@compiled()
def stacked_colours(
    red: NDArray[np.uint16],
    green: NDArray[np.uint16],
    blue: NDArray[np.uint16],
    shift: int,
    rgb: NDArray[np.uint8],
) -> None:
    """Fill rgb (n, 3) with the colours shifted right."""
    for n in range(len(red)):
        rgb[n, 0] = np.uint8(red[n] >> shift)
        rgb[n, 1] = np.uint8(green[n] >> shift)
        rgb[n, 2] = np.uint8(blue[n] >> shift)


def warm() -> None:
    """Compile this module's kernels for the arrays that readers make."""
    xyz = np.zeros((3, 3))
    count_not_finite(xyz)
    count_not_finite(np.asfortranarray(xyz))
    bounds_of(xyz, np.zeros(3), np.zeros(3))
    bounds_of(np.zeros((3, 3), np.int32), np.zeros(3, np.int64), np.zeros(3, np.int64))
    # Records of LAS are aligned or not, and read-only where they are looked at in place.
    for size in (20, 21):
        form: Any = {
            "names": ["x", "y", "z", "r", "g", "b"],
            "formats": ["<i4"] * 3 + ["<u2"] * 3,
            "offsets": [0, 4, 8, 12, 14, 16],
            "itemsize": size,
        }
        held: Any = np.frombuffer(bytes(3 * size), np.dtype(form))
        for some in (held, held.copy()):
            scaled(some["x"], some["y"], some["z"], np.ones(3), np.zeros(3), xyz)
            stacked_colours(some["r"], some["g"], some["b"], 8, np.zeros((3, 3), np.uint8))
