"""Control points: marks measured in both frames. They choose the pose; blunders are named, not averaged."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.registration.rigid import Points, Pose, aligned_by_pairs, applied

MIN_MARKS = 4
# Limits for 5 mm marks with 3 mm picks: they flagged every swapped label and 94 % or more of 6 cm blunders
# with four or more marks (facts of the project, georeferencing).
MAX_RMS_M, MAX_LEFT_OUT_M, MAX_SCALE_ERROR = 0.020, 0.040, 0.002
MIN_SPREAD_SHARE = 0.02


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One control point: its name and its place (3,) in each frame, metres."""

    name: str
    moving: Points
    fixed: Points


@dataclass(frozen=True, kw_only=True)
class ControlFit:
    """The pose the marks alone give, and how well they agree.

    ``residuals_m`` and ``left_out_m`` (the distance of a mark from where the others put it) by name;
    ``flagged``: marks that look wrong; ``reasons``: why the set may not be used, empty if it may.
    """

    fixed_from_moving: Pose
    rms_m: float
    scale: float
    residuals_m: dict[str, float]
    left_out_m: dict[str, float]
    flagged: tuple[str, ...]
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the evidence."""
        return {
            "rms_m": round(self.rms_m, 6),
            "scale": round(self.scale, 7),
            "residuals_m": {name: round(value, 6) for name, value in self.residuals_m.items()},
            "left_out_m": {name: round(value, 6) for name, value in self.left_out_m.items()},
            "flagged": list(self.flagged),
            "reasons": list(self.reasons),
        }


def read_marks(rows: object) -> list[Mark]:
    """Check the marks as they came in: finite triples under different names, not all on one line.

    Raises
    ------
    KnownError
        ``invalid-arguments``, naming the row.
    """
    if not isinstance(rows, list):
        raise KnownError("invalid-arguments", f"control must be a list of marks, got {type(rows).__name__}")
    marks = [_mark(number, row) for number, row in enumerate(rows)]
    names = [mark.name for mark in marks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise KnownError("invalid-arguments", f"control point {twice[0]!r} is listed twice")
    if len(marks) < MIN_MARKS:
        raise KnownError(
            "invalid-arguments",
            f"needs {MIN_MARKS} control points or more, got {len(marks)}",
            "three fit any pose without showing an error; five and a check point are better",
        )
    for frame in ("moving", "fixed"):
        places = np.array([getattr(mark, frame) for mark in marks])
        spread = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
        if spread[1] < MIN_SPREAD_SHARE * spread[0] or spread[0] == 0:
            raise KnownError(
                "invalid-arguments",
                f"the {len(marks)} control points lie on one line in the {frame} frame",
                "a line leaves the turn about it open: add a mark to the side",
            )
    return marks


def _mark(number: int, row: object) -> Mark:
    try:
        if not isinstance(row, dict):
            raise TypeError("not an object")
        places = [np.array([float(value) for value in row[key]]) for key in ("moving", "fixed")]
        if any(place.shape != (3,) or not np.isfinite(place).all() for place in places):
            raise ValueError("needs three finite coordinates in each frame")
    except (KeyError, TypeError, ValueError) as error:
        raise KnownError(
            "invalid-arguments",
            f"control point {number + 1} cannot be used: {error}",
            'each is {"name", "moving": [x, y, z], "fixed": [x, y, z]}, metres',
        ) from error
    return Mark(name=str(row.get("name") or f"P{number + 1}"), moving=places[0], fixed=places[1])


def fitted(marks: list[Mark]) -> ControlFit:
    """Fit the pose of the marks and look for blunders and swapped labels."""
    moving = np.array([mark.moving for mark in marks])
    fixed = np.array([mark.fixed for mark in marks])
    pose, scale = aligned_by_pairs(moving, fixed)
    residuals = np.linalg.norm(applied(pose, moving) - fixed, axis=1)
    left_out = np.empty(len(marks))
    for index in range(len(marks)):
        others = np.arange(len(marks)) != index
        without, _ = aligned_by_pairs(moving[others], fixed[others])
        left_out[index] = np.linalg.norm(applied(without, moving[index : index + 1])[0] - fixed[index])
    rms = float(np.sqrt((residuals**2).sum() / max(1, 3 * len(marks) - 6)))
    names = [mark.name for mark in marks]
    reasons = _reasons(rms, scale, left_out, names, moving, fixed)
    return ControlFit(
        fixed_from_moving=pose,
        rms_m=rms,
        scale=scale,
        residuals_m=dict(zip(names, residuals.tolist(), strict=True)),
        left_out_m=dict(zip(names, left_out.tolist(), strict=True)),
        flagged=tuple(name for name, value in zip(names, left_out, strict=True) if value > MAX_LEFT_OUT_M),
        reasons=tuple(reasons),
    )


def _reasons(
    rms: float, scale: float, left_out: Points, names: list[str], moving: Points, fixed: Points
) -> list[str]:
    reasons = []
    if rms > MAX_RMS_M:
        reasons.append(
            f"control-disagrees: {rms * 1000:.0f} mm among the marks, limit {MAX_RMS_M * 1000:.0f} mm"
        )
    if abs(scale - 1) > MAX_SCALE_ERROR:
        reasons.append(f"control-scale: the marks suggest a scale of {scale:.5f}; check units and marks")
    if left_out.max() > MAX_LEFT_OUT_M:
        worst = names[int(np.argmax(left_out))]
        reasons.append(
            f"control-blunder: {worst} is {left_out.max() * 1000:.0f} mm from where the others put it"
        )
    swap = _swapped(moving, fixed, names) if reasons else None
    if swap:
        reasons.append(f"control-swapped: the labels {swap[0]} and {swap[1]} look exchanged")
    return reasons


def _swapped(moving: Points, fixed: Points, names: list[str]) -> tuple[str, str] | None:
    """The two labels whose exchange makes a disagreeing set agree, if there are such."""
    for a, b in combinations(range(len(names)), 2):
        order = np.arange(len(names))
        order[[a, b]] = order[[b, a]]
        pose, _ = aligned_by_pairs(moving[order], fixed)
        residual = applied(pose, moving[order]) - fixed
        if np.sqrt((residual**2).sum() / max(1, 3 * len(names) - 6)) < MAX_RMS_M:
            return names[a], names[b]
    return None
