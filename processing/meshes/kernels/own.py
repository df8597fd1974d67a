"""Our own simplifier, for where meshoptimizer's cannot be had: half as fast, and as true.

Half-edge collapses by quadrics of shape and attributes (Garland & Heckbert 1997, Hoppe 1999), borders and
seams along themselves, then every vertex that is left is solved again. Edges of more than two triangles are
held, so what comes out has no more of them than what went in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processing.geometry.welding import weld
from processing.meshes.kernels import collapsing, fans, quadrics
from processing.meshes.kernels.asked import Asked, Floats, Indices, Simplified
from processing.meshes.kernels.solving import solve

NAME = "heritwin-1-numba"
# Cells along the longest edge of what is clustered: finer ones keep more than any call asks for.
FINEST_CELLS = 1024


def simplify(asked: Asked) -> Simplified:
    """Collapse edges onto existing vertices."""
    state, error = _collapsed(asked)
    return Simplified(
        triangles=state.triangles, positions=asked.positions, attributes=asked.attributes, error=error
    )


def simplify_with_update(asked: Asked) -> Simplified:
    """Collapse edges and solve positions and attributes of what is left again."""
    state, error = _collapsed(asked)
    if len(state.triangles):
        _solve(state)
    return Simplified(
        triangles=state.triangles,
        positions=_positions(state, asked.positions),
        attributes=_attributes(state, asked),
        error=error,
    )


def _collapsed(asked: Asked) -> tuple[_State, float]:
    """Collapse down to the target or the largest error; answers what is left, and its error."""
    state = _begun(asked)
    limit = (asked.max_error / state.extent) ** 2
    worst = 0.0
    while len(state.triangles) > asked.target_triangles:
        step = _pass(state, len(state.triangles) - asked.target_triangles, limit)
        if step is None:
            break
        worst = max(worst, step)
    return state, float(np.sqrt(worst)) * state.extent


@dataclass(kw_only=True)
class _State:
    """What is left, and what each vertex (n,) and place (p,) stands for; lengths are parts of ``extent``."""

    triangles: Indices
    places: Indices
    kinds: fans.Kinds
    chain: fans.Links
    ahead: fans.Links
    behind: fans.Links
    spots: quadrics.Points
    first_spots: quadrics.Points
    attributes: quadrics.Rows
    shapes: quadrics.Rows
    looks: quadrics.Rows
    extent: float
    low: quadrics.Points


def _begun(asked: Asked) -> _State:
    triangles, positions, locked = asked.triangles, asked.positions, asked.locked
    places, first = weld(positions)
    low = positions.min(axis=0).astype(np.float64)
    extent = float((positions.max(axis=0) - low).max()) or 1.0
    points = (positions - low) / extent
    there = collapsing.left(triangles, places, np.arange(len(places), dtype=np.uint32))
    used = np.zeros(len(places), np.uint8)
    used[there] = 1
    starts, listed = fans.around(there, places, len(first))
    ahead, behind, crowded = fans.open_edges(there, places, starts, listed)
    chain = fans.rings(places, used, len(first))
    held = np.zeros(len(places), np.uint8) if locked is None else locked.astype(np.uint8)
    kinds = fans.kinds_of(places, chain, ahead, behind, crowded, held)
    shapes = np.zeros((len(first), quadrics.SIZE))
    quadrics.of_faces(points, there, places, shapes)
    quadrics.of_edges(points, there, places, ahead, kinds == fans.SEAM, shapes)
    weighed = np.empty((len(places), 0))
    if asked.attributes is not None:
        weighed = asked.attributes.astype(np.float64) * np.asarray(asked.weights)
    looks = np.zeros((len(places), quadrics.SIZE + 4 * weighed.shape[1]))
    quadrics.of_attributes(points, there, weighed, looks)
    spots = np.ascontiguousarray(points[first])
    return _State(
        triangles=there, places=places, kinds=kinds, chain=chain, ahead=ahead, behind=behind, spots=spots,
        first_spots=spots.copy(), attributes=weighed, shapes=shapes, looks=looks, extent=extent, low=low,
    )  # fmt: skip


def _pass(state: _State, to_drop: int, limit: float) -> float | None:
    """Collapse what one pass can; answers its largest squared error, or None where nothing went."""
    s = state
    edges, errors = collapsing.candidates(
        s.triangles, s.places, s.kinds, s.chain, s.ahead, s.behind, s.spots, s.attributes, s.shapes, s.looks
    )
    if not len(edges):
        return None
    starts, listed = fans.around(s.triangles, s.places, len(s.spots))
    moved, worst, done = collapsing.collapse(
        s.triangles, s.places, s.kinds, s.chain, s.ahead, s.behind, starts, listed, s.spots, s.shapes,
        s.looks, edges, errors, to_drop, limit,
    )  # fmt: skip
    if not done:
        return None
    s.ahead, s.behind = collapsing.followed(s.ahead, moved), collapsing.followed(s.behind, moved)
    s.triangles = collapsing.left(s.triangles, s.places, moved)
    return float(worst)


def _solve(state: _State) -> None:
    s = state
    starts, listed = fans.around(s.triangles, s.places, len(s.spots))
    # Vertices that went are no longer of their place.
    used = np.zeros(len(s.places), np.uint8)
    used[s.triangles] = 1
    chain = fans.rings(s.places, used, len(s.spots))
    solve(s.triangles, s.places, s.kinds, chain, starts, listed, s.spots, s.shapes, s.looks, s.attributes)


def _positions(state: _State, positions: Floats) -> Floats:
    """Answer new positions; what was not moved is exactly what it was."""
    made = positions.copy()
    moved = (state.spots != state.first_spots).any(axis=1)[state.places]
    made[moved] = (state.spots[state.places[moved]] * state.extent + state.low).astype(np.float32)
    return made


def _attributes(state: _State, asked: Asked) -> Floats | None:
    if asked.attributes is None:
        return None
    weights = np.asarray(asked.weights)
    free = (state.kinds != fans.HELD)[:, None] & (weights > 0)
    scale = np.where(weights > 0, weights, 1.0)
    return np.where(free, state.attributes / scale, asked.attributes).astype(np.float32)


def simplify_sloppy(triangles: Indices, positions: Floats, *, target_triangles: int) -> Indices:
    """Keep one vertex a cell of a grid, as fine as the count allows, whatever becomes of the topology."""
    low = positions.min(axis=0)
    points = (positions - low) / (float((positions.max(axis=0) - low).max()) or 1.0)
    coarse, fine = 1, FINEST_CELLS
    made = triangles[:0]
    while coarse <= fine:
        cells = (coarse + fine) // 2
        spots = np.minimum((points * cells).astype(np.int32), cells - 1)
        numbers, first = weld(spots)
        found = _joined(triangles, numbers, first)
        if len(found) <= target_triangles:
            made, coarse = found, cells + 1
        else:
            fine = cells - 1
    return made


def _joined(triangles: Indices, numbers: Indices, first: Indices) -> Indices:
    joined = numbers[triangles]
    a, b, c = joined.T
    made: Indices = first[joined[(a != b) & (b != c) & (c != a)]]
    return made
