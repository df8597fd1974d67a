"""The best position and attributes of each vertex that is left, from all that it stands for."""

from __future__ import annotations

import numpy as np

from processing.geometry.compiled import compiled
from processing.meshes.kernels.collapsing import turns
from processing.meshes.kernels.fans import HELD, INSIDE, Kinds, Links, Numbers
from processing.meshes.kernels.quadrics import SIZE, WEIGHT, Points, Rows, add_plane, error

# What holds a vertex where it is, of what its planes weigh: on a flat wall it could slide anywhere.
STAYS = 1e-3
LEAST_WEIGHT = 1e-30
# For the sake of colours a vertex may stand so much farther from its planes, squared.
DEARER, TINY = 1.5, 1e-6


@compiled()
def solve(
    triangles: Numbers, places: Numbers, kinds: Kinds, chain: Links, starts: Links, listed: Links,
    spots: Points, shapes: Rows, looks: Rows, attributes: Rows,
) -> None:  # fmt: skip
    """Move places (p, 3) and set attributes (n, k) where they fit best; a held vertex keeps both.

    Attributes depend on the position linearly, and leave the equation by elimination (the Schur complement).
    A place stays where a triangle would turn over.
    """
    whole, new, some = np.empty(SIZE), np.empty(3), np.empty(SIZE)
    done = np.zeros(len(spots), np.bool_)
    for t in range(len(triangles)):
        for corner in range(3):
            v = triangles[t, corner]
            p = places[v]
            if done[p] or kinds[v] == HELD:
                continue
            done[p] = True
            whole[:] = shapes[p] / max(shapes[p, WEIGHT], LEAST_WEIGHT)
            w = v
            while attributes.shape[1]:
                _without_attributes(looks[w], attributes.shape[1], some)
                whole += some
                w = chain[w]
                if w == v:
                    break
            # On a border or a seam a vertex stands on the outline, or in its chart, only where it is.
            if kinds[v] == INSIDE and _lowest(whole, spots[p], new):
                now = error(shapes[p], spots[p][0], spots[p][1], spots[p][2])
                then = error(shapes[p], new[0], new[1], new[2])
                if then <= DEARER * now + TINY and _fits(triangles, places, starts, listed, spots, p, new):
                    spots[p] = new
            w = v
            while attributes.shape[1]:
                _set_attributes(looks[w], spots[p], attributes[w])
                w = chain[w]
                if w == v:
                    break


@compiled()
def _without_attributes(row: Rows, count: int, made: Rows) -> None:
    """Write the quadric that is left when every attribute takes its best value at each point."""
    made[:] = 0.0
    weight = row[WEIGHT]
    if weight <= 0:
        return
    made[:] = row[:SIZE]
    for k in range(count):
        at = SIZE + 4 * k
        a, b, c, d = row[at], row[at + 1], row[at + 2], row[at + 3]
        add_plane(made, a, b, c, d, -1 / weight)


@compiled()
def _set_attributes(row: Rows, spot: Points, values: Rows) -> None:
    weight = row[WEIGHT]
    if weight <= 0:
        return
    for k in range(len(values)):
        at = SIZE + 4 * k
        values[k] = (row[at] * spot[0] + row[at + 1] * spot[1] + row[at + 2] * spot[2] + row[at + 3]) / weight


@compiled()
def _lowest(row: Rows, spot: Points, new: Points) -> bool:
    """Write where a quadric is least, held a little to ``spot`` (3,); False where that cannot be told."""
    stays = STAYS * (row[0] + row[3] + row[5])
    if stays <= 0:
        return False
    # Around the spot, so that what holds it there adds nothing to the right side.
    a, b, c = row[0] + stays, row[3] + stays, row[5] + stays
    d, e, f = row[1], row[2], row[4]
    x = -(row[0] * spot[0] + row[1] * spot[1] + row[2] * spot[2] + row[6])
    y = -(row[1] * spot[0] + row[3] * spot[1] + row[4] * spot[2] + row[7])
    z = -(row[2] * spot[0] + row[4] * spot[1] + row[5] * spot[2] + row[8])
    p, q, r = b * c - f * f, e * f - d * c, d * f - b * e
    scale = a * p + d * q + e * r
    if abs(scale) < 1e-12 * stays * stays * stays:
        return False
    s, u, v = a * c - e * e, d * e - a * f, a * b - d * d
    new[0] = spot[0] + (p * x + q * y + r * z) / scale
    new[1] = spot[1] + (q * x + s * y + u * z) / scale
    new[2] = spot[2] + (r * x + u * y + v * z) / scale
    return bool(np.isfinite(new).all())


@compiled()
def _fits(
    triangles: Numbers, places: Numbers, starts: Links, listed: Links, spots: Points, p: int, new: Points
) -> bool:
    """Say whether a place may move: no farther than its farthest neighbour, and no triangle turns over."""
    far, moved = 0.0, ((new - spots[p]) ** 2).sum()
    for at in range(starts[p], starts[p + 1]):
        face = triangles[listed[at]]
        k = 0 if places[face[0]] == p else 1 if places[face[1]] == p else 2
        one, other = spots[places[face[(k + 1) % 3]]], spots[places[face[(k + 2) % 3]]]
        far = max(far, ((one - spots[p]) ** 2).sum())
        if turns(spots[p], new, one, other):
            return False
    return bool(moved <= far)
