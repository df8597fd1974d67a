"""Edges collapsed onto one of their ends, the cheapest first, pass after pass.

A vertex takes part once a pass, so what a pass ranks stays true. An edge is left alone where the surface
would turn over, or where its ends have more neighbours in common than its triangles (the link condition): a
manifold stays one.
"""

from __future__ import annotations

import numpy as np

from processing.geometry.compiled import compiled
from processing.meshes.kernels.fans import HELD, INSIDE, NONE, SEAM, Kinds, Links, Numbers
from processing.meshes.kernels.quadrics import Points, Rows, attribute_error, error

# A pass goes on past what it needs, up to this much dearer, while it has not done a sixth of it.
DEARER, LEAST = 1.5, 6
# The cosine by which a triangle may turn.
TURNED = 0.25
BUCKETS = 2048


@compiled()
def candidates(
    triangles: Numbers, places: Numbers, kinds: Kinds, chain: Links, ahead: Links, behind: Links,
    spots: Points, attributes: Rows, shapes: Rows, looks: Rows,
) -> tuple[Numbers, Rows]:  # fmt: skip
    """List the edges that may collapse, (k, 2) from and onto, the cheaper way, and their squared errors."""
    edges = np.empty((triangles.size, 2), np.uint32)
    errors = np.empty(triangles.size)
    n = 0
    for t in range(len(triangles)):
        for k in range(3):
            i, j = triangles[t, k], triangles[t, (k + 1) % 3]
            is_open = ahead[i] == j or behind[j] == i
            # An edge inside stands in two triangles.
            if not is_open and places[i] > places[j]:
                continue
            there, back = np.inf, np.inf
            if _may(kinds[i], kinds[j], is_open):
                there = _cost(i, j, places, kinds, chain, ahead, behind, spots, attributes, shapes, looks)
            if _may(kinds[j], kinds[i], is_open):
                back = _cost(j, i, places, kinds, chain, ahead, behind, spots, attributes, shapes, looks)
            if there == np.inf and back == np.inf:
                continue
            if there <= back:
                edges[n, 0], edges[n, 1], errors[n] = i, j, there
            else:
                edges[n, 0], edges[n, 1], errors[n] = j, i, back
            n += 1
    return edges[:n].copy(), errors[:n].copy()


@compiled()
def _may(kind: int, onto: int, is_open: bool) -> bool:
    """Say whether a vertex of a kind may go onto another: borders and seams only along themselves."""
    if kind == INSIDE:
        return True
    return bool(kind != HELD and is_open and (onto == kind or onto == HELD))  # noqa: SIM109 (numba has no "in")


@compiled()
def _cost(
    i: int, j: int, places: Numbers, kinds: Kinds, chain: Links, ahead: Links, behind: Links,
    spots: Points, attributes: Rows, shapes: Rows, looks: Rows,
) -> float:  # fmt: skip
    spot = spots[places[j]]
    x, y, z = spot[0], spot[1], spot[2]
    total = error(shapes[places[i]], x, y, z)
    if attributes.shape[1] == 0:
        return total
    total += attribute_error(looks[i], x, y, z, attributes[j])
    if kinds[i] == SEAM:
        onto = partner(i, j, places, chain, ahead, behind)
        if onto == NONE:
            return float(np.inf)
        total += attribute_error(looks[chain[i]], x, y, z, attributes[onto])
    return total


@compiled()
def partner(i: int, j: int, places: Numbers, chain: Links, ahead: Links, behind: Links) -> int:
    """Answer where the other vertex of a seam goes when i goes to j; ``NONE`` where that place has none."""
    other = chain[i]
    onto = behind[other] if ahead[i] == j else ahead[other]
    return onto if onto >= 0 and places[onto] == places[j] else NONE


@compiled()
def ranked(errors: Rows) -> Links:
    """Order by error, near enough: by the leading bits, as a pass stops by error anyway."""
    bits = errors.astype(np.float32).view(np.uint32) >> np.uint32(20)
    starts = np.zeros(BUCKETS * 2 + 1, np.int64)
    for i in range(len(bits)):
        starts[bits[i] + 1] += 1
    for b in range(BUCKETS * 2):
        starts[b + 1] += starts[b]
    order = np.empty(len(bits), np.int64)
    for i in range(len(bits)):
        order[starts[bits[i]]] = i
        starts[bits[i]] += 1
    return order


@compiled()
def collapse(
    triangles: Numbers, places: Numbers, kinds: Kinds, chain: Links, ahead: Links, behind: Links,
    starts: Links, listed: Links, spots: Points, shapes: Rows, looks: Rows, edges: Numbers, errors: Rows,
    to_drop: int, limit: float,
) -> tuple[Numbers, float, int]:  # fmt: skip
    """Collapse one pass's edges until ``to_drop`` triangles are gone or errors pass ``limit``, squared.

    Answers where each vertex went, the largest squared error, and how many edges went. ``shapes`` and
    ``looks`` gather what vertices that went stood for.
    """
    moved = np.arange(len(places)).astype(np.uint32)
    went = np.arange(len(starts) - 1).astype(np.uint32)
    touched = np.zeros(len(starts) - 1, np.bool_)
    marks = np.zeros(len(starts) - 1, np.int64)
    order = ranked(errors)
    goal = order[min(to_drop // 2, len(order) - 1)]
    dearest = errors[goal] * DEARER
    dropped, done, worst, mark = 0, 0, 0.0, 0
    for at in range(len(order)):
        cost = errors[order[at]]
        if cost > limit or dropped >= to_drop:
            break
        if cost > dearest and dropped > to_drop // LEAST:
            break
        i, j = edges[order[at], 0], edges[order[at], 1]
        p, q = places[i], places[j]
        if touched[p] or touched[q]:
            continue
        other, onto = NONE, NONE
        if kinds[i] == SEAM:
            other, onto = chain[i], partner(i, j, places, chain, ahead, behind)
            if onto == NONE:
                continue
        mark += 2
        faces = _allowed(triangles, places, went, starts, listed, spots, p, q, marks, mark)
        if faces == 0:
            continue
        shapes[q] += shapes[p]
        looks[j] += looks[i]
        moved[i] = j
        if other != NONE:
            looks[onto] += looks[other]
            moved[other] = onto
        went[p] = q
        touched[p] = touched[q] = True
        dropped += faces
        done += 1
        worst = max(worst, cost)
    return moved, worst, done


@compiled()
def _allowed(
    triangles: Numbers, places: Numbers, went: Numbers, starts: Links, listed: Links, spots: Points,
    p: int, q: int, marks: Links, mark: int,
) -> int:  # fmt: skip
    """Answer how many triangles go when place p goes to q; 0 where it may not go."""
    corners = np.empty(3, np.int64)
    for at in range(starts[q], starts[q + 1]):
        if _as_now(triangles[listed[at]], places, went, corners):
            for k in range(3):
                marks[corners[k]] = mark
    faces, common = 0, 0
    for at in range(starts[p], starts[p + 1]):
        face = triangles[listed[at]]
        if not _as_now(face, places, went, corners):
            continue
        on_edge = corners[0] == q or corners[1] == q or corners[2] == q
        faces += int(on_edge)
        for k in range(3):
            if marks[corners[k]] == mark and corners[k] != p and corners[k] != q:
                marks[corners[k]] = mark + 1
                common += 1
        if not on_edge:
            k = 0 if corners[0] == p else 1 if corners[1] == p else 2
            one, other = spots[corners[(k + 1) % 3]], spots[corners[(k + 2) % 3]]
            if turns(spots[p], spots[q], one, other):
                return 0
    return faces if common == faces else 0


@compiled()
def _as_now(face: Numbers, places: Numbers, went: Numbers, corners: Links) -> bool:
    """Write the places of a triangle after what this pass did; False where it is gone."""
    for k in range(3):
        corners[k] = went[places[face[k]]]
    return bool(corners[0] != corners[1] and corners[1] != corners[2] and corners[2] != corners[0])


@compiled()
def turns(old: Points, new: Points, a: Points, b: Points) -> bool:
    """Say whether the triangle (old, a, b) turns by more than its share when its first corner moves."""
    ex, ey, ez = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    ox, oy, oz = old[0] - a[0], old[1] - a[1], old[2] - a[2]
    nx, ny, nz = new[0] - a[0], new[1] - a[1], new[2] - a[2]
    u, v, w = oy * ez - oz * ey, oz * ex - ox * ez, ox * ey - oy * ex
    x, y, z = ny * ez - nz * ey, nz * ex - nx * ez, nx * ey - ny * ex
    both = np.sqrt((u * u + v * v + w * w) * (x * x + y * y + z * z))
    return bool(u * x + v * y + w * z <= TURNED * both)


@compiled()
def followed(links: Links, moved: Numbers) -> Links:
    """Lead open edges on to where their ends went; past one that came to the vertex they lead from."""
    made = links.copy()
    for v in range(len(links)):
        if links[v] < 0 or moved[v] != v:
            continue
        onto = moved[links[v]]
        if onto == v:
            beyond = links[links[v]]
            made[v] = moved[beyond] if beyond >= 0 else beyond
        else:
            made[v] = onto
    return made


@compiled()
def left(triangles: Numbers, places: Numbers, moved: Numbers) -> Numbers:
    """Renumber triangles after a pass, those gone left out."""
    made = np.empty_like(triangles)
    n = 0
    for t in range(len(triangles)):
        i, j, k = moved[triangles[t, 0]], moved[triangles[t, 1]], moved[triangles[t, 2]]
        p, q, r = places[i], places[j], places[k]
        if p != q and q != r and r != p:
            made[n, 0], made[n, 1], made[n, 2] = i, j, k
            n += 1
    return made[:n].copy()
