"""What any simplifier is asked and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]

UNLIMITED = 3.0e38  # close to the largest float32: the target count alone decides


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a kernel is asked to simplify, checked: see :func:`processing.meshes.kernel.simplify`."""

    triangles: Indices
    positions: Floats
    target_triangles: int
    max_error: float
    attributes: Floats | None
    weights: Sequence[float]
    locked: Bools | None
    prune: bool = False


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


class Kernel(Protocol):
    """A module that simplifies; ``NAME`` is recorded with what it made."""

    NAME: str

    def simplify(self, asked: Asked) -> Simplified:
        """Collapse edges onto existing vertices."""

    def simplify_with_update(self, asked: Asked) -> Simplified:
        """Collapse edges and solve positions and attributes of what is left again."""

    def simplify_sloppy(self, triangles: Indices, positions: Floats, *, target_triangles: int) -> Indices:
        """Simplify whatever the topology."""
