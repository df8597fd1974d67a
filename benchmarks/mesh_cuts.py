"""Mixed cuts through a tileset of a mesh: edges that stay open when vertices are welded by equality alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.checking.decoded import NotDecodedError, accessor, decoded_views

Rows = NDArray[np.float64]
Faces = NDArray[np.int64]
_Y_UP = [-0.7071067811865476, 0.0, 0.0, 0.7071067811865476]
GO_DOWN = 0.6  # how often a cut takes the children instead of the parent


@dataclass(kw_only=True)
class MeshTile:
    """A decoded tile: positions (n, 3) float64 metres around the origin, triangles (m, 3), step and bytes."""

    key: str
    positions: Rows
    triangles: Faces
    step_m: float
    size_bytes: int = 0


def decoded_meshes(folder: Path) -> dict[str, MeshTile]:
    """Decode all tiles of a packed tileset of a mesh by npm's meshoptimizer."""
    return {key: _tile(key, document, views) for key, document, views in decoded_views(folder)}


def _tile(key: str, document: dict[str, Any], views: list[bytes]) -> MeshTile:
    """Place the primitives of a tile; the turn from Y up to Z up, which all tiles share, is left out.

    A quaternion's turn is not exact in floats; where scale and translation are, equal stays equal.
    """
    inner = next(node for node in document["nodes"] if "mesh" in node)
    turns = [node["rotation"] for node in document["nodes"] if "rotation" in node]
    scale = inner.get("scale", [1.0, 1.0, 1.0])
    if turns != [_Y_UP] or len(set(scale)) != 1:
        raise NotDecodedError(f"{key} is turned by {turns} and scaled by {scale}")
    positions, triangles, count = [], [], 0
    for primitive in document["meshes"][inner["mesh"]]["primitives"]:
        cells = accessor(document, views, primitive["attributes"]["POSITION"]).astype(np.float64)
        corners = accessor(document, views, primitive["indices"]).reshape(-1, 3).astype(np.int64)
        positions.append(np.array(inner.get("translation", [0, 0, 0])) + scale[0] * cells)
        triangles.append(corners + count)
        count += len(cells)
    return MeshTile(
        key=key, positions=np.concatenate(positions), triangles=np.concatenate(triangles), step_m=scale[0]
    )


def random_cut(
    root: str, children: dict[str, list[str]], random: np.random.Generator, *, down: float = GO_DOWN
) -> list[str]:
    """Choose tiles that cover the model once."""
    chosen, waiting = [], [root]
    while waiting:
        key = waiting.pop()
        if children.get(key) and random.random() < down:
            waiting.extend(children[key])
        else:
            chosen.append(key)
    return chosen


class Edges:
    """The edges that some tile has once, and how often each tile has them: cuts are sums."""

    def __init__(self, tiles: dict[str, MeshTile]) -> None:
        keys = list(tiles)
        stacked = np.concatenate([tiles[key].positions for key in keys])
        places = _numbered(stacked)
        counted = {}
        at = 0
        for key in keys:
            tile = tiles[key]
            counted[key] = _edges(places[at : at + len(tile.positions)][tile.triangles], len(stacked))
            at += len(tile.positions)
        single = [edges[counts == 1] for edges, counts in counted.values()]
        self._known = np.unique(np.concatenate(single)) if single else np.empty(0, np.int64)
        self._held = {}
        for key, (edges, counts) in counted.items():
            where = np.searchsorted(self._known, edges)
            where[where == len(self._known)] = 0
            there = self._known[where] == edges if len(self._known) else np.zeros(len(edges), np.bool_)
            self._held[key] = where[there], counts[there]

    def open_in(self, cut: Sequence[str]) -> int:
        """Count edges that one triangle of the cut has; three or more is not open."""
        total = np.zeros(len(self._known), np.int64)
        for key in cut:
            where, counts = self._held[key]
            total[where] += counts
        return int((total == 1).sum())


def open_edges_of(tiles: Sequence[MeshTile]) -> int:
    """Count open edges of some tiles taken together."""
    keys = {f"{number}": tile for number, tile in enumerate(tiles)}
    return Edges(keys).open_in(list(keys))


def _numbered(positions: Rows) -> Faces:
    """Number equal rows alike; minus zero is zero."""
    rows = np.ascontiguousarray(positions + 0.0).view(np.uint64).reshape(-1, 3)
    order = np.lexsort(rows.T)
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = (rows[order[1:]] != rows[order[:-1]]).any(axis=1)
    numbers = np.empty(len(rows), np.int64)
    numbers[order] = np.cumsum(fresh) - 1
    return numbers


def _edges(corners: Faces, places: int) -> tuple[Faces, Faces]:
    """Answer the edges of triangles as numbers, sorted, and how many triangles have each."""
    a, b, c = corners.T
    real = (a != b) & (b != c) & (c != a)
    corners = corners[real]
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    edges, counts = np.unique(low * places + high, return_counts=True)
    return edges, counts.astype(np.int64)


def with_a_crack(tiles: dict[str, MeshTile], cut: Sequence[str]) -> list[MeshTile]:
    """Move one vertex that two tiles of a cut share by one quantum in one of them."""
    keys = [key for key in cut if key in tiles]
    first, rest = tiles[keys[0]], [tiles[key] for key in keys[1:]]
    others = np.concatenate([tile.positions for tile in rest])
    numbers = _numbered(np.concatenate([first.positions, others]))
    shared = np.flatnonzero(np.isin(numbers[: len(first.positions)], numbers[len(first.positions) :]))
    moved = first.positions.copy()
    moved[(moved == moved[shared[0]]).all(axis=1), 0] += first.step_m
    return [
        MeshTile(key=first.key, positions=moved, triangles=first.triangles, step_m=first.step_m),
        *rest,
    ]
