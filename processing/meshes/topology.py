"""What a surface is like: open and non-manifold edges, turned neighbours, components, volume, area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.geometry.welding import weld
from processing.meshes.mesh import F32, F64, U32

U64 = npt.NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class Topology:
    """Figures of a surface whose vertices at the same place count as one; lengths in metres.

    ``open_edges`` have one triangle, ``non_manifold_edges`` more than two; ``turned_edges`` have two that
    run the same way, so that one of them faces inward. ``volume_m3`` is only told of a watertight surface.
    """

    open_edges: int
    non_manifold_edges: int
    turned_edges: int
    components: int
    watertight: bool
    area_m2: float
    volume_m3: float | None


def topology(positions: F32, triangles: U32) -> Topology:
    """Measure a surface (n, 3) float32 metres, (m, 3) uint32."""
    places, _ = weld(positions)
    welded = places[triangles]
    open_edges, many, turned = edge_figures(welded)
    watertight = len(triangles) > 0 and open_edges == 0 and many == 0
    doubled = doubled_areas(positions, triangles)
    return Topology(
        open_edges=open_edges,
        non_manifold_edges=many,
        turned_edges=turned,
        components=components(welded, int(places.max()) + 1 if len(places) else 0)[0],
        watertight=watertight,
        area_m2=float(doubled.sum()) / 2,
        volume_m3=signed_volume(positions, triangles) if watertight and turned == 0 else None,
    )


def edge_figures(welded: U32) -> tuple[int, int, int]:
    """Count open, non-manifold and turned edges of (m, 3) triangles over welded vertices."""
    keys = edge_keys(np.ascontiguousarray(welded))
    keys.sort()
    open_edges, many, turned = _count_runs(keys)
    return int(open_edges), int(many), int(turned)


@compiled()
def doubled_areas(positions: F32, triangles: U32) -> F64:
    """Twice the area of each triangle, (m,) float64."""
    areas = np.empty(len(triangles), np.float64)
    for t in range(len(triangles)):
        x, y, z = cross(positions, triangles[t, 0], triangles[t, 1], triangles[t, 2])
        areas[t] = np.sqrt(x * x + y * y + z * z)
    return areas


@compiled()
def cross(positions: F32, a: int, b: int, c: int) -> tuple[float, float, float]:
    """Answer the normal of a triangle, as long as twice its area."""
    ux, uy, uz = (
        float(positions[b, 0]) - positions[a, 0],
        float(positions[b, 1]) - positions[a, 1],
        float(positions[b, 2]) - positions[a, 2],
    )
    vx, vy, vz = (
        float(positions[c, 0]) - positions[a, 0],
        float(positions[c, 1]) - positions[a, 1],
        float(positions[c, 2]) - positions[a, 2],
    )
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


def signed_volume(positions: F32, triangles: U32) -> float:
    """Volume inside a closed surface, positive where triangles turn anticlockwise seen from outside."""
    a, b, c = (positions[triangles[:, i]].astype(np.float64) for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


@compiled()
def edge_keys(welded: U32) -> U64:
    """Lower vertex (31 bits), higher vertex (32 bits), direction (1 bit) of each edge."""
    keys = np.empty(welded.shape[0] * 3, np.uint64)
    for t in range(welded.shape[0]):
        for k in range(3):
            a = np.uint64(welded[t, k])
            b = np.uint64(welded[t, (k + 1) % 3])
            if a < b:
                keys[t * 3 + k] = (a << np.uint64(33)) | (b << np.uint64(1))
            else:
                keys[t * 3 + k] = (b << np.uint64(33)) | (a << np.uint64(1)) | np.uint64(1)
    return keys


@compiled()
def _count_runs(keys: U64) -> tuple[int, int, int]:
    open_edges = 0
    many = 0
    turned = 0
    i = 0
    while i < len(keys):
        j = i
        edge = keys[i] >> np.uint64(1)
        forward = 0
        while j < len(keys) and keys[j] >> np.uint64(1) == edge:
            forward += 1 - int(keys[j] & np.uint64(1))
            j += 1
        if j - i == 1:
            open_edges += 1
        elif j - i > 2:
            many += 1
        elif forward != 1:
            turned += 1
        i = j
    return open_edges, many, turned


@compiled()
def components(welded: U32, places: int) -> tuple[int, npt.NDArray[np.int64]]:
    """Count connected parts by union-find with path halving; answer each place's mark (places,) too."""
    parent = np.arange(places)
    used = np.zeros(places, np.bool_)
    parts = 0
    for t in range(welded.shape[0]):
        root = np.int64(-1)
        for k in range(3):
            v = welded[t, k]
            if not used[v]:
                used[v] = True
                parts += 1
            x = np.int64(v)
            while parent[x] != x:
                parent[x] = parent[parent[x]]
                x = parent[x]
            if root < 0:
                root = x
            elif x != root:
                parent[x] = root
                parts -= 1
    for v in range(places):
        x = np.int64(v)
        while parent[x] != x:
            x = parent[x]
        parent[v] = x
    return parts, parent
