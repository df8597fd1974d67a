"""``register``: find where the moving scan stands on the fixed one, and how far that is to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.progress import Progress
from processing.registration.by_control import by_marks_alone
from processing.registration.control import read_marks
from processing.registration.pipeline import register
from processing.registration.reading import read_points
from processing.room.inputs import Inputs

# A rotation may be off by rounding in a hand-written file, not by more.
MAX_SKEW = 1e-4


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Register the files of group ``moving`` onto those of group ``fixed``.

    Arguments: ``control``, rows of name, moving, fixed (metres, each in its version's own frame); ``prior``,
    4x4 fixed_from_moving; ``options``: ``prior_tolerance_m``; ``stated``: what people say of the files of
    ``moving`` and ``fixed`` (``crs``, ``up_axis``, ``unit_m``). With no fixed files the marks alone decide.
    """
    moving, fixed = inputs.group("moving"), inputs.group("fixed")
    if not len(moving):
        raise KnownError("invalid-arguments", "there is no moving scan", "name the scan that is to be placed")
    control = arguments.get("control")
    marks = read_marks(control) if control else None
    prior = _prior(arguments.get("prior"))
    tolerance = _tolerance(arguments.get("options") or {})
    stated = arguments.get("stated") or {}
    if not len(fixed) and marks is None:
        raise KnownError("invalid-arguments", "there is neither a fixed scan nor control points")
    points = read_points(moving, out, progress, stated.get("moving") or {})
    if not len(fixed):
        assert marks is not None
        return by_marks_alone(points, marks).as_json()
    target = read_points(fixed, out, progress, stated.get("fixed") or {})
    found = register(points, target, marks=marks, prior=prior, prior_tolerance_m=tolerance, progress=progress)
    return found.as_json()


def _prior(value: object) -> NDArray[np.float64] | None:
    if value is None:
        return None
    try:
        pose = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise KnownError("invalid-arguments", f"the prior is not a matrix of numbers: {error}") from error
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        raise KnownError("invalid-arguments", f"the prior has shape {pose.shape}, needs 4x4 finite numbers")
    skew = float(np.abs(pose[:3, :3] @ pose[:3, :3].T - np.eye(3)).max())
    if skew > MAX_SKEW or np.linalg.det(pose[:3, :3]) < 0 or not np.allclose(pose[3], [0, 0, 0, 1]):
        raise KnownError(
            "invalid-arguments",
            f"the prior is not rigid: its axes are off by {skew:.2g}",
            "give a 4x4 fixed_from_moving of a turn and a shift, rows first, without scale or mirror",
        )
    return pose


def _tolerance(options: object) -> float | None:
    value = options.get("prior_tolerance_m") if isinstance(options, dict) else None
    if value is None:
        return None
    if not isinstance(value, int | float) or not 0 < value < 1e6:
        raise KnownError("invalid-arguments", f"prior_tolerance_m is {value!r}, needs a length in metres")
    return float(value)
