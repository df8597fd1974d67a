"""sRGB, as scanners give it, and linear light, as glTF wants it (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def linear_from_srgb(srgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """Decode sRGB values 0..1 of any shape to linear light 0..1."""
    values = np.asarray(srgb, dtype=np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """Encode linear light 0..1 of any shape as sRGB 0..1."""
    values = np.clip(np.asarray(linear, dtype=np.float64), 0.0, 1.0)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


# 8-bit linear cannot hold the darks of 8-bit sRGB (its first step is 22 sRGB levels), 16-bit can.
LINEAR16_FROM_SRGB8: NDArray[np.uint16] = np.round(
    linear_from_srgb(np.arange(256, dtype=np.float64) / 255) * 65535
).astype(np.uint16)
LINEAR8_FROM_SRGB8: NDArray[np.uint8] = np.round(
    linear_from_srgb(np.arange(256, dtype=np.float64) / 255) * 255
).astype(np.uint8)


def _shortest16() -> NDArray[np.uint16]:
    """Choose for every 8-bit sRGB level a 16-bit linear value with as many zeros at its end as can be.

    Any value nearer to this level than to the next says the same 8 bits; low bytes that repeat cost nothing
    when tiles are compressed (a fifth of a coloured point). A 25th of the interval is left at either end, so
    that a reader's own arithmetic cannot slip to a neighbour.
    """
    edges = linear_from_srgb(np.clip(np.arange(257) - 0.5, 0, 255) / 255) * 65535
    chosen = np.zeros(256, np.uint16)
    for level in range(256):
        low, high = edges[level], edges[level + 1]
        low, high = low + 0.04 * (high - low), high - 0.04 * (high - low)
        step = 256
        while np.ceil(low / step) * step > high:
            step //= 2
        middle = np.round((low + high) / 2 / step) * step
        chosen[level] = np.clip(middle, np.ceil(low / step) * step, np.floor(high / step) * step)
    # Black stays black and white stays white.
    chosen[0], chosen[255] = 0, 65535
    return chosen


SHORT16_FROM_SRGB8: NDArray[np.uint16] = _shortest16()


def linear16(srgb8: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Turn 8-bit sRGB of any shape into 16-bit linear, exact to the level after the way back."""
    return LINEAR16_FROM_SRGB8[srgb8]


def srgb8_from_linear16(linear: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Turn 16-bit linear of any shape back into 8-bit sRGB."""
    return np.round(srgb_from_linear(linear / 65535.0) * 255).astype(np.uint8)
