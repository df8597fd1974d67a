"""Closest points on a surface: a tree of boxes over triangles in Morton order.

Boxes by Morton order after Lauterbach et al. (2009), closest point on a triangle after Ericson,
Real-Time Collision Detection (2005), section 5.1.5. Exact, single precision in, double precision inside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.meshes.mesh import F32, F64, U32
from processing.meshes.ordering import sorted_centres

LEAF = 2
DEPTH = 64
_SOME = 29


@dataclass(frozen=True, kw_only=True)
class Bvh:
    """Corners (m, 3, 3) float32 in tree order, the triangle each came from, and boxes (k, 6) float32.

    Node i has children 2 i + 1 and 2 i + 2; the last ``leaves`` nodes hold ``LEAF`` triangles each.
    """

    corners: F32
    order: npt.NDArray[np.int64]
    boxes: F32
    leaves: int


def build(positions: F32, triangles: U32) -> Bvh:
    """Build the tree of a surface (n, 3) float32, (m, 3) uint32."""
    _, order = sorted_centres(positions, triangles)
    return replace(over(positions, triangles[order]), order=order.astype(np.int64))


def over(positions: F32, triangles: U32) -> Bvh:
    """Build the tree of a surface whose triangles stand in the order of space already."""
    leaves = 1
    while leaves * LEAF < len(triangles):
        leaves *= 2
    corners = positions[triangles]
    return Bvh(corners=corners, order=np.arange(len(triangles)), boxes=_boxes(corners, leaves), leaves=leaves)


def distances(bvh: Bvh, points: F32) -> F64:
    """Distance of each point (n, 3) to the surface, in its unit."""
    found, _, _ = _closest(bvh.corners, bvh.boxes, bvh.leaves, np.ascontiguousarray(points, np.float32))
    return found


def closest(bvh: Bvh, points: F32) -> tuple[F64, npt.NDArray[np.int64], F64]:
    """Answer distance (n,), nearest triangle (n,) and barycentric coordinates (n, 3) there."""
    found, where, weights = _closest(
        bvh.corners, bvh.boxes, bvh.leaves, np.ascontiguousarray(points, np.float32)
    )
    return found, bvh.order[where], weights


def farthest(bvh: Bvh, points: F32, least: float = 0.0) -> float:
    """Largest distance of points (n, 3) to the surface, or ``least`` where none is farther.

    A point is given up as soon as something is nearer than the largest so far (early break: Taha & Hanbury
    2015), so this costs a fraction of all distances.
    """
    rows = np.ascontiguousarray(points, np.float32)
    # Some of all first: what they find ends most other searches at once.
    some = _farthest(bvh.corners, bvh.boxes, bvh.leaves, rows, _SOME, least * least)
    return float(np.sqrt(_farthest(bvh.corners, bvh.boxes, bvh.leaves, rows, 1, some)))


@compiled()
def _boxes(corners: F32, leaves: int) -> F32:
    boxes = np.empty((2 * leaves - 1, 6), np.float32)
    count = len(corners)
    for leaf in range(leaves):
        node = leaves - 1 + leaf
        boxes[node, :3] = np.inf
        boxes[node, 3:] = -np.inf
        for t in range(leaf * LEAF, min(leaf * LEAF + LEAF, count)):
            for k in range(3):
                for a in range(3):
                    boxes[node, a] = min(boxes[node, a], corners[t, k, a])
                    boxes[node, 3 + a] = max(boxes[node, 3 + a], corners[t, k, a])
    for node in range(leaves - 2, -1, -1):
        for a in range(3):
            boxes[node, a] = min(boxes[2 * node + 1, a], boxes[2 * node + 2, a])
            boxes[node, 3 + a] = max(boxes[2 * node + 1, 3 + a], boxes[2 * node + 2, 3 + a])
    return boxes


@compiled()
def _box_distance2(boxes: F32, node: int, p: F32) -> float:
    total = 0.0
    for a in range(3):
        gap = max(boxes[node, a] - p[a], p[a] - boxes[node, 3 + a], np.float32(0))
        total += float(gap) * float(gap)
    return total


@compiled()
def _closest(corners: F32, boxes: F32, leaves: int, points: F32) -> tuple[F64, npt.NDArray[np.int64], F64]:
    found = np.empty(len(points), np.float64)
    where = np.empty(len(points), np.int64)
    weights = np.empty((len(points), 3), np.float64)
    stack, gaps = np.empty(DEPTH, np.int64), np.empty(DEPTH, np.float64)
    last = 0
    for i in range(len(points)):
        best, v, w, last = nearest(corners, boxes, leaves, points[i], last, stack, gaps)
        found[i] = np.sqrt(best)
        where[i] = last
        weights[i, 0] = 1 - v - w
        weights[i, 1] = v
        weights[i, 2] = w
    return found, where, weights


@compiled()
def nearest(
    corners: F32,
    boxes: F32,
    leaves: int,
    p: F32,
    last: int,
    stack: npt.NDArray[np.int64],
    gaps: F64,
) -> tuple[float, float, float, int]:
    """Answer the squared distance of a point, barycentric v and w of the closest one, and its triangle.

    Neighbouring points have neighbouring answers: the ``last`` triangle gives a first bound. ``stack`` and
    ``gaps`` are room to work in, ``DEPTH`` each.
    """
    best, v, w = on_triangle(corners, last, p)
    top = 1
    stack[0] = 0
    gaps[0] = _box_distance2(boxes, 0, p)
    while top > 0:
        top -= 1
        if gaps[top] >= best:
            continue
        node = stack[top]
        if node >= leaves - 1:
            begin = (node - leaves + 1) * LEAF
            for t in range(begin, min(begin + LEAF, len(corners))):
                d, dv, dw = on_triangle(corners, t, p)
                if d < best:
                    best, v, w, last = d, dv, dw, t
            continue
        left = _box_distance2(boxes, 2 * node + 1, p)
        right = _box_distance2(boxes, 2 * node + 2, p)
        near, far = 2 * node + 1, 2 * node + 2
        if right < left:
            near, far = far, near
            left, right = right, left
        if right < best:
            stack[top] = far
            gaps[top] = right
            top += 1
        if left < best:
            stack[top] = near
            gaps[top] = left
            top += 1
    return best, v, w, last


@compiled()
def _farthest(corners: F32, boxes: F32, leaves: int, points: F32, step: int, largest: float) -> float:
    """Answer the largest squared distance of every ``step``-th point, not below ``largest``.

    Neighbouring points have neighbouring answers: each search climbs from the leaf where the last one ended.
    """
    stack = np.empty(DEPTH, np.int64)
    start = leaves - 1
    for i in range(0, len(points), step):
        p = points[i]
        best = np.inf
        came, node = -1, start
        while True:
            # The part of the tree below ``node`` that was not seen yet.
            top = 0
            if came < 0:
                stack[0], top = node, 1
            else:
                stack[0], top = came + 1 if came & 1 else came - 1, 1
            while top > 0 and best > largest:
                top -= 1
                here = stack[top]
                if _box_distance2(boxes, here, p) >= best:
                    continue
                if here >= leaves - 1:
                    begin = (here - leaves + 1) * LEAF
                    for t in range(begin, min(begin + LEAF, len(corners))):
                        d, _, _ = on_triangle(corners, t, p)
                        if d < best:
                            best, start = d, here
                            if best <= largest:
                                break
                else:
                    left = _box_distance2(boxes, 2 * here + 1, p)
                    right = _box_distance2(boxes, 2 * here + 2, p)
                    stack[top] = 2 * here + 2 if left <= right else 2 * here + 1
                    stack[top + 1] = 2 * here + 1 if left <= right else 2 * here + 2
                    top += 2
            if best <= largest or node == 0:
                break
            came, node = node, (node - 1) // 2
        largest = max(largest, best)
    return largest


@compiled()
def on_triangle(corners: F32, t: int, p: F32) -> tuple[float, float, float]:
    """Answer the squared distance to a triangle, and the barycentric v and w of the closest point."""
    abc = corners[t]
    abx, aby, abz = float(abc[1, 0]) - abc[0, 0], float(abc[1, 1]) - abc[0, 1], float(abc[1, 2]) - abc[0, 2]
    acx, acy, acz = float(abc[2, 0]) - abc[0, 0], float(abc[2, 1]) - abc[0, 1], float(abc[2, 2]) - abc[0, 2]
    apx, apy, apz = float(p[0]) - abc[0, 0], float(p[1]) - abc[0, 1], float(p[2]) - abc[0, 2]
    d1 = abx * apx + aby * apy + abz * apz
    d2 = acx * apx + acy * apy + acz * apz
    aa = abx * abx + aby * aby + abz * abz
    ab = abx * acx + aby * acy + abz * acz
    cc = acx * acx + acy * acy + acz * acz
    d3, d4 = d1 - aa, d2 - ab
    d5, d6 = d1 - ab, d2 - cc
    vc = d1 * d4 - d3 * d2
    vb = d5 * d2 - d1 * d6
    va = d3 * d6 - d5 * d4
    if d1 <= 0 and d2 <= 0:
        v, w = 0.0, 0.0
    elif d3 >= 0 and d4 <= d3:
        v, w = 1.0, 0.0
    elif d6 >= 0 and d5 <= d6:
        v, w = 0.0, 1.0
    elif vc <= 0 and d1 >= 0 and d3 <= 0:
        v, w = d1 / (d1 - d3) if d1 != d3 else 0.0, 0.0
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        v, w = 0.0, d2 / (d2 - d6) if d2 != d6 else 0.0
    elif va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        gap = (d4 - d3) + (d5 - d6)
        w = (d4 - d3) / gap if gap > 0 else 0.0
        v = 1 - w
    else:
        whole = va + vb + vc
        v, w = (vb / whole, vc / whole) if whole > 0 else (0.0, 0.0)
    x = apx - v * abx - w * acx
    y = apy - v * aby - w * acy
    z = apz - v * abz - w * acz
    return x * x + y * y + z * z, v, w
