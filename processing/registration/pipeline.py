"""Registers one point set onto another and decides how far the answer is to be trusted.

Order of trust: control points choose the pose and surfaces refine it; a prior pose chooses the basin;
without either, the answer stands only if no other pose fits nearly as well.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.progress import Progress
from processing.registration.clouds import Cloud, local, thinned, thinned_to, voxel_for
from processing.registration.coarse import on_the_rest
from processing.registration.control import MAX_RMS_M, ControlFit, Mark, fitted
from processing.registration.dense import Dense, densely_refined
from processing.registration.fine import Level
from processing.registration.guessing import best_guess, finished
from processing.registration.hypotheses import (
    AMBIGUOUS_RATIO,
    APART_VOXELS,
    MAX_SHOWN,
    SHOWN_RATIO,
    Hypothesis,
    correlated,
    tested,
)
from processing.registration.rigid import Points, Pose, applied, corners, displacement, shifted, stepped
from processing.registration.score import Measures, measured

# Coarse clouds of this size gave the measured rates; the larger may grow so that a part keeps its shape.
COARSE_POINTS, COARSE_POINTS_OF_A_PART, MAX_COARSE_POINTS = 5_000, 1_500, 20_000
DENSE_POINTS, DENSE_VOXEL_SHARE = 200_000, 1 / 8
LEVELS = (1.0, 0.5, 0.35)
MIN_POINTS = 100
# Shifts along what the surfaces hold least, in coarse voxels.
SLIDE_VOXELS = (-6.0, 6.0)
ALTERNATIVE_POINTS = 8_000
# A prior is taken to be good to this many coarse voxels unless it says otherwise.
PRIOR_VOXELS = 3.0
# How far the surfaces may move the pose of the control points, in their own standard deviations.
CONTROL_SIGMAS = 4.0
MIN_MARK_SIGMA_M = 0.003


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A decided answer, in the frames of the files. ``covariance``: see ``dense.Dense``."""

    state: str
    fixed_from_moving: Pose
    covariance: npt.NDArray[np.float64]
    method: str
    rms_m: float
    overlap: float
    evidence: dict[str, Any]
    alternatives: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The result of the verb."""
        return {
            "state": self.state,
            "fixed_from_moving": self.fixed_from_moving.tolist(),
            "covariance": self.covariance.tolist(),
            "method": self.method,
            "rms_m": self.rms_m,
            "overlap": self.overlap,
            "evidence": self.evidence,
            "alternatives": self.alternatives,
        }


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """Both clouds about their local origins, thinned to every level."""

    levels: list[Level]
    dense_moving: Cloud
    dense_fixed: Cloud
    moving_origin: Points
    fixed_origin: Points
    moving_corners: Points

    @property
    def voxel_m(self) -> float:
        return self.levels[0].voxel_m

    def inward(self, pose: Pose) -> Pose:
        """From the frames of the files to the local ones."""
        return np.asarray(shifted(-self.fixed_origin) @ pose @ shifted(self.moving_origin))

    def outward(self, pose: Pose) -> Pose:
        """From the local frames to those of the files."""
        return np.asarray(shifted(self.fixed_origin) @ pose @ shifted(-self.moving_origin))


def register(
    moving: Points,
    fixed: Points,
    *,
    marks: list[Mark] | None = None,
    prior: Pose | None = None,
    prior_tolerance_m: float | None = None,
    progress: Progress,
) -> Registration:
    """Find ``fixed_from_moving`` for two sets of points (n, 3) float64, metres, each in its own frame.

    Raises
    ------
    KnownError
        ``registration-failed`` if there is no pose to speak of. A pose that is not to be trusted comes back
        with state ``rejected`` or ``ambiguous`` and the reasons.
    """
    progress.stage("thinning", 1, "pair")
    pair = _prepared(moving, fixed)
    progress.advance()
    if marks is not None:
        return _by_control(pair, marks, progress)
    if prior is not None:
        return _by_prior(pair, prior, prior_tolerance_m, progress)
    progress.stage("matching", 1, "pair")
    best, tried = best_guess(pair.levels)
    progress.advance()
    if best is None:
        raise KnownError(
            "registration-failed",
            f"no pose found: {', '.join(tried) or 'every matcher'} found no common shape",
            "give four control points, or a prior pose, or a scan that overlaps more",
        )
    return _decided(pair, best, None, None, {"matchers": tried}, progress)


def _prepared(moving: Points, fixed: Points) -> _Pair:
    for name, points in (("moving", moving), ("fixed", fixed)):
        if len(points) < MIN_POINTS:
            raise KnownError(
                "registration-failed", f"the {name} scan has {len(points)} points, needs {MIN_POINTS}"
            )
    a, moving_origin = local(moving)
    b, fixed_origin = local(fixed)
    dense_a, dense_b = thinned_to(a, DENSE_POINTS), thinned_to(b, DENSE_POINTS)
    voxel = _coarse_voxel(dense_a.points, dense_b.points)
    # Raw scans are much denser near the scanner: even them out before normals are taken.
    finest = voxel * DENSE_VOXEL_SHARE
    dense_a, dense_b = (thinned(c.points, finest) if c.size_m < finest else c for c in (dense_a, dense_b))
    levels = [
        Level(thinned(dense_a.points, voxel * part), thinned(dense_b.points, voxel * part), voxel * part)
        for part in LEVELS
    ]
    return _Pair(
        levels=levels,
        dense_moving=dense_a,
        dense_fixed=dense_b,
        moving_origin=moving_origin,
        fixed_origin=fixed_origin,
        moving_corners=corners(*dense_a.box),
    )


def _coarse_voxel(moving: Points, fixed: Points) -> float:
    """The voxel that leaves about 5000 points of the larger cloud, smaller if the other is a small part."""
    sizes = [voxel_for(points, COARSE_POINTS) for points in (moving, fixed)]
    voxel = max(sizes)
    smaller = moving if sizes[0] < sizes[1] else fixed
    larger = fixed if sizes[0] < sizes[1] else moving
    if len(thinned(smaller, voxel).points) < COARSE_POINTS_OF_A_PART:
        wanted = voxel_for(smaller, COARSE_POINTS_OF_A_PART)
        voxel = min(voxel, max(wanted, voxel_for(larger, MAX_COARSE_POINTS)))
    return voxel


def _by_prior(pair: _Pair, prior: Pose, tolerance_m: float | None, progress: Progress) -> Registration:
    tolerance = tolerance_m if tolerance_m is not None else PRIOR_VOXELS * pair.voxel_m
    start = pair.inward(prior)
    best = finished(pair.levels, start, "prior")
    if best is None:
        raise KnownError(
            "registration-failed",
            "the prior pose brings no surfaces together",
            "check the direction of the prior: it must be fixed_from_moving",
        )
    moved = displacement(best.fixed_from_moving, start, pair.moving_corners)
    notes = {"prior_tolerance_m": tolerance, "moved_from_prior_m": round(moved, 4)}
    return _decided(pair, best, start, tolerance, notes, progress)


def _decided(
    pair: _Pair,
    best: Hypothesis,
    prior: Pose | None,
    tolerance: float | None,
    notes: dict[str, Any],
    progress: Progress,
) -> Registration:
    """Refine the best pose, look for others as good, and decide."""
    dense = _dense(pair, best.fixed_from_moving)
    reasons = []
    if not best.measures.passes_rule():
        reasons.append("rule-a: the surfaces do not agree well enough")
    if dense is None:
        reasons.append("dense: too few surfaces lie on each other")
    pose = best.fixed_from_moving if dense is None else dense.fixed_from_moving
    if prior is not None and tolerance is not None:
        moved = displacement(pose, prior, pair.moving_corners)
        if moved > tolerance:
            reasons.append(
                f"prior: the surfaces lead {moved:.3f} m away from it, tolerance {tolerance:.3f} m"
            )
    if reasons:
        return _answer(pair, "rejected", pose, dense, best.measures, best.origin, reasons, [], notes)
    progress.stage("other poses", 1, "test")
    others = _others(pair, best, dense)
    if prior is not None and tolerance is not None:
        others = [
            o for o in others if displacement(o[0].fixed_from_moving, prior, pair.moving_corners) < tolerance
        ]
    progress.advance()
    state = "accepted"
    if others and others[0][1] >= AMBIGUOUS_RATIO:
        state = "ambiguous"
        reasons.append(f"second-hypothesis: another pose scores {others[0][1]:.2f} of the best")
    method = f"{best.origin} + gicp + point-to-plane"
    return _answer(pair, state, pose, dense, best.measures, method, reasons, others, notes)


def _dense(pair: _Pair, start: Pose) -> Dense | None:
    return densely_refined(pair.dense_moving, pair.dense_fixed, start, block_m=pair.voxel_m)


def _others(pair: _Pair, best: Hypothesis, dense: Dense | None) -> list[tuple[Hypothesis, float]]:
    """Every other pose worth a look: correlation peaks, slides, and a second opinion of the features."""
    coarse = pair.levels[0]
    starts = correlated(coarse.moving, coarse.fixed, best.fixed_from_moving, pair.voxel_m)
    if dense is not None:
        reach = np.linalg.norm(dense.weakest[3:]) + np.linalg.norm(dense.weakest[:3]) * _radius(pair)
        for voxels in SLIDE_VOXELS:
            step = dense.weakest * (voxels * pair.voxel_m / reach)
            starts.append(
                (stepped(step, dense.pivot) @ best.fixed_from_moving, f"slide of {voxels:g} voxels")
            )
    for guess in on_the_rest(coarse.moving, coarse.fixed, pair.voxel_m, best.fixed_from_moving):
        starts.append((guess.fixed_from_moving, guess.method))
    return tested(pair.levels[:2], best.fixed_from_moving, starts, apart_m=APART_VOXELS * pair.voxel_m)


def _radius(pair: _Pair) -> float:
    return float(np.linalg.norm(np.ptp(pair.moving_corners, axis=0))) / 2


def _by_control(pair: _Pair, marks: list[Mark], progress: Progress) -> Registration:
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
        return _answer(
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
    return _answer(pair, state, pose, dense, measures, "control points + point-to-plane", reasons, [], notes)


def _control_doubts(
    pair: _Pair, marks: list[Mark], fit: ControlFit, pose: Pose, sigma: float, notes: dict[str, Any]
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
    matrix = sum(_lever(place - pivot).T @ _lever(place - pivot) for place in fixed)
    covariance = np.linalg.inv(np.asarray(matrix))
    return float(max(np.sqrt(np.trace(_lever(p - pivot) @ covariance @ _lever(p - pivot).T)) for p in places))


def _lever(arm: Points) -> Points:
    x, y, z = arm
    return np.concatenate([[[0, z, -y], [-z, 0, x], [y, -x, 0]], np.eye(3)], axis=1)


def _answer(
    pair: _Pair,
    state: str,
    pose: Pose,
    dense: Dense | None,
    measures: Measures,
    method: str,
    reasons: list[str],
    others: list[tuple[Hypothesis, float]],
    notes: dict[str, Any],
) -> Registration:
    from processing.registration.evidence import described, unknown_covariance

    return Registration(
        state=state,
        fixed_from_moving=pair.outward(pose),
        covariance=dense.covariance if dense is not None else unknown_covariance(_radius(pair)),
        method=method,
        rms_m=dense.rms_m if dense is not None else measures.plane_rms_m,
        overlap=measures.overlap,
        evidence=described(reasons, measures, dense, others, pair.voxel_m, pair.fixed_origin) | notes,
        alternatives=[_shown(pair, other, ratio, state) for other, ratio in others if ratio >= SHOWN_RATIO][
            :MAX_SHOWN
        ],
    )


def _shown(pair: _Pair, other: Hypothesis, ratio: float, state: str) -> dict[str, Any]:
    """An alternative for a person to choose: refined, if a person will have to."""
    pose = other.fixed_from_moving
    if state == "ambiguous":
        better = densely_refined(
            pair.dense_moving, pair.dense_fixed, pose, block_m=pair.voxel_m, points=ALTERNATIVE_POINTS
        )
        pose = pose if better is None else better.fixed_from_moving
    return {
        "fixed_from_moving": pair.outward(pose).tolist(),
        "score": round(other.measures.score, 6),
        "ratio": round(ratio, 4),
        "origin": other.origin,
    }
