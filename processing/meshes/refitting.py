"""Colours and shading normals of a lighter mesh, fitted to those of the mesh it was made from.

The kernel solves a vertex's colour from the quadrics of what collapsed into it (Hoppe 1999), which holds on
the planes of the old triangles. Here the lighter mesh stands still, and its colours become those whose
interpolation comes nearest to the source's: least squares over the source's vertices, each weighted by the
area around it, at the closest point of the lighter surface. Where there are no colours normals
are fitted alike: light then shows what triangles lost.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.geometry.welding import weld
from processing.meshes.bvh import DEPTH, distances, nearest, on_triangle, over
from processing.meshes.mesh import F32, F64, U8, U32, Mesh
from processing.meshes.ordering import triangles_around
from processing.meshes.topology import doubled_areas

I32 = npt.NDArray[np.int32]

# A vertex that hardly anything reaches keeps the colour it has: that counts like so many samples.
PRIOR = 0.1
# Conjugate gradients from a start so near.
ROUNDS = 12
THREADS = 2
# Fewer points than this are not worth a thread.
TOGETHER = 65_536
STEPS = 32
# A shading normal farther from its triangles than this (60 degrees) looks wrong at the outline.
TURNED_COSINE = 0.5
# Of so many points one is measured exactly; what is farther away than this part of them is searched exactly,
# lest a walk end on the other side of a wall.
LOOKED_AT, NEARLY_ALL = 61, 90
# A step over an edge is looked for where the closest point lies on it, up to rounding.
ON_EDGE = 1e-9


def refitted(mesh: Mesh, source: Mesh) -> Mesh:
    """Fit what shows the detail of a mesh to that of its source: colours, or without any its normals.

    Triangles of both stand in the order of space. Alpha stays; so do colours under an image, which do not
    show and have nothing to do with those beside it.
    """
    if mesh.images:
        return mesh
    if mesh.colours is not None and source.colours is not None:
        change = _change(mesh.triangles, *_left(mesh, mesh.triangles, mesh.colours, source, source.colours))
        fitted = np.clip(np.rint(mesh.colours[:, :3] + change), 0, 255).astype(np.uint8)
        return replace(mesh, colours=np.column_stack([fitted, mesh.colours[:, 3]]))
    if mesh.normals is not None and source.normals is not None:
        # All vertices of a place have one normal, or seams would show in the light.
        places, first = weld(mesh.positions)
        welded, normals = places[mesh.triangles], mesh.normals[first]
        change = _change(welded, *_left(mesh, welded, normals, source, source.normals))
        return replace(mesh, normals=_unit(normals, change)[places])
    return mesh


def _left(mesh: Mesh, triangles: U32, values: U8 | F32, source: Mesh, wanted: U8 | F32) -> tuple[F32, F32]:
    """Sum up what lies between ``values`` over the triangles and those wanted at the source's vertices."""
    where, weights = _located(mesh, source.positions)
    doubled = doubled_areas(source.positions, source.triangles)
    areas = _areas_around(doubled, source.triangles, len(source.positions))
    return _sums(triangles, values, where, weights, areas, wanted)


def _unit(normals: F32, change: F32) -> F32:
    """Make changed normals (n, 3) unit vectors again; one that turned too far stays as it was."""
    made = normals + change
    made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12)
    is_far = (made * normals).sum(axis=1, keepdims=True) < TURNED_COSINE
    return np.where(is_far, normals, made)


def _located(mesh: Mesh, points: F32) -> tuple[I32, F32]:
    """Find points on a mesh: triangle (k,) and the weights (k, 2) of its second and third corner."""
    surface = over(mesh.positions, mesh.triangles)
    # Steps go over seams too.
    places, _ = weld(mesh.positions)
    beside = neighbours(places[mesh.triangles], int(places.max()) + 1)
    where, weights = np.empty(len(points), np.int32), np.empty((len(points), 2), np.float32)
    near = float(np.percentile(distances(surface, points[::LOOKED_AT]), NEARLY_ALL)) ** 2

    def work(part: slice) -> None:
        tree = surface.corners, surface.boxes, surface.leaves
        _walk(*tree, beside, points[part], near, where[part], weights[part])

    edges = np.linspace(0, len(points), 1 + max(1, min(THREADS, len(points) // TOGETHER))).astype(int)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, [slice(one, other) for one, other in pairwise(edges.tolist())]))
    return where, weights


@compiled()
def neighbours(welded: U32, places: int) -> I32:
    """Answer the triangle (m, 3) beyond each edge: from corner 0 to 1, 1 to 2, 2 to 0; -1 where none is."""
    starts, around = triangles_around(welded, places)
    found = np.full(welded.shape, -1, np.int32)
    for t in range(len(welded)):
        for k in range(3):
            one, other = welded[t, k], welded[t, (k + 1) % 3]
            for i in range(starts[one], starts[one + 1]):
                beside = around[i]
                if beside != t and other in (welded[beside, 0], welded[beside, 1], welded[beside, 2]):
                    found[t, k] = beside
                    break
    return found


@compiled()
def _walk(
    corners: F32,
    boxes: F32,
    leaves: int,
    beside: I32,
    points: F32,
    near: float,
    where: I32,
    weights: F32,
) -> None:
    """Step from the triangle of the last point to the nearest one around it, as long as that comes nearer.

    Where that ends farther away than ``near`` (squared), all triangles are searched.
    """
    stack, gaps = np.empty(DEPTH, np.int64), np.empty(DEPTH, np.float64)
    t = 0
    for i in range(len(points)):
        p = points[i]
        d, v, w = on_triangle(corners, t, p)
        for _ in range(STEPS):
            step = -1
            for k in range(3):
                # Edge 0 lies where the third corner weighs nothing, and so on.
                beyond = beside[t, k]
                off = w if k == 0 else (1 - v - w if k == 1 else v)
                if beyond >= 0 and off <= ON_EDGE:
                    there, tv, tw = on_triangle(corners, beyond, p)
                    if there < d:
                        d, v, w, step = there, tv, tw, beyond
            if step < 0:
                break
            t = step
        if d > near:
            _, v, w, t = nearest(corners, boxes, leaves, p, t, stack, gaps)
        where[i] = t
        weights[i, 0], weights[i, 1] = v, w


@compiled()
def _areas_around(doubled: F64, triangles: U32, vertices: int) -> F32:
    areas = np.zeros(vertices, np.float32)
    for t in range(len(triangles)):
        for k in range(3):
            areas[triangles[t, k]] += doubled[t]
    return areas * np.float32(vertices / max(areas.sum(), 1e-30))


@compiled()
def _sums(
    triangles: U32, values: U8 | F32, where: I32, weights: F32, areas: F32, wanted: U8 | F32
) -> tuple[F32, F32]:
    """Sum up the normal equations: six products of weights of each triangle, what is left at each vertex."""
    products = np.zeros((len(triangles), 6), np.float32)
    left = np.zeros((len(values), 3), np.float32)
    shares = np.empty(3, np.float32)
    for i in range(len(where)):
        t = where[i]
        shares[1], shares[2] = weights[i, 0], weights[i, 1]
        shares[0] = 1 - shares[1] - shares[2]
        n = 0
        for one in range(3):
            for other in range(one, 3):
                products[t, n] += areas[i] * shares[one] * shares[other]
                n += 1
        for channel in range(3):
            seen = np.float32(0)
            for k in range(3):
                seen += shares[k] * values[triangles[t, k], channel]
            for k in range(3):
                left[triangles[t, k], channel] += areas[i] * shares[k] * (wanted[i, channel] - seen)
    return products, left


@compiled()
def _change(triangles: U32, products: F32, left: F32) -> F32:
    """Solve (sum of products + ``PRIOR``) x = left, (n, 3) float32, each channel for itself.

    By conjugate gradients (Shewchuk 1994, B2).
    """
    found, along, moved = np.zeros_like(left), left.copy(), np.empty_like(left)
    size = _dots(left, left)
    for _ in range(ROUNDS):
        _multiplied(triangles, products, along, moved)
        steep = _dots(along, moved)
        before = size.copy()
        for k in range(3):
            far = np.float32(before[k] / steep[k] if steep[k] > 0 else 0.0)
            for n in range(len(left)):
                found[n, k] += far * along[n, k]
                left[n, k] -= far * moved[n, k]
        size = _dots(left, left)
        for k in range(3):
            turn = np.float32(size[k] / before[k] if before[k] > 0 else 0.0)
            for n in range(len(left)):
                along[n, k] = left[n, k] + turn * along[n, k]
    return found


@compiled()
def _multiplied(triangles: U32, products: F32, along: F32, moved: F32) -> None:
    moved[:] = np.float32(PRIOR) * along
    for t in range(len(triangles)):
        n = 0
        for one in range(3):
            for other in range(one, 3):
                a, b = triangles[t, one], triangles[t, other]
                for k in range(3):
                    moved[a, k] += products[t, n] * along[b, k]
                    if one != other:
                        moved[b, k] += products[t, n] * along[a, k]
                n += 1


@compiled()
def _dots(one: F32, other: F32) -> F64:
    sums = np.zeros(3)
    for n in range(len(one)):
        for k in range(3):
            sums[k] += float(one[n, k]) * other[n, k]
    return sums
