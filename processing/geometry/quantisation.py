"""Positions as 16-bit integers with one step, and back by a node's scale and translation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = 65535


@dataclass(frozen=True, kw_only=True)
class Quantised:
    """Integer positions: ``origin + step_m * values`` are metres, at most half a step off."""

    values: NDArray[np.uint16]
    origin: NDArray[np.float64]
    step_m: float


def quantise(points: NDArray[np.floating], *, step_m: float, grid_origin: NDArray[np.float64]) -> Quantised:
    """Round (n, 3) metres to one global grid; the extent must be below 65535 steps.

    Points of neighbouring tiles that are equal stay equal, since the grid is global and not the tile's.
    """
    cells = np.round((np.asarray(points, np.float64) - grid_origin) / step_m).astype(np.int64)
    low = cells.min(axis=0)
    span = int((cells.max(axis=0) - low).max())
    if span > LEVELS:
        raise ValueError(f"{span} steps of {step_m} m do not fit 16 bits")
    return Quantised(values=(cells - low).astype(np.uint16), origin=grid_origin + low * step_m, step_m=step_m)


def finest_step(extent_m: float, *, at_least_m: float) -> float:
    """Choose the smallest step (at_least_m times a power of two) that covers an extent in 16 bits."""
    step_m = at_least_m
    while extent_m / step_m > LEVELS - 2:
        step_m *= 2
    return step_m
