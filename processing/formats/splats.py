"""What files of 3D Gaussian splats have in common: colour and opacity as their training left them.

Kerbl et al., 3D Gaussian Splatting for Real-Time Radiance Field Rendering, 2023, and the code beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# The spherical harmonic of degree 0, a constant: 1 / (2 √π).
HARMONIC_0 = 0.28209479177387814
COLOURS = ("f_dc_0", "f_dc_1", "f_dc_2")
OPACITY = "opacity"


def colours_of(coefficients: NDArray[Any]) -> NDArray[np.uint8]:
    """Turn coefficients of degree 0 (n, 3) into sRGB (n, 3): the colour seen from all sides, on average."""
    with np.errstate(invalid="ignore", over="ignore"):
        shown = 255 * (0.5 + HARMONIC_0 * coefficients.astype(np.float32))
    return np.asarray(np.clip(np.nan_to_num(np.rint(shown), nan=0.0), 0, 255), np.uint8)


def opacities_of(logits: NDArray[Any]) -> NDArray[np.uint16]:
    """Turn logits (n,) into opacities (n,), 65,535 for what nothing shows through."""
    with np.errstate(over="ignore", invalid="ignore"):
        shown = 65_535 / (1 + np.exp(-logits.astype(np.float64)))
    return np.asarray(np.nan_to_num(np.rint(shown), nan=0.0), np.uint16)
