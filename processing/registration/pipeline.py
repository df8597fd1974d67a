"""Registers one point set onto another and decides how far the answer is to be trusted.

Order of trust: control points choose the pose and surfaces refine it; a prior pose chooses the basin;
without either, the answer stands only if no other pose fits nearly as well.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.progress import Progress
from processing.registration.answer import Registration, answered
from processing.registration.by_control import by_control
from processing.registration.coarse import on_the_rest
from processing.registration.control import Mark
from processing.registration.dense import Dense, densely_refined
from processing.registration.fine import refined
from processing.registration.guessing import best_guess, finished
from processing.registration.hypotheses import AMBIGUOUS_RATIO, APART_VOXELS, Hypothesis, correlated, tested
from processing.registration.pair import Pair, prepared
from processing.registration.rigid import Points, Pose, displacement, stepped
from processing.registration.score import measured

# Shifts along what the surfaces hold least, in coarse voxels.
SLIDE_VOXELS = (-6.0, 6.0)
# A prior is taken to be good to this many coarse voxels unless it says otherwise.
PRIOR_VOXELS = 3.0
# A held model comes back from a push; a sliding one keeps it. Anything between is not trusted.
MAX_LEFT_SHARE = 0.25
# Two scores closer than this are the same within sampling.
NO_WORSE = 0.98


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
    pair = prepared(moving, fixed)
    progress.advance()
    if marks is not None:
        return by_control(pair, marks, progress)
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


def _by_prior(pair: Pair, prior: Pose, tolerance_m: float | None, progress: Progress) -> Registration:
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
    pair: Pair,
    best: Hypothesis,
    prior: Pose | None,
    tolerance: float | None,
    notes: dict[str, Any],
    progress: Progress,
) -> Registration:
    """Refine the best pose, look for others as good, and decide."""
    dense, pose = _densest(pair, best, notes)
    reasons = []
    if not best.measures.passes_rule():
        reasons.append("rule-a: the surfaces do not agree well enough")
    if dense is None:
        reasons.append("dense: too few surfaces lie on each other")
    if prior is not None and tolerance is not None:
        moved = displacement(pose, prior, pair.moving_corners)
        if moved > tolerance:
            reasons.append(
                f"prior: the surfaces lead {moved:.3f} m away from it, tolerance {tolerance:.3f} m"
            )
    if reasons:
        return answered(pair, "rejected", pose, dense, best.measures, best.origin, reasons, [], notes)
    progress.stage("other poses", 1, "test")
    others = _others(pair, best, dense)
    if prior is not None and tolerance is not None:
        others = [
            o for o in others if displacement(o[0].fixed_from_moving, prior, pair.moving_corners) < tolerance
        ]
    progress.advance()
    state = "accepted"
    left = _left_after_push(pair, pose, dense)
    notes["left_after_push"] = round(left, 4)
    if left > MAX_LEFT_SHARE:
        state = "ambiguous"
        reasons.append(f"slide: pushed along its weakest direction the model keeps {left:.0%} of the push")
    if others and others[0][1] >= AMBIGUOUS_RATIO:
        state = "ambiguous"
        reasons.append(f"second-hypothesis: another pose scores {others[0][1]:.2f} of the best")
    method = f"{best.origin} + gicp + point-to-plane"
    return answered(pair, state, pose, dense, best.measures, method, reasons, others, notes)


def _densest(pair: Pair, best: Hypothesis, notes: dict[str, Any]) -> tuple[Dense | None, Pose]:
    """Refine on dense points, and take that pose only if it came to rest and fits no worse.

    Rings of a sparse scanner have no true normals at dense scale; there GICP's pose is the better one, and
    the distance between both goes into the covariance.
    """
    dense = densely_refined(pair.dense_moving, pair.dense_fixed, best.fixed_from_moving, block_m=pair.voxel_m)
    if dense is None:
        return None, best.fixed_from_moving
    finest = pair.levels[-1]
    score = measured(finest.moving, finest.fixed, dense.fixed_from_moving).score
    if dense.settled and score >= NO_WORSE * best.measures.score:
        return dense, dense.fixed_from_moving
    apart = displacement(dense.fixed_from_moving, best.fixed_from_moving, pair.moving_corners)
    notes["dense_refused"] = {"settled": dense.settled, "apart_m": round(apart, 6), "score": round(score, 6)}
    spread = np.array([apart / pair.radius_m] * 3 + [apart] * 3) ** 2
    return replace(dense, covariance=dense.covariance + np.diag(spread)), best.fixed_from_moving


def _left_after_push(pair: Pair, pose: Pose, dense: Dense | None) -> float:
    """Push the model by a fine voxel where it is held least: what share is left after refining again?

    A wall, a floor or a smooth shaft keeps the push: nothing says where along itself it stands.
    """
    if dense is None:
        return 1.0
    finest = pair.levels[-1]
    arm = np.linalg.norm(dense.weakest[3:]) + np.linalg.norm(dense.weakest[:3]) * pair.radius_m
    rest = refined([finest], pose)
    shares = []
    for side in (-1.0, 1.0):
        push = stepped(dense.weakest * (side * finest.voxel_m / arm), dense.pivot)
        back = refined([finest], push @ pose)
        if rest is None or back is None:
            return 1.0
        pushed = displacement(push @ pose, pose, pair.moving_corners)
        shares.append(displacement(back, rest, pair.moving_corners) / pushed)
    return max(shares)


def _others(pair: Pair, best: Hypothesis, dense: Dense | None) -> list[tuple[Hypothesis, float]]:
    """Every other pose worth a look: correlation peaks, slides, and a second opinion of the features."""
    coarse = pair.levels[0]
    starts = correlated(coarse.moving, coarse.fixed, best.fixed_from_moving, pair.voxel_m)
    if dense is not None:
        reach = np.linalg.norm(dense.weakest[3:]) + np.linalg.norm(dense.weakest[:3]) * pair.radius_m
        for voxels in SLIDE_VOXELS:
            step = dense.weakest * (voxels * pair.voxel_m / reach)
            starts.append(
                (stepped(step, dense.pivot) @ best.fixed_from_moving, f"slide of {voxels:g} voxels")
            )
    for guess in on_the_rest(coarse.moving, coarse.fixed, pair.voxel_m, best.fixed_from_moving):
        starts.append((guess.fixed_from_moving, guess.method))
    return tested(pair.levels[:2], best.fixed_from_moving, starts, apart_m=APART_VOXELS * pair.voxel_m)
