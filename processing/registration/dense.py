"""The last step: point-to-plane least squares on dense points, with control points as observations.

Robust weights (Tukey, 1977) keep what changed between epochs from pulling; the covariance is the
cluster-robust sandwich (Liang & Zeger, 1986) over blocks of the surface, so that neighbours that err
together are not counted as independent.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.registration.clouds import THREADS, Cloud, subset
from processing.registration.control import Mark
from processing.registration.rigid import Points, Pose, applied, stepped

MAX_POINTS = 60_000
MAX_STEPS = 20
# Steps below this share of the spacing change nothing that can be measured.
SETTLED_SHARE = 2e-4
TUKEY = 4.685
SYSTEMATIC_SHARE = 0.2
PARALLEL = 0.85
MIN_PAIRS = 60
BRIEF_POINTS = 1_500
BRIEF_SETTLED_SHARE = 2e-3


@dataclass(frozen=True, kw_only=True)
class Dense:
    """A refined pose with its evidence.

    ``covariance`` (6, 6): of a small motion (turn vector in rad about ``pivot``, then shift in metres) in
    the fixed frame, after ``fixed_from_moving``. ``rms_m``: weighted point-to-plane residual.
    """

    fixed_from_moving: Pose
    covariance: npt.NDArray[np.float64]
    pivot: Points
    rms_m: float
    scale_m: float
    pairs: int
    blocks: int
    steps: int
    settled: bool
    condition: float
    weakest: npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _System:
    jacobian: npt.NDArray[np.float64]
    residual: Points
    weight: Points
    carried: Points
    scale_m: float


def densely_refined(
    moving: Cloud,
    fixed: Cloud,
    start: Pose,
    *,
    block_m: float,
    marks: list[Mark] | None = None,
    mark_sigma_m: float = 0.005,
    points: int = MAX_POINTS,
) -> Dense | None:
    """Refine ``start`` on dense clouds; None if too few points pair up.

    ``block_m`` is the size of the blocks and three times the first pairing distance; at most ``points`` of
    the moving cloud are used.
    """
    chosen = subset(moving, points)
    pose, settled, steps = start, False, 0
    spacing = max(moving.spacing_m, fixed.spacing_m)
    reach = max(block_m / 3, 2 * spacing)
    while steps < MAX_STEPS and not settled:
        steps += 1
        pivot = applied(pose, moving.points[chosen]).mean(axis=0)
        system = _paired(moving, fixed, chosen, pose, pivot, reach)
        if system is None:
            return None
        share = _effective_share(system, block_m)
        matrix, vector = _normal_equations(system, share, marks, pose, pivot, mark_sigma_m)
        motion = np.linalg.solve(matrix, -vector)
        pose = stepped(motion, pivot) @ pose
        extent = float(np.linalg.norm(np.ptp(system.carried, axis=0)))
        moved = np.linalg.norm(motion[3:]) + np.linalg.norm(motion[:3]) * extent / 2
        settled = bool(moved < SETTLED_SHARE * spacing and reach <= 1.5 * spacing)
        reach = max(1.5 * spacing, 0.7 * reach)
    return _evidence(moving, fixed, chosen, pose, reach, block_m, marks, mark_sigma_m, steps, settled)


def _paired(
    moving: Cloud, fixed: Cloud, chosen: npt.NDArray[np.int64], pose: Pose, pivot: Points, reach: float
) -> _System | None:
    carried = applied(pose, moving.points[chosen])
    distance, nearest = fixed.tree.query(carried, distance_upper_bound=reach, workers=THREADS)
    near = np.flatnonzero(np.isfinite(distance))
    normal = fixed.normals[nearest[near]]
    own = moving.normals[chosen[near]] @ pose[:3, :3].T
    parallel = np.abs(np.einsum("ij,ij->i", normal, own)) > PARALLEL
    near, normal, own = near[parallel], normal[parallel], own[parallel]
    if len(near) < MIN_PAIRS:
        return None
    # Half-way between both normals: neither cloud's roughness is taken for the surface.
    own *= np.sign(np.einsum("ij,ij->i", normal, own))[:, None]
    normal = normal + own
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    carried = carried[near]
    residual = np.einsum("ij,ij->i", carried - fixed.points[nearest[near]], normal)
    rough = np.hypot(fixed.flatness_m[nearest[near]], moving.flatness_m[chosen[near]])
    jacobian = np.concatenate([np.cross(carried - pivot, normal), normal], axis=1)
    scale = max(1.4826 * float(np.median(np.abs(residual - np.median(residual)))), 1e-9)
    spread = np.hypot(scale, rough)
    ratio = np.clip(np.abs(residual) / (TUKEY * spread), 0, 1)
    weight = (1 - ratio**2) ** 2 / spread**2
    return _System(jacobian=jacobian, residual=residual, weight=weight, carried=carried, scale_m=scale)


def _blocks(system: _System, block_m: float) -> npt.NDArray[np.int64]:
    cell = np.floor((system.carried - system.carried.min(axis=0)) / block_m).astype(np.int64)
    spans = cell.max(axis=0) + 1
    key = (cell[:, 0] * spans[1] + cell[:, 1]) * spans[2] + cell[:, 2]
    return np.asarray(np.unique(key, return_inverse=True)[1], dtype=np.int64)


def _effective_share(system: _System, block_m: float) -> float:
    """Independent observations per pair: one for every block of the surface."""
    return min(1.0, (int(_blocks(system, block_m).max()) + 1) / len(system.residual))


def _normal_equations(
    system: _System, share: float, marks: list[Mark] | None, pose: Pose, pivot: Points, mark_sigma_m: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    weighted = system.jacobian * (share * system.weight)[:, None]
    matrix, vector = weighted.T @ system.jacobian, weighted.T @ system.residual
    extra, pull = _mark_equations(marks, pose, pivot, mark_sigma_m)
    return matrix + extra, vector + pull


def _mark_equations(
    marks: list[Mark] | None, pose: Pose, pivot: Points, sigma_m: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    matrix, vector = np.zeros((6, 6)), np.zeros(6)
    for mark in marks or []:
        carried = applied(pose, mark.moving[None])[0]
        x, y, z = carried - pivot
        jacobian = np.concatenate([[[0, z, -y], [-z, 0, x], [y, -x, 0]], np.eye(3)], axis=1)
        matrix += jacobian.T @ jacobian / sigma_m**2
        vector += jacobian.T @ (carried - mark.fixed) / sigma_m**2
    return matrix, vector


def briefly_refined(
    moving: Cloud, fixed: Cloud, start: Pose, *, reach_m: float, steps: int = 12
) -> Pose | None:
    """Point-to-plane steps on few points, to try many starts; None if too few points pair up."""
    chosen = subset(moving, BRIEF_POINTS)
    pose, reach = start, reach_m
    for _ in range(steps):
        pivot = applied(pose, moving.points[chosen]).mean(axis=0)
        system = _paired(moving, fixed, chosen, pose, pivot, reach)
        if system is None:
            return None
        matrix, vector = _normal_equations(system, 1.0, None, pose, pivot, 1.0)
        # A trace of damping: what a plane leaves open stays where it was.
        damping = 1e-6 * np.trace(matrix) * np.eye(6)
        motion = np.linalg.solve(matrix + damping, -vector)
        pose = stepped(motion, pivot) @ pose
        arm = float(np.abs(system.carried - pivot).max())
        if np.linalg.norm(motion[3:]) + np.linalg.norm(motion[:3]) * arm < BRIEF_SETTLED_SHARE * reach_m:
            break
        reach = max(0.5 * reach_m, 0.85 * reach)
    return pose


def _evidence(
    moving: Cloud,
    fixed: Cloud,
    chosen: npt.NDArray[np.int64],
    pose: Pose,
    reach: float,
    block_m: float,
    marks: list[Mark] | None,
    mark_sigma_m: float,
    steps: int,
    settled: bool,
) -> Dense | None:
    pivot = applied(pose, moving.points[chosen]).mean(axis=0)
    system = _paired(moving, fixed, chosen, pose, pivot, reach)
    if system is None:
        return None
    share = _effective_share(system, block_m)
    matrix, _ = _normal_equations(system, share, marks, pose, pivot, mark_sigma_m)
    extra, _ = _mark_equations(marks, pose, pivot, mark_sigma_m)
    block = _blocks(system, block_m)
    blocks = int(block.max()) + 1
    pulls = system.jacobian * (share * system.weight * system.residual)[:, None]
    sums = np.stack([np.bincount(block, weights=pulls[:, k]) for k in range(6)], axis=1)
    bread = np.linalg.inv(matrix)
    meat = sums.T @ sums * blocks / max(1, blocks - 6) + extra
    used = system.weight > 0
    surface = matrix - extra
    size = np.concatenate(
        [np.full(3, np.sqrt(np.trace(surface[:3, :3]) / np.trace(surface[3:, 3:]))), np.ones(3)]
    )
    values, vectors = np.linalg.eigh(surface / np.outer(size, size))
    # What thinning and rough surfaces do to both scans alike does not average out: twice the deviation seen
    # in simulated pairs of known truth.
    floor = (SYSTEMATIC_SHARE * system.scale_m) ** 2 * np.diag(1 / size**2)
    return Dense(
        fixed_from_moving=pose,
        covariance=bread @ meat @ bread + floor,
        pivot=pivot,
        rms_m=float(np.sqrt(np.average(system.residual**2, weights=system.weight))),
        scale_m=system.scale_m,
        pairs=int(used.sum()),
        blocks=blocks,
        steps=steps,
        settled=settled,
        condition=float(values[-1] / max(values[0], 1e-300)),
        weakest=vectors[:, 0] / size,
    )
