"""The finished nodes of a cloud as a tileset: explicit while small, implicit above 2,000 tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.points.grid import Cube
from processing.points.levels import GRID_DIGITS
from processing.tiles.sinks import JSON, SUBTREE, Sink
from processing.tiles.subtrees import CONTENT_URI, TilePlace, implicit_root, subtree_levels, subtrees
from processing.tiles.tileset import MARGIN_M, Tile, box, document, tileset_json

# Above this, one tileset.json grows past 350 kB before the first point is seen (facts/streaming.md).
MAX_EXPLICIT_TILES = 2_000


@dataclass(frozen=True, kw_only=True)
class Node:
    """One written tile: its own box in metres around the local origin, and its points (0: no content)."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    points: int


def cell_m(cube: Cube, level: int) -> float:
    """Answer the grid cell of a level, metres: any point not drawn shares its cell with one that is."""
    return float(cube.side_m / 2 ** (level + GRID_DIGITS))


def key_of(place: TilePlace) -> str:
    """Name the content of a node."""
    return CONTENT_URI.format(**dict(zip(("level", "x", "y", "z"), place, strict=True)))


def parent_of(place: TilePlace) -> TilePlace:
    """Answer the node above."""
    return place[0] - 1, place[1] >> 1, place[2] >> 1, place[3] >> 1


def with_ancestors(nodes: dict[TilePlace, Node]) -> dict[TilePlace, Node]:
    """Add the nodes that hold no points of their own but have some below."""
    full = dict(nodes)
    empty = Node(low=np.full(3, np.inf), high=np.full(3, -np.inf), points=0)
    for place in nodes:
        while place[0] and (above := parent_of(place)) not in full:
            full[above] = empty
            place = above
    return full


def write_tileset(
    nodes: dict[TilePlace, Node],
    cube: Cube,
    sink: Sink,
    extras: dict[str, Any],
    *,
    explicit_tiles: int = MAX_EXPLICIT_TILES,
) -> bool:
    """Write tileset.json (and subtrees); answer whether tiling is implicit."""
    full = with_ancestors(nodes)
    origin = cube.grid.origin
    if len(full) <= explicit_tiles:
        data = tileset_json(_explicit(full, cube), refine="ADD", origin=origin, extras=extras)
        sink.put("tileset.json", data, JSON)
        return False
    low = cube.low_m
    # The root of an implicit octree is its whole cube: where in it the cloud lies is said beside it.
    extras = extras | {"box": _around(nodes)}
    levels = subtree_levels(full)
    root = implicit_root(
        box(low, low + cube.side_m),
        cell_m(cube, 0),
        levels=1 + max(place[0] for place in full),
        subtree_levels=levels,
    )
    sink.put("tileset.json", document(root, refine="ADD", origin=origin, extras=extras), JSON)
    filled = {place: node.points > 0 for place, node in full.items()}
    for key, data in sorted(subtrees(filled, levels).items()):
        sink.put(key, data, SUBTREE)
    return True


def _around(nodes: dict[TilePlace, Node]) -> list[float]:
    """Write the box of all points, in the root tile's axes."""
    low = np.min([node.low for node in nodes.values()], axis=0)
    return box(low - MARGIN_M, np.max([node.high for node in nodes.values()], axis=0) + MARGIN_M)


def _explicit(nodes: dict[TilePlace, Node], cube: Cube) -> Tile:
    """Build tiles from the deepest level up: a box holds its own points and all below."""
    tiles: dict[TilePlace, Tile] = {}
    for place in sorted(nodes, reverse=True):
        node = nodes[place]
        tile = tiles.setdefault(place, Tile(low=node.low, high=node.high, geometric_error_m=0.0))
        tile.low, tile.high = np.minimum(tile.low, node.low), np.maximum(tile.high, node.high)
        tile.content = key_of(place) if node.points else None
        tile.children.sort(key=lambda child: child.low.tolist())
        if tile.children:
            tile.geometric_error_m = cell_m(cube, place[0])
        if place[0]:
            empty = np.full(3, np.inf)
            above = tiles.setdefault(parent_of(place), Tile(low=empty, high=-empty, geometric_error_m=0.0))
            above.low, above.high = np.minimum(above.low, tile.low), np.maximum(above.high, tile.high)
            above.children.append(tile)
    return tiles[0, 0, 0, 0]
