"""Registration with control points: they choose the pose, the surfaces refine it and may not pull it away."""

from typing import Any

import numpy as np

from processing.progress import Progress
from processing.registration.answer import Registration, answered
from processing.registration.control import MAX_RMS_M, ControlFit, Mark, fitted
from processing.registration.dense import densely_refined
from processing.registration.pair import Pair
from processing.registration.rigid import Points, Pose, applied, corners, displacement
from processing.registration.score import measured

# How far the surfaces may move the pose of the control points, in their own standard deviations.
CONTROL_SIGMAS = 4.0
MIN_MARK_SIGMA_M = 0.003


def by_control(pair: Pair, marks: list[Mark], progress: Progress) -> Registration:
    """Take the pose of the marks, let the surfaces refine it, and check that they did not pull it away."""
    near = [
        Mark(name=m.name, moving=m.moving - pair.moving_origin, fixed=m.fixed - pair.fixed_origin)
        for m in marks
    ]
    fit = fitted(near)
    finest = pair.levels[-1]
    notes: dict[str, Any] = {"control": fit.as_json()}
    if fit.reasons:
        measures = measured(finest.moving, finest.fixed, fit.fixed_from_moving)
        return answered(
            pair,
            "rejected",
            fit.fixed_from_moving,
            None,
            measures,
            "control points",
            list(fit.reasons),
            [],
            notes,
        )
    progress.stage("refining", 1, "pair")
    sigma = max(fit.rms_m, MIN_MARK_SIGMA_M)
    dense = densely_refined(
        pair.dense_moving,
        pair.dense_fixed,
        fit.fixed_from_moving,
        block_m=min(pair.voxel_m, max(12 * sigma, 6 * pair.dense_fixed.size_m)),
        marks=near,
        mark_sigma_m=sigma,
    )
    pose = fit.fixed_from_moving if dense is None else dense.fixed_from_moving
    measures = measured(finest.moving, finest.fixed, pose)
    progress.advance()
    reasons = _control_doubts(pair, near, fit, pose, sigma, notes)
    if dense is None or not measures.passes_rule():
        reasons.append("rule-a: the surfaces do not confirm the control points")
    state = "ambiguous" if reasons else "accepted"
    return answered(pair, state, pose, dense, measures, "control points + point-to-plane", reasons, [], notes)


def by_marks_alone(points: Points, marks: list[Mark]) -> Registration:
    """Place a scan (n, 3) by its marks where there is no fixed scan to check against.

    Accepted if the marks agree; the covariance is that of the marks, about their centre.
    """
    fit = fitted(marks)
    sigma = max(fit.rms_m, MIN_MARK_SIGMA_M)
    places = np.array([mark.fixed for mark in marks])
    pivot = places.mean(axis=0)
    box = applied(fit.fixed_from_moving, corners(points.min(axis=0), points.max(axis=0)))
    return Registration(
        state="rejected" if fit.reasons else "accepted",
        fixed_from_moving=fit.fixed_from_moving,
        covariance=sigma**2 * _unit_covariance(places, pivot),
        method="control points",
        rms_m=fit.rms_m,
        overlap=0.0,
        evidence={
            "rule": "control/1",
            "reasons": list(fit.reasons),
            "control": fit.as_json(),
            "covariance_pivot": pivot.tolist(),
            "largest_sigma_m": round(sigma * _leverage(marks, box), 6),
        },
    )


def _control_doubts(
    pair: Pair, marks: list[Mark], fit: ControlFit, pose: Pose, sigma: float, notes: dict[str, Any]
) -> list[str]:
    """Compare the refined pose with the marks: their residuals, and how far the model moved."""
    residuals = [float(np.linalg.norm(applied(pose, m.moving[None])[0] - m.fixed)) for m in marks]
    rms = float(np.sqrt(np.mean(np.square(residuals))))
    moved = displacement(pose, fit.fixed_from_moving, pair.moving_corners)
    limit = CONTROL_SIGMAS * sigma * _leverage(marks, applied(fit.fixed_from_moving, pair.moving_corners))
    notes["control"] |= {
        "rms_after_m": round(rms, 6),
        "moved_by_surfaces_m": round(moved, 6),
        "move_limit_m": round(limit, 6),
    }
    doubts = []
    if rms > MAX_RMS_M:
        doubts.append(f"control: the marks are {rms * 1000:.0f} mm off after the surfaces refined the pose")
    if moved > limit:
        doubts.append(
            f"control: the surfaces moved the model {moved * 1000:.0f} mm, limit {limit * 1000:.0f} mm"
        )
    return doubts


def _leverage(marks: list[Mark], places: Points) -> float:
    """Largest standard deviation at ``places`` of a pose from marks with unit deviation."""
    fixed = np.array([mark.fixed for mark in marks])
    pivot = fixed.mean(axis=0)
    covariance = _unit_covariance(fixed, pivot)
    return float(max(np.sqrt(np.trace(_lever(p - pivot) @ covariance @ _lever(p - pivot).T)) for p in places))


def _unit_covariance(fixed: Points, pivot: Points) -> Points:
    matrix = sum(_lever(place - pivot).T @ _lever(place - pivot) for place in fixed)
    return np.asarray(np.linalg.inv(np.asarray(matrix)))


def _lever(arm: Points) -> Points:
    x, y, z = arm
    return np.concatenate([[[0, z, -y], [-z, 0, x], [y, -x, 0]], np.eye(3)], axis=1)
