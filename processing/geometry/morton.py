"""Morton keys: 21 bits an axis in one 63-bit integer, x in the lowest bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled

BITS = 21


@compiled()
def spread(value: np.uint64) -> np.uint64:
    """Put two zero bits between the lowest 21 bits of a value."""
    x = np.uint64(value) & np.uint64(0x1FFFFF)
    x = (x | (x << np.uint64(32))) & np.uint64(0x001F00000000FFFF)
    x = (x | (x << np.uint64(16))) & np.uint64(0x001F0000FF0000FF)
    x = (x | (x << np.uint64(8))) & np.uint64(0x100F00F00F00F00F)
    x = (x | (x << np.uint64(4))) & np.uint64(0x10C30C30C30C30C3)
    return (x | (x << np.uint64(2))) & np.uint64(0x1249249249249249)


@compiled()
def gather(key: np.uint64) -> np.uint64:
    """Take every third bit of a key, from the lowest: the inverse of ``spread``."""
    x = np.uint64(key) & np.uint64(0x1249249249249249)
    x = (x | (x >> np.uint64(2))) & np.uint64(0x10C30C30C30C30C3)
    x = (x | (x >> np.uint64(4))) & np.uint64(0x100F00F00F00F00F)
    x = (x | (x >> np.uint64(8))) & np.uint64(0x001F0000FF0000FF)
    x = (x | (x >> np.uint64(16))) & np.uint64(0x001F00000000FFFF)
    return (x | (x >> np.uint64(32))) & np.uint64(0x1FFFFF)


@compiled()
def morton_key(x: np.uint64, y: np.uint64, z: np.uint64) -> np.uint64:
    """Interleave three 21-bit numbers."""
    return spread(x) | (spread(y) << np.uint64(1)) | (spread(z) << np.uint64(2))


@compiled()
def morton_keys(cells: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Interleave (n, 3) cell numbers below 2**21 into (n,) keys."""
    keys = np.empty(len(cells), np.uint64)
    for i in range(len(cells)):
        keys[i] = morton_key(np.uint64(cells[i, 0]), np.uint64(cells[i, 1]), np.uint64(cells[i, 2]))
    return keys


@compiled()
def morton_cells(keys: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Take (n,) keys apart into (n, 3) cell numbers."""
    cells = np.empty((len(keys), 3), np.uint32)
    for i in range(len(keys)):
        cells[i, 0] = gather(keys[i])
        cells[i, 1] = gather(keys[i] >> np.uint64(1))
        cells[i, 2] = gather(keys[i] >> np.uint64(2))
    return cells


def warm() -> None:
    """Compile this module's kernels."""
    morton_cells(morton_keys(np.zeros((1, 3), np.uint32)))
