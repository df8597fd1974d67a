"""Shading normals: smooth where the surface is, none where flat faces meet at hard edges."""

from __future__ import annotations

import numpy as np

from processing.geometry.compiled import compiled
from processing.geometry.welding import weld
from processing.meshes.mesh import F32, F64, U32
from processing.meshes.topology import cross

# A corner whose face turns more than this from the vertex normal would look wrong if smoothed; a surface
# with more than a tenth of its area in such corners is drawn flat (both chosen on scans and on the hall).
HARD_COSINE = 0.766  # 40 degrees
HARD_SHARE = 0.10


def smooth_normals(positions: F32, triangles: U32) -> F32:
    """Area-weighted normals (n, 3) float32, one for all vertices at the same place."""
    places, first = weld(positions)
    sums = _sums(positions, triangles, places, len(first))
    normals: F32 = sums[places].astype(np.float32)
    return normals


def is_smooth(positions: F32, triangles: U32, normals: F32) -> bool:
    """Say whether smooth shading is true to the surface."""
    hard, whole = _hard_area(positions, triangles, normals)
    return whole > 0 and hard / whole <= HARD_SHARE


@compiled()
def _sums(positions: F32, triangles: U32, places: U32, count: int) -> F64:
    sums = np.zeros((count, 3), np.float64)
    for t in range(len(triangles)):
        x, y, z = cross(positions, triangles[t, 0], triangles[t, 1], triangles[t, 2])
        for k in range(3):
            place = places[triangles[t, k]]
            sums[place, 0] += x
            sums[place, 1] += y
            sums[place, 2] += z
    for i in range(count):
        length = np.sqrt(sums[i, 0] ** 2 + sums[i, 1] ** 2 + sums[i, 2] ** 2)
        if length > 0:
            sums[i] /= length
        else:
            sums[i, 2] = 1.0
    return sums


@compiled()
def _hard_area(positions: F32, triangles: U32, normals: F32) -> tuple[float, float]:
    hard = 0.0
    whole = 0.0
    for t in range(len(triangles)):
        x, y, z = cross(positions, triangles[t, 0], triangles[t, 1], triangles[t, 2])
        area = np.sqrt(x * x + y * y + z * z)
        for k in range(3):
            v = triangles[t, k]
            whole += area
            if x * normals[v, 0] + y * normals[v, 1] + z * normals[v, 2] < HARD_COSINE * area:
                hard += area
    return hard, whole
