"""Quadrics: how far a point is from the planes, and its colours from the gradients, a vertex stands for.

Planes after Garland & Heckbert (1997), attributes after Hoppe (1999). A row holds xx xy xz yy yz zz of the
matrix, three of the vector, the constant and the weight. A row of attributes goes on with three of the
gradient and the constant of each. Lengths are parts of the extent, attributes are weighed before.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled

Rows = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Triangles = npt.NDArray[np.uint32]

SIZE = 11
WEIGHT = 10
# Borders give the outline of a wall, seams stand where two charts meet on the same surface (as upstream's).
BORDER, SEAM = 10.0, 0.5


@compiled()
def add_plane(row: Rows, a: float, b: float, c: float, d: float, weight: float) -> None:
    """Add the squared distance to the plane a x + b y + c z + d = 0 of unit normal."""
    row[0] += weight * a * a
    row[1] += weight * a * b
    row[2] += weight * a * c
    row[3] += weight * b * b
    row[4] += weight * b * c
    row[5] += weight * c * c
    row[6] += weight * a * d
    row[7] += weight * b * d
    row[8] += weight * c * d
    row[9] += weight * d * d
    row[WEIGHT] += weight


@compiled()
def distance(row: Rows, x: float, y: float, z: float) -> float:
    """Answer the weighted sum of squared distances of a point, not yet divided by the weight."""
    square = row[0] * x * x + row[3] * y * y + row[5] * z * z
    mixed = row[1] * x * y + row[2] * x * z + row[4] * y * z
    return float(square + 2 * (mixed + row[6] * x + row[7] * y + row[8] * z) + row[9])


@compiled()
def error(row: Rows, x: float, y: float, z: float) -> float:
    """Answer the mean squared distance of a point."""
    return abs(distance(row, x, y, z)) / row[WEIGHT] if row[WEIGHT] > 0 else 0.0


@compiled()
def attribute_error(row: Rows, x: float, y: float, z: float, values: Rows) -> float:
    """Answer the squared difference of attributes ``values`` (k,) at a point, times the area it stands for.

    Not divided by the area, as in meshoptimizer: a weighed change of 1 along a distance then counts as that
    distance does, and noise in colours does not outweigh the shape.
    """
    weight = row[WEIGHT]
    total = distance(row, x, y, z)
    for k in range(len(values)):
        at = SIZE + 4 * k
        there = row[at] * x + row[at + 1] * y + row[at + 2] * z + row[at + 3]
        total += values[k] * (values[k] * weight - 2 * there)
    return abs(total)


@compiled()
def of_faces(positions: Points, triangles: Triangles, places: Triangles, rows: Rows) -> None:
    """Add every triangle's plane to the rows (places, 11) of its corners; larger ones weigh more."""
    for t in range(len(triangles)):
        n = np.empty(3)
        doubled = _normal(positions, triangles[t], n)
        if doubled <= 0:
            continue
        first = positions[triangles[t, 0]]
        d = -(n[0] * first[0] + n[1] * first[1] + n[2] * first[2])
        # The root, so that distances and not volumes are weighed: outlines stay better.
        weight = np.sqrt(doubled / 2)
        for k in range(3):
            add_plane(rows[places[triangles[t, k]]], n[0], n[1], n[2], d, weight)


@compiled()
def of_edges(
    positions: Points, triangles: Triangles, places: Triangles, ahead: npt.NDArray[np.int64],
    seamed: npt.NDArray[np.bool_], rows: Rows,
) -> None:  # fmt: skip
    """Add a plane upright on the triangle along each open edge: ``ahead`` (n,) tells where they lead."""
    for t in range(len(triangles)):
        n = np.empty(3)
        if _normal(positions, triangles[t], n) <= 0:
            continue
        for k in range(3):
            i, j = triangles[t, k], triangles[t, (k + 1) % 3]
            if ahead[i] != j:
                continue
            p, q = positions[i], positions[j]
            ex, ey, ez = q[0] - p[0], q[1] - p[1], q[2] - p[2]
            length = np.sqrt(ex * ex + ey * ey + ez * ez)
            if length <= 0:
                continue
            a = (n[1] * ez - n[2] * ey) / length
            b = (n[2] * ex - n[0] * ez) / length
            c = (n[0] * ey - n[1] * ex) / length
            d = -(a * p[0] + b * p[1] + c * p[2])
            weight = length * (SEAM if seamed[i] and seamed[j] else BORDER)
            add_plane(rows[places[i]], a, b, c, d, weight)
            add_plane(rows[places[j]], a, b, c, d, weight)
            # What counts is how far faces are off: a border shall add to that, not thin it out.
            rows[places[i], WEIGHT] -= weight
            rows[places[j], WEIGHT] -= weight


@compiled()
def of_attributes(positions: Points, triangles: Triangles, attributes: Rows, rows: Rows) -> None:
    """Add every triangle's gradients (Hoppe 1999, section 4) to the rows (n, 11 + 4 k) of its corners."""
    n, u, v = np.empty(3), np.empty(3), np.empty(3)
    for t in range(len(triangles)):
        doubled = _normal(positions, triangles[t], n)
        if doubled <= 0:
            continue
        i, j, k = triangles[t]
        for axis in range(3):
            u[axis] = positions[j, axis] - positions[i, axis]
            v[axis] = positions[k, axis] - positions[i, axis]
        uu, uv, vv = (u * u).sum(), (u * v).sum(), (v * v).sum()
        scale = uu * vv - uv * uv
        if scale <= 0:
            continue
        weight = doubled / 2
        for m in range(attributes.shape[1]):
            du = attributes[j, m] - attributes[i, m]
            dv = attributes[k, m] - attributes[i, m]
            along, across = (vv * du - uv * dv) / scale, (uu * dv - uv * du) / scale
            a = along * u[0] + across * v[0]
            b = along * u[1] + across * v[1]
            c = along * u[2] + across * v[2]
            d = attributes[i, m] - a * positions[i, 0] - b * positions[i, 1] - c * positions[i, 2]
            for corner in range(3):
                row = rows[triangles[t, corner]]
                add_plane(row, a, b, c, d, weight)
                row[WEIGHT] -= weight
                at = SIZE + 4 * m
                row[at] += weight * a
                row[at + 1] += weight * b
                row[at + 2] += weight * c
                row[at + 3] += weight * d
        for corner in range(3):
            rows[triangles[t, corner], WEIGHT] += weight


@compiled()
def _normal(positions: Points, triangle: Triangles, n: Points) -> float:
    """Write the unit normal of a triangle; answers its doubled area."""
    p, q, r = positions[triangle[0]], positions[triangle[1]], positions[triangle[2]]
    ux, uy, uz = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    vx, vy, vz = r[0] - p[0], r[1] - p[1], r[2] - p[2]
    n[0], n[1], n[2] = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    doubled = np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
    if doubled > 0:
        n /= doubled
    return float(doubled)
