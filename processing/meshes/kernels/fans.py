"""What may become of each vertex: inside a surface, on a border, on a seam, or not to be touched."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled

Numbers = npt.NDArray[np.uint32]
Links = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]

INSIDE, BORDER, SEAM, HELD = 0, 1, 2, 3
NONE, SEVERAL = -1, -2


@compiled()
def around(triangles: Numbers, places: Numbers, count: int) -> tuple[Links, Links]:
    """List the triangles around each place: those of place p stand from starts[p] to starts[p + 1]."""
    starts = np.zeros(count + 1, np.int64)
    for t in range(len(triangles)):
        for k in range(3):
            starts[places[triangles[t, k]] + 1] += 1
    for p in range(count):
        starts[p + 1] += starts[p]
    listed = np.empty(starts[count], np.int64)
    at = starts[:-1].copy()
    for t in range(len(triangles)):
        for k in range(3):
            p = places[triangles[t, k]]
            listed[at[p]] = t
            at[p] += 1
    return starts, listed


@compiled()
def open_edges(
    triangles: Numbers, places: Numbers, starts: Links, listed: Links
) -> tuple[Links, Links, Kinds]:
    """Follow edges that no triangle of the same vertices runs along the other way.

    Answers where the one from each vertex leads, where the one to it comes from (``NONE``, ``SEVERAL``), and
    which places (p,) an edge of more than two triangles touches.
    """
    count = len(places)
    ahead, behind = np.full(count, NONE, np.int64), np.full(count, NONE, np.int64)
    crowded = np.zeros(len(starts) - 1, np.uint8)
    for t in range(len(triangles)):
        for k in range(3):
            i, j = triangles[t, k], triangles[t, (k + 1) % 3]
            p, q = places[i], places[j]
            back, same, opposite = False, 0, 0
            for at in range(starts[p], starts[p + 1]):
                other = triangles[listed[at]]
                for m in range(3):
                    a, b = other[m], other[(m + 1) % 3]
                    if a == j and b == i:
                        back = True
                    same += int(places[a] == p and places[b] == q)
                    opposite += int(places[a] == q and places[b] == p)
            if same > 1 or opposite > 1:
                crowded[p] = crowded[q] = 1
            if not back:
                ahead[i] = j if ahead[i] == NONE else SEVERAL
                behind[j] = i if behind[j] == NONE else SEVERAL
    return ahead, behind, crowded


@compiled()
def rings(places: Numbers, used: Kinds, count: int) -> Links:
    """Chain the vertices of each place that triangles use: each one's next, the last one's the first."""
    chain = np.arange(len(places))
    first = np.full(count, NONE, np.int64)
    for v in range(len(places)):
        if used[v]:
            p = places[v]
            if first[p] == NONE:
                first[p] = v
            else:
                chain[v] = chain[first[p]]
                chain[first[p]] = v
    return chain


@compiled()
def kinds_of(
    places: Numbers, chain: Links, ahead: Links, behind: Links, crowded: Kinds, locked: Kinds
) -> Kinds:
    """Answer the kind of each vertex; all of a place are of one kind."""
    held = crowded.copy()
    for v in range(len(places)):
        if locked[v]:
            held[places[v]] = 1
    kinds = np.full(len(places), HELD, np.uint8)
    for v in range(len(places)):
        if held[places[v]]:
            continue
        w = chain[v]
        if w == v:
            if ahead[v] == NONE and behind[v] == NONE:
                kinds[v] = INSIDE
            # At the end of a seam both edges lead to one place.
            elif ahead[v] >= 0 and behind[v] >= 0 and places[ahead[v]] != places[behind[v]]:
                kinds[v] = BORDER
        elif chain[w] == v and ahead[v] >= 0 and behind[v] >= 0 and ahead[w] >= 0 and behind[w] >= 0:
            meets = places[ahead[v]] == places[behind[w]] and places[behind[v]] == places[ahead[w]]
            if meets and places[ahead[v]] != places[behind[v]]:
                kinds[v] = SEAM
    return kinds
