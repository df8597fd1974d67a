"""Coarse guesses of a pose from features alone, each from a different matcher.

KISS-Matcher (Lim et al., ICRA 2025) at two voxel sizes, and FPFH (Rusu, 2009) matches from Open3D
through the same robust solver: together they reached the rate of RANSAC, and repeat themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from processing.registration.clouds import Cloud
from processing.registration.rigid import Points, Pose, applied, inverse, orthonormal

# Matching more of a surface than this costs time and finds no more.
MAX_MATCHED = 12_000
# KISS-Matcher refuses very small voxels and clamps its noise bounds above 1: the coarse voxel becomes this.
UNIT = 0.6
# With fewer points left over there is nothing to match.
MIN_REST = 200


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A pose to be refined, and where it came from."""

    fixed_from_moving: Pose
    method: str


def by_kiss(moving: Cloud, fixed: Cloud, voxel_m: float) -> Iterator[Guess]:
    """Guess with KISS-Matcher at one and one and a half coarse voxels (metres)."""
    for factor in (1.0, 1.5):
        pose = _kiss(moving.points / voxel_m * UNIT, fixed.points / voxel_m * UNIT, factor)
        if pose is not None:
            yield Guess(fixed_from_moving=_scaled(pose, voxel_m), method=f"kiss-matcher {factor:g}v")


def by_features(moving: Cloud, fixed: Cloud, voxel_m: float) -> Iterator[Guess]:
    """Guess with FPFH and the robust solver."""
    pose = _features(moving.points / voxel_m * UNIT, fixed.points / voxel_m * UNIT)
    if pose is not None:
        yield Guess(fixed_from_moving=_scaled(pose, voxel_m), method="fpfh + robust solver")


def on_the_rest(moving: Cloud, fixed: Cloud, voxel_m: float, found: Pose) -> Iterator[Guess]:
    """Guess again with what the found pose explains taken away from the fixed cloud."""
    back = applied(inverse(found), fixed.points)
    distance, _ = moving.tree.query(back, distance_upper_bound=2 * voxel_m)
    rest = fixed.points[~np.isfinite(distance)]
    if len(rest) < MIN_REST:
        return
    pose = _kiss(moving.points / voxel_m * UNIT, rest / voxel_m * UNIT, 1.0)
    if pose is not None:
        yield Guess(fixed_from_moving=_scaled(pose, voxel_m), method="kiss-matcher on the rest")


def _scaled(pose: Pose, voxel_m: float) -> Pose:
    real = orthonormal(pose)
    real[:3, 3] *= voxel_m / UNIT
    return real


def _kiss(moving: Points, fixed: Points, factor: float) -> Pose | None:
    import kiss_matcher

    matcher = kiss_matcher.KISSMatcher(kiss_matcher.KISSMatcherConfig(factor * UNIT))
    return _solution(matcher.estimate(_rows(moving), _rows(fixed)))


def _features(moving: Points, fixed: Points) -> Pose | None:
    import kiss_matcher

    a, b = _described(moving), _described(fixed)
    pairs = _mutual(a[1], b[1])
    if len(pairs) < 10:
        return None
    matcher = kiss_matcher.KISSMatcher(kiss_matcher.KISSMatcherConfig(UNIT))
    return _solution(matcher.prune_and_solve(_rows(a[0][pairs[:, 0]]), _rows(b[0][pairs[:, 1]])))


def _described(points: Points) -> tuple[Points, Any]:
    import open3d as o3d

    kept = points[:: max(1, len(points) // MAX_MATCHED)]
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(kept))
    cloud.estimate_normals(o3d.geometry.KDTreeSearchParamHybrid(radius=3.0 * UNIT, max_nn=30))
    # The sign of a normal means nothing before the pose is known; FPFH needs one rule for both clouds.
    cloud.orient_normals_towards_camera_location(kept.mean(axis=0))
    compute: Any = o3d.pipelines.registration.compute_fpfh_feature
    features = compute(cloud, o3d.geometry.KDTreeSearchParamHybrid(radius=5.0 * UNIT, max_nn=100))
    return kept, features


def _mutual(a: Any, b: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    import open3d as o3d

    pairs = o3d.pipelines.registration.correspondences_from_features(a, b, True)
    return np.asarray(pairs, dtype=np.int64).reshape(-1, 2)


def _rows(points: Points) -> list[Any]:
    return list(points.astype(np.float32))


def _solution(answer: Any) -> Pose | None:
    """The solver's pose; None where it found none (it answers the identity then, which is never taken)."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = np.asarray(answer.rotation), np.asarray(answer.translation)
    if not answer.valid or not np.isfinite(pose).all() or np.array_equal(pose, np.eye(4)):
        return None
    return pose
