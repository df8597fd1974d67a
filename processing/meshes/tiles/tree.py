"""The finished tiles as a tileset: explicit while small, implicit above 2,000 tiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from processing.meshes.mesh import F64
from processing.meshes.tiles.cube import Cube
from processing.tiles.sinks import JSON, SUBTREE, Sink
from processing.tiles.subtrees import TilePlace, implicit_root, subtree_levels, subtrees
from processing.tiles.tileset import MARGIN_M, Tile, box, document, tileset_json

# Above this, one tileset.json grows past 350 kB before anything is seen (facts on streaming).
MAX_EXPLICIT_TILES = 2_000


def write_tree(
    root: Tile,
    cube: Cube,
    step_m: float,
    origin: F64,
    sink: Sink,
    extras: dict[str, Any],
    *,
    explicit_tiles: int = MAX_EXPLICIT_TILES,
) -> bool:
    """Write tileset.json (and subtrees); answer whether tiling is implicit.

    An implicit tree halves its boxes and errors from level to level by definition. The error of its root is
    such that no tile is stated truer than it was measured; triangles belong to the cell of their centre, so
    those on its faces reach out of it by less than their own length.
    """
    tiles = [root]
    for tile in tiles:
        tiles.extend(tile.children)
    if len(tiles) <= explicit_tiles:
        sink.put("tileset.json", tileset_json(root, refine="REPLACE", origin=origin, extras=extras), JSON)
        return False
    places = {_place(tile): True for tile in tiles}
    error_m = max(tile.geometric_error_m * 2 ** _place(tile)[0] for tile in tiles)
    for place in list(places):
        while place[0]:
            place = (place[0] - 1, place[1] >> 1, place[2] >> 1, place[3] >> 1)
            places.setdefault(place, False)
    levels = subtree_levels(places)
    low: F64 = cube.low * np.float64(step_m)
    high: F64 = low + np.float64(2.0**cube.bits * step_m)
    around = box(low - MARGIN_M, high + MARGIN_M)
    head = implicit_root(around, error_m, levels=1 + max(place[0] for place in places), subtree_levels=levels)
    extras = extras | {
        "box": box(root.low - MARGIN_M, root.high + MARGIN_M),
        "root_error_m": root.geometric_error_m,
    }
    sink.put("tileset.json", document(head, refine="REPLACE", origin=origin, extras=extras), JSON)
    for key, data in sorted(subtrees(places, levels).items()):
        sink.put(key, data, SUBTREE)
    return True


def _place(tile: Tile) -> TilePlace:
    """Read where a tile stands from the name of its content."""
    name = str(tile.content).rsplit("/", 1)[-1].split(".", maxsplit=1)[0]
    level, x, y, z = (int(part) for part in name.split("-"))
    return level, x, y, z
