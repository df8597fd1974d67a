"""Measures how well a pose fits, and Rule A: the thresholds that told right poses from wrong ones."""

from dataclasses import asdict, dataclass

import numpy as np

from processing.registration.clouds import THREADS, Cloud, subset
from processing.registration.rigid import Pose, applied, inverse

# Measured on 33 right and 42 wrong results (facts of the project, registration): all right ones passed,
# no pair of unrelated scans did. Repeating structures pass too: they need the second-hypothesis test.
MIN_NORMALS, MIN_TIGHT, MAX_PLANE_RMS_VOXELS, MIN_OVERLAP = 0.70, 0.70, 0.5, 0.20
NEAR_VOXELS, FAR_VOXELS = 1.5, 5.0
PARALLEL = 0.9
MAX_SCORED = 10_000


@dataclass(frozen=True, kw_only=True)
class Measures:
    """How one pose fits, at one voxel.

    ``overlap_moving`` and ``overlap_fixed``: part of each cloud with the other within 1.5 voxels;
    ``normals``: part of the near pairs whose normals agree (|n·n| > 0.9); ``tight``: near pairs per pair
    within 5 voxels; ``plane_rms_m``: point-to-plane distance of the near pairs.
    """

    overlap_moving: float
    overlap_fixed: float
    normals: float
    tight: float
    plane_rms_m: float
    voxel_m: float

    @property
    def overlap(self) -> float:
        """The larger of the two: a part inside a whole overlaps fully."""
        return max(self.overlap_moving, self.overlap_fixed)

    @property
    def score(self) -> float:
        """One number to compare poses of the same pair by, 0..1."""
        return self.overlap * self.normals * self.tight

    def passes_rule(self) -> bool:
        """Rule A: necessary, not sufficient."""
        return (
            self.normals >= MIN_NORMALS
            and self.tight >= MIN_TIGHT
            and self.plane_rms_m <= MAX_PLANE_RMS_VOXELS * self.voxel_m
            and self.overlap >= MIN_OVERLAP
        )

    def as_json(self) -> dict[str, float]:
        """The measures, rounded for people."""
        numbers = asdict(self) | {"overlap": self.overlap, "score": self.score}
        return {name: round(float(value), 6) for name, value in numbers.items()}


def measured(
    moving: Cloud, fixed: Cloud, fixed_from_moving: Pose, *, voxel_m: float | None = None
) -> Measures:
    """Measure a pose; ``voxel_m`` defaults to that of the fixed cloud."""
    voxel = voxel_m if voxel_m is not None else fixed.size_m
    chosen = subset(moving, MAX_SCORED)
    carried = applied(fixed_from_moving, moving.points[chosen])
    distance, nearest = fixed.tree.query(carried, distance_upper_bound=FAR_VOXELS * voxel, workers=THREADS)
    near = distance < NEAR_VOXELS * voxel
    far = np.isfinite(distance)
    back = applied(inverse(fixed_from_moving), fixed.points[subset(fixed, MAX_SCORED)])
    back_distance, _ = moving.tree.query(back, distance_upper_bound=NEAR_VOXELS * voxel, workers=THREADS)
    if not near.any():
        return Measures(
            overlap_moving=0.0,
            overlap_fixed=0.0,
            normals=0.0,
            tight=0.0,
            plane_rms_m=float(voxel),
            voxel_m=voxel,
        )
    towards = fixed.normals[nearest[near]]
    turned = moving.normals[chosen[near]] @ fixed_from_moving[:3, :3].T
    height = np.einsum("ij,ij->i", carried[near] - fixed.points[nearest[near]], towards)
    return Measures(
        overlap_moving=float(near.mean()),
        overlap_fixed=float(np.isfinite(back_distance).mean()),
        normals=float((np.abs(np.einsum("ij,ij->i", towards, turned)) > PARALLEL).mean()),
        tight=float(near.sum() / far.sum()),
        plane_rms_m=float(np.sqrt((height**2).mean())),
        voxel_m=voxel,
    )
