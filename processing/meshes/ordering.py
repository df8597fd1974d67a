"""A mesh in the order of space, so that the simplifier stays in cache, or of strips, so that it packs well.

On survey meshes of half a million triangles the order of space alone halves the kernel's time.
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


@compiled()
def triangles_around(triangles: U32, vertices: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Answer the triangles around each vertex: from ``starts[v]`` to ``starts[v + 1]`` of the second."""
    starts = np.zeros(vertices + 1, np.int64)
    for t in range(len(triangles)):
        for k in range(3):
            starts[triangles[t, k] + 1] += 1
    for v in range(vertices):
        starts[v + 1] += starts[v]
    at = starts[:-1].copy()
    around = np.empty(3 * len(triangles), np.int64)
    for t in range(len(triangles)):
        for k in range(3):
            v = triangles[t, k]
            around[at[v]] = t
            at[v] += 1
    return starts, around


@compiled()
def in_strips(triangles: U32, vertices: int) -> U32:
    """Answer the triangles so that each shares an edge with one shortly before it, their first corner turned.

    Goes over an edge of the last triangle as long as there is a neighbour, and otherwise back to the latest
    edge that still has one. Coded, this is as small as meshoptimizer's ordering for strips (30 % smaller than
    for caches) and takes a quarter of its time.
    """
    # Of each vertex the triangles still to come: from starts to ends.
    starts, around = triangles_around(triangles, vertices)
    ends = starts[1:].copy()
    made = np.empty_like(triangles)
    done = np.zeros(len(triangles), np.bool_)
    edges = np.empty((2 * len(triangles), 2), np.uint32)
    waiting = seed = 0
    for n in range(len(triangles)):
        t, turn = -1, 0
        while waiting > 0 and t < 0:
            waiting -= 1
            one, other = edges[waiting]
            for i in range(starts[one], ends[one]):
                at = _corner_beyond(triangles, around[i], one, other)
                if at >= 0:
                    t, turn = around[i], at
                    break
        if t < 0:
            while done[seed]:
                seed += 1
            t = seed
        # The corner that is new comes last.
        a, b, c = triangles[t, (turn + 1) % 3], triangles[t, (turn + 2) % 3], triangles[t, turn]
        made[n, 0], made[n, 1], made[n, 2] = a, b, c
        done[t] = True
        for k in range(3):
            v = triangles[t, k]
            for i in range(starts[v], ends[v]):
                if around[i] == t:
                    ends[v] -= 1
                    around[i] = around[ends[v]]
                    break
        edges[waiting, 0], edges[waiting, 1] = b, c
        edges[waiting + 1, 0], edges[waiting + 1, 1] = c, a
        waiting += 2
    return made


@compiled()
def _corner_beyond(triangles: U32, t: int, one: int, other: int) -> int:
    """Answer which corner of a triangle is not of the edge, or -1 if the edge is not of the triangle."""
    beyond, found = 2, False
    for k in range(3):
        v = triangles[t, k]
        found = found or v == other
        if v not in (one, other):
            beyond = k
    return beyond if found else -1
