"""Point sets made ready: a local origin taken off, thinned evenly, with normals and a search tree."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from processing.registration.rigid import Points

NORMAL_NEIGHBOURS = 12
# Threads cost more than they bring on queries this small, and make libraries wait for each other.
THREADS = 1


@dataclass(frozen=True)
class Cloud:
    """Thinned points (n, 3) float64, metres from a local origin, voxel ``size_m``; normals on demand."""

    points: Points
    size_m: float

    @cached_property
    def tree(self) -> cKDTree:
        """Search tree over the points."""
        return cKDTree(self.points)

    @cached_property
    def normals(self) -> Points:
        """Unit normals (n, 3), of either sign, from the nearest neighbours."""
        return self._frames[0]

    @cached_property
    def flatness_m(self) -> Points:
        """Root mean square distance (n,) of the neighbours from their plane, metres."""
        return self._frames[1]

    @cached_property
    def _frames(self) -> tuple[Points, Points]:
        import small_gicp

        count = min(NORMAL_NEIGHBOURS, len(self.points))
        ready = small_gicp.PointCloud(self.points)
        small_gicp.estimate_normals(ready, num_neighbors=count, num_threads=1)
        normals = np.ascontiguousarray(ready.normals()[:, :3], dtype=np.float64)
        _, near = self.tree.query(self.points, k=count, workers=THREADS)
        heights = np.einsum("nki,ni->nk", self.points[near.reshape(-1, count)], normals)
        return normals, heights.std(axis=1)

    @cached_property
    def spacing_m(self) -> float:
        """Median distance to the nearest other point."""
        sample = self.points[:: max(1, len(self.points) // 4000)]
        distance, _ = self.tree.query(sample, k=2)
        return float(np.median(distance[:, 1]))

    @cached_property
    def centre(self) -> Points:
        """Centroid (3,)."""
        return np.asarray(self.points.mean(axis=0))

    @cached_property
    def box(self) -> tuple[Points, Points]:
        """Lowest and highest corner."""
        return self.points.min(axis=0), self.points.max(axis=0)


def thinned(points: Points, size_m: float) -> Cloud:
    """Replace the points of each voxel by their mean; order and result depend on the points only."""
    cell = np.floor(points / size_m).astype(np.int64)
    cell -= cell.min(axis=0)
    spans = cell.max(axis=0) + 1
    key = (cell[:, 0] * spans[1] + cell[:, 1]) * spans[2] + cell[:, 2]
    _, group, counts = np.unique(key, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(group, weights=points[:, axis]) for axis in range(3)], axis=1)
    return Cloud(sums / counts[:, None], size_m)


def thinned_to(points: Points, count: int) -> Cloud:
    """Thin to about ``count`` points, by choosing the voxel; fewer stay as they are."""
    if len(points) <= count:
        return Cloud(points, Cloud(points, 0.0).spacing_m)
    size_m = float(np.linalg.norm(np.ptp(points, axis=0))) / 40
    cloud = thinned(points, size_m)
    for _ in range(6):
        if 0.85 * count <= len(cloud.points) <= 1.15 * count:
            break
        # Scans are surfaces: the number of occupied voxels goes with the inverse square of their size.
        size_m *= float(np.sqrt(len(cloud.points) / count))
        cloud = thinned(points, size_m)
        if len(cloud.points) > 0.98 * len(points):
            break
    return cloud


def voxel_for(points: Points, count: int) -> float:
    """The voxel (metres) that thins to about ``count`` points."""
    return thinned_to(points, count).size_m


def local(points: Points) -> tuple[Points, Points]:
    """Subtract a float64 origin, rounded to a metre, near the middle of the points."""
    low, high = points.min(axis=0), points.max(axis=0)
    origin = np.round((low + high) / 2)
    return points - origin, origin


def subset(cloud: Cloud, count: int) -> npt.NDArray[np.int64]:
    """Indices of at most ``count`` points, evenly through the (spatially ordered) cloud."""
    total = len(cloud.points)
    return np.unique(np.linspace(0, total - 1, min(count, total)).astype(np.int64))
