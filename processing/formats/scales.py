"""Numbers of any range as 16-bit intensity and 8-bit colour, and columns out of records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.formats.cloud import warning

# Columns of this many numbers stay in the processor's cache.
BLOCK_POINTS = 16_384
_SMALL = np.dtype("u1"), np.dtype("u2")


class Intensity:
    """A linear scale from (low, high) to 0..65535; ``clipped`` counts what lay outside."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high, self.clipped = low, high, 0

    @classmethod
    def of(cls, values: NDArray[Any]) -> Intensity:
        """Choose a scale by the type, or by what the values look like.

        Leica's PTS intensities are -2048..2047, others 0..1, 0..255, 0..4095 of PTS made positive, or 16-bit.
        """
        if values.dtype in _SMALL:
            return cls(0.0, float(np.iinfo(values.dtype).max))
        finite = values[np.isfinite(values)]
        low, high = float(finite.min(initial=0)), float(finite.max(initial=0))
        if low < 0:
            return cls(-2048.0, 2047.0)
        return cls(0.0, 1.0 if high <= 1 else 255.0 if high <= 255 else 65535.0)

    @property
    def exact(self) -> bool:
        """Whether whole numbers come out as they went in."""
        return (self.low, self.high) == (0.0, 65535.0)

    def __call__(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Scale (n,) numbers; what is no number becomes 0."""
        if values.dtype == np.uint16 and self.exact:
            return np.ascontiguousarray(values)
        made = np.empty(len(values), np.uint16)
        factor = 65535.0 / (self.high - self.low)
        steps = np.empty(BLOCK_POINTS)
        for at in range(0, len(values), BLOCK_POINTS):
            part = steps[: len(values) - at]
            part[:] = values[at : at + BLOCK_POINTS]
            part -= self.low
            part *= factor
            # NaN fails both.
            if not (part.min() > -0.5 and part.max() < 65535.5):
                self._clip(part)
            np.rint(part, out=part)
            made[at : at + BLOCK_POINTS] = part
        return made

    def _clip(self, steps: NDArray[np.float64]) -> None:
        inside = np.nan_to_num(np.clip(steps, 0, 65535))
        self.clipped += int(np.count_nonzero(~(np.abs(inside - steps) <= 0.5)))
        steps[:] = inside

    def findings(self) -> list[dict[str, str]]:
        """Say how much lay outside the scale."""
        if not self.clipped:
            return []
        text = (
            f"{self.clipped:,} intensities lie outside {self.low:g} to {self.high:g}; tiles show them clipped"
        )
        return [warning("intensity-clipped", text)]


def columns(records: NDArray[Any], names: tuple[str, ...], dtype: Any) -> NDArray[Any]:
    """Gather fields of records into (n, k)."""
    made = np.empty((len(records), len(names)), dtype)
    for at in range(0, len(records), BLOCK_POINTS):
        for k, name in enumerate(names):
            made[at : at + BLOCK_POINTS, k] = records[name][at : at + BLOCK_POINTS]
    return made


def eight_bit(colours: NDArray[Any], top: float) -> NDArray[np.uint8]:
    """Scale colours (n, 3) of 0..top to 8 bits; of 16 bits the upper ones, what is no number is black."""
    if colours.dtype == np.uint8:
        return np.ascontiguousarray(colours)
    if top == 65535.0:
        upper = np.clip(np.nan_to_num(colours), 0, 65535).astype(np.uint16) >> 8
        return np.asarray(upper, np.uint8)
    scaled = np.nan_to_num(colours.astype(np.float64)) * (255.0 / top)
    return np.clip(scaled, 0, 255).round().astype(np.uint8)


def colour_top(colours: NDArray[Any]) -> float:
    """Answer the largest value that colours of this type, or of this look, can have."""
    if colours.dtype in _SMALL:
        return float(np.iinfo(colours.dtype).max)
    high = float(np.nan_to_num(colours.astype(np.float64), posinf=0).max(initial=0))
    # Floats are 0..1 by custom; whole numbers of 0 and 1 alone are nearly black.
    return 1.0 if high <= 1 and colours.dtype.kind == "f" else 255.0 if high <= 255 else 65535.0


def classes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Take labels as classes of 0..255; what lies outside is cut to it."""
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    return np.clip(np.nan_to_num(values.astype(np.float64)), 0, 255).astype(np.uint8)
