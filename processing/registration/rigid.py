"""Rigid transforms as (4, 4) float64 matrices, read backwards: ``fixed_from_moving @ point_moving``."""

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Pose = npt.NDArray[np.float64]


def applied(pose: Pose, points: Points) -> Points:
    """Carry (n, 3) points by a pose."""
    return np.asarray(points @ pose[:3, :3].T + pose[:3, 3])


def inverse(pose: Pose) -> Pose:
    """Invert a rigid pose."""
    back = np.eye(4)
    back[:3, :3] = pose[:3, :3].T
    back[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return back


def shifted(offset: npt.ArrayLike) -> Pose:
    """A pose that only moves by ``offset`` (3,)."""
    pose = np.eye(4)
    pose[:3, 3] = offset
    return pose


def turned(axis: npt.ArrayLike, angle_rad: float) -> Pose:
    """A pose that only turns about a unit axis through the origin (Rodrigues)."""
    x, y, z = np.asarray(axis, dtype=np.float64)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    pose = np.eye(4)
    pose[:3, :3] += np.sin(angle_rad) * skew + (1 - np.cos(angle_rad)) * skew @ skew
    return pose


def stepped(step: npt.ArrayLike, pivot: npt.ArrayLike) -> Pose:
    """A small motion: ``step`` (6,) = turn vector (rad) about ``pivot`` (3,), then shift (metres)."""
    step, pivot = np.asarray(step, dtype=np.float64), np.asarray(pivot, dtype=np.float64)
    angle = float(np.linalg.norm(step[:3]))
    turn = turned(step[:3] / angle, angle) if angle > 0 else np.eye(4)
    return np.asarray(shifted(pivot + step[3:]) @ turn @ shifted(-pivot))


def orthonormal(pose: Pose) -> Pose:
    """Remove what rounding put into the rotation of a pose (nearest rotation, by SVD)."""
    u, _, vt = np.linalg.svd(pose[:3, :3])
    clean = np.eye(4)
    clean[:3, :3] = u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt
    clean[:3, 3] = pose[:3, 3]
    return clean


def angle_between(a: Pose, b: Pose) -> float:
    """Angle of the rotation between two poses, radians."""
    cosine = (np.trace(a[:3, :3].T @ b[:3, :3]) - 1) / 2
    return float(np.arccos(np.clip(cosine, -1, 1)))


def displacement(a: Pose, b: Pose, points: Points) -> float:
    """Largest distance between what two poses make of the same (n, 3) points, metres."""
    return float(np.linalg.norm(applied(a, points) - applied(b, points), axis=1).max())


def corners(low: npt.ArrayLike, high: npt.ArrayLike) -> Points:
    """The eight corners (8, 3) of a box."""
    ends = np.array([low, high], dtype=np.float64)
    return np.array([[ends[i & 1, 0], ends[i >> 1 & 1, 1], ends[i >> 2 & 1, 2]] for i in range(8)])


def aligned_by_pairs(moving: Points, fixed: Points) -> tuple[Pose, float]:
    """Find the rigid pose that carries paired points onto each other, and the scale the pairs suggest.

    ``moving``, ``fixed``: (n ≥ 3, 3) float64, metres; row i of each is the same mark. The scale is reported,
    never applied.

    Kabsch (1976), with the reflection guard and the scale of Umeyama (1991).
    """
    moving_centre, fixed_centre = moving.mean(axis=0), fixed.mean(axis=0)
    a, b = moving - moving_centre, fixed - fixed_centre
    u, singular, vt = np.linalg.svd(b.T @ a)
    # Without the sign, noisy coplanar marks may come back as a mirror image.
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    pose = np.eye(4)
    pose[:3, :3] = (u * sign) @ vt
    pose[:3, 3] = fixed_centre - pose[:3, :3] @ moving_centre
    return pose, float((singular * sign).sum() / (a**2).sum())
