"""What any simplifier is asked and answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]

UNLIMITED = 3.0e38  # close to the largest float32: the target count alone decides


@dataclass(frozen=True, kw_only=True)
class Simplified:
    """What a kernel made: fewer (m, 3) triangles over the same vertex numbers.

    ``error`` is the kernel's own estimate in the unit of the positions; positions and attributes are new
    arrays where they were solved again, else the given ones.
    """

    triangles: Indices
    positions: Floats
    attributes: Floats | None
    error: float
