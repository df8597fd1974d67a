"""Rotations as quaternions and matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError


def rotation_of_quaternion(quaternion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a quaternion (w, x, y, z) of any length above zero into a 3x3 rotation."""
    length = float(np.linalg.norm(quaternion))
    if not np.isfinite(length) or length < 1e-9:
        raise KnownError("invalid-header", f"{quaternion.tolist()} is no rotation")
    w, x, y, z = quaternion / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
