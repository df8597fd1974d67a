"""Two scans made ready for each other: local origins, levels, dense clouds."""

from dataclasses import dataclass

import numpy as np

from processing.errors import KnownError
from processing.registration.clouds import Cloud, local, thinned, thinned_to, voxel_for
from processing.registration.fine import Level
from processing.registration.rigid import Points, Pose, corners, shifted

# Coarse clouds of this size gave the measured rates; the larger may grow so that a part keeps its shape.
COARSE_POINTS, COARSE_POINTS_OF_A_PART, MAX_COARSE_POINTS = 5_000, 1_500, 20_000
DENSE_POINTS, DENSE_VOXEL_SHARE = 130_000, 1 / 8
LEVELS = (1.0, 0.5, 0.35)
MIN_POINTS = 100


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both clouds about their local origins, thinned to every level."""

    levels: list[Level]
    dense_moving: Cloud
    dense_fixed: Cloud
    moving_origin: Points
    fixed_origin: Points
    moving_corners: Points

    @property
    def voxel_m(self) -> float:
        """The coarse voxel."""
        return self.levels[0].voxel_m

    @property
    def radius_m(self) -> float:
        """Half the diagonal of the moving scan's box."""
        return float(np.linalg.norm(np.ptp(self.moving_corners, axis=0))) / 2

    def inward(self, pose: Pose) -> Pose:
        """From the frames of the files to the local ones."""
        return np.asarray(shifted(-self.fixed_origin) @ pose @ shifted(self.moving_origin))

    def outward(self, pose: Pose) -> Pose:
        """From the local frames to those of the files."""
        return np.asarray(shifted(self.fixed_origin) @ pose @ shifted(-self.moving_origin))


def prepared(moving: Points, fixed: Points) -> Pair:
    """Thin two sets of points (n, 3) float64, metres, for registration."""
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
    return Pair(
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
