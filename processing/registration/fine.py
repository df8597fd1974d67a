"""Brings a guess to the bottom of its basin: GICP (Segal et al., 2009) by small_gicp, coarse to fine."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from processing.registration.clouds import Cloud
from processing.registration.rigid import Pose, orthonormal

ROTATION_EPSILON_RAD = 1e-5
# small_gicp's own default is an absolute millimetre; ours goes with the size of the thing.
TRANSLATION_EPSILON_SHARE = 1e-4
MAX_ITERATIONS = 25
# More threads make small_gicp wait for each other (minutes were seen on two busy cores), and sums differ.
ONE_THREAD = 1


@dataclass(frozen=True)
class Level:
    """Two clouds of one thinning, ready for small_gicp."""

    moving: Cloud
    fixed: Cloud
    voxel_m: float

    @cached_property
    def prepared(self) -> tuple[Any, Any, Any]:
        """small_gicp's moving cloud, fixed cloud and tree, with covariances."""
        import small_gicp

        made = []
        for cloud in (self.moving, self.fixed):
            ready = small_gicp.PointCloud(cloud.points)
            tree = small_gicp.KdTree(ready, num_threads=ONE_THREAD)
            small_gicp.estimate_normals_covariances(ready, tree, num_neighbors=12, num_threads=ONE_THREAD)
            made.append((ready, tree))
        return made[0][0], made[1][0], made[1][1]


def refined(levels: list[Level], start: Pose, *, reach: float = 3.0) -> Pose | None:
    """Refine through the levels, coarse first; None if GICP diverged (left the clouds or turned non-finite).

    ``reach`` is the largest pairing distance, in voxels of the level.
    """
    import small_gicp

    pose = start
    for level in levels:
        moving, fixed, tree = level.prepared
        result = small_gicp.align(
            fixed,
            moving,
            tree,
            pose,
            registration_type="GICP",
            max_correspondence_distance=reach * level.voxel_m,
            num_threads=ONE_THREAD,
            max_iterations=MAX_ITERATIONS,
            rotation_epsilon=ROTATION_EPSILON_RAD,
            translation_epsilon=TRANSLATION_EPSILON_SHARE * level.voxel_m,
        )
        # With too few pairs small_gicp answers what it was given: that is no refinement.
        if result.num_inliers < 12 or not np.isfinite(result.T_target_source).all():
            return None
        pose = orthonormal(np.asarray(result.T_target_source, dtype=np.float64))
    return pose
