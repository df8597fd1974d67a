"""Which axis points up: files differ, everything of ours stands along Z."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Up = Literal["x", "y", "z"]
F64 = npt.NDArray[np.float64]


def z_up(positions: F64, up: Up) -> F64:
    """Turn positions (n, 3) of a file in which ``up`` points up so that Z does.

    What is right, up and towards the viewer is as COLLADA 1.4.1 has it (``up_axis``); glTF is its Y up.
    """
    match up:
        case "x":
            return np.asarray(positions[:, [1, 2, 0]] * np.array([-1.0, -1.0, 1.0]))
        case "y":
            return np.asarray(positions[:, [0, 2, 1]] * np.array([1.0, -1.0, 1.0]))
        case "z":
            return positions


def as_in_file(positions: F64, up: Up) -> F64:
    """Turn positions (n, 3), Z up, back to the axes of a file in which ``up`` points up."""
    match up:
        case "x":
            return np.asarray(positions[:, [2, 0, 1]] * np.array([1.0, -1.0, -1.0]))
        case "y":
            return np.asarray(positions[:, [0, 2, 1]] * np.array([1.0, 1.0, -1.0]))
        case "z":
            return positions
