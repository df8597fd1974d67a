"""A mesh in the order of space: what lies together is stored together, and the simplifier stays in cache.

On survey meshes of half a million triangles this alone halves the kernel's time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS, morton_key
from processing.geometry.sorting import sort_by_key
from processing.meshes.mesh import F32, F64, U32, Mesh, take_vertices


def in_space(mesh: Mesh) -> Mesh:
    """Order triangles by the Morton keys of their centres, vertices by first use; unused ones go."""
    _, order = sorted_centres(mesh.positions, mesh.triangles)
    vertices, renumbered = by_first_use(mesh.triangles[order], len(mesh.positions))
    return take_vertices(mesh, vertices, renumbered)


def sorted_centres(positions: F32, triangles: U32) -> tuple[npt.NDArray[np.uint64], U32]:
    """Answer the Morton keys (m,) of the centres of triangles, sorted, and the order (m,) that sorts them."""
    low, high = _centre_bounds(positions, triangles)
    extent = float((high - low).max()) or 1.0
    records = _centre_keys(positions, triangles, low, (1 << BITS) / extent)
    done = sort_by_key(records, np.empty_like(records))
    return np.ascontiguousarray(done[:, 0]), done[:, 1].astype(np.uint32)


@compiled()
def _centre_bounds(positions: F32, triangles: U32) -> tuple[F64, F64]:
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        for k in range(3):
            centre = (float(positions[a, k]) + float(positions[b, k]) + float(positions[c, k])) / 3
            low[k] = min(low[k], centre)
            high[k] = max(high[k], centre)
    return low, high


@compiled()
def _centre_keys(positions: F32, triangles: U32, low: F64, cells_a_metre: float) -> npt.NDArray[np.uint64]:
    records = np.empty((len(triangles), 2), np.uint64)
    cell = np.empty(3, np.uint64)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        for k in range(3):
            centre = (float(positions[a, k]) + float(positions[b, k]) + float(positions[c, k])) / 3
            cell[k] = np.uint64(min((centre - low[k]) * cells_a_metre, float((1 << BITS) - 1)))
        records[t, 0] = morton_key(cell[0], cell[1], cell[2])
        records[t, 1] = t
    return records


@compiled()
def by_first_use(triangles: U32, vertices: int) -> tuple[U32, U32]:
    """Answer the vertices that triangles use, by first use, and the triangles over them."""
    numbers = np.full(vertices, vertices, np.uint32)
    order = np.empty(vertices, np.uint32)
    renumbered = np.empty_like(triangles)
    used = 0
    for t in range(len(triangles)):
        for k in range(3):
            vertex = triangles[t, k]
            if numbers[vertex] == vertices:
                numbers[vertex] = used
                order[used] = vertex
                used += 1
            renumbered[t, k] = numbers[vertex]
    return order[:used].copy(), renumbered
