"""Reads what is to be registered: clouds in chunks, thinned as they come; meshes as points on the surface."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.progress import Progress
from processing.registration.clouds import thinned
from processing.registration.rigid import Points
from processing.room.inputs import Inputs

# Points held at once, and kept at the end; 64 MiB and 24 MiB of coordinates. Clouds up to this size
# (demo size) are not thinned here at all.
MAX_HELD, MAX_KEPT = 2_500_000, 1_000_000
SURFACE_POINTS = 400_000
# Sampling repeats itself: the same mesh gives the same points.
SURFACE_SEED = 20_221


def read_points(inputs: Inputs, scratch: Path, progress: Progress, stated: dict[str, Any]) -> Points:
    """Answer points (n, 3) float64, metres, in the frame of the version that the files make.

    ``stated`` is what people say of it (``crs``, ``up_axis``, ``unit_m``): its tiles were made with it too.
    """
    detected = detect(inputs)
    if detected.kind == "mesh":
        from processing.meshes.loading import load

        mesh = load(inputs, detected, stated, progress).mesh
        return sampled(mesh.positions.astype(np.float64) + mesh.origin, mesh.triangles, SURFACE_POINTS)
    from processing.points.reading import open_cloud

    cloud = open_cloud(inputs, scratch, crs=stated.get("crs"))
    progress.stage("reading", cloud.declared, "points")
    return collected((chunk.xyz for chunk in cloud.chunks()), progress)


def collected(chunks: Iterable[Points], progress: Progress) -> Points:
    """Gather chunks, thinning whenever too many are held; the result depends on the points only."""
    held: list[Points] = []
    count, size_m = 0, 0.0
    for chunk in chunks:
        progress.advance(len(chunk))
        held.append(chunk if size_m == 0.0 else _thinned(chunk, size_m))
        count += len(held[-1])
        while count > MAX_HELD:
            points = np.concatenate(held)
            size_m = 2 * size_m if size_m else _first_size(points)
            held = [_thinned(points, size_m)]
            count = len(held[0])
    if not count:
        raise KnownError("empty-result", "the scan holds no points", "export it again")
    return np.concatenate(held)


def _first_size(points: Points) -> float:
    """A voxel (metres) that surely merges: scans are surfaces, about (extent / voxel)² cells."""
    extent = float(np.linalg.norm(np.ptp(points, axis=0)))
    return max(extent / float(np.sqrt(MAX_KEPT)), 1e-6)


def _thinned(points: Points, size_m: float) -> Points:
    return thinned(points, size_m).points if len(points) else points


def sampled(vertices: Points, triangles: NDArray[np.uint32], count: int) -> Points:
    """Spread ``count`` points over triangles by area: (count, 3), the same for the same mesh."""
    corners = vertices[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    total = float(area.sum())
    if not total > 0:
        raise KnownError("empty-result", f"the {len(triangles)} triangles of the mesh have no area")
    random = np.random.default_rng(SURFACE_SEED)
    # One point in each equal share of the area: no clumps.
    places = (np.arange(count) + random.random(count)) * (total / count)
    chosen = np.minimum(np.searchsorted(np.cumsum(area), places), len(triangles) - 1)
    u, v = random.random((2, count))
    over = u + v > 1
    u[over], v[over] = 1 - u[over], 1 - v[over]
    a, b, c = (corners[chosen, k] for k in range(3))
    return np.asarray(a + u[:, None] * (b - a) + v[:, None] * (c - a))
