"""Joins what chunks gave: tiles into a sink, the tiles above, tileset.json, and the result of ``tile``."""

from __future__ import annotations

from typing import Any

import numpy as np

from processing.points.chunk_tiles import ChunkTiles, Records, places_of, tile_of_records
from processing.points.chunking import MAX_DEPTH, Chunk
from processing.points.encoding import EncodedTile
from processing.points.levels import LEAF_DENSITY, LEAF_POINTS, LEAST_POINTS
from processing.points.octree import MAX_EXPLICIT_TILES, Node, cell_m, key_of, write_tileset
from processing.points.plan import TilePlan
from processing.tiles.sinks import GLB, Sink
from processing.tiles.subtrees import TilePlace

RECIPE = {"name": "cloud-tiles", "version": 2}


class Joiner:
    """Takes chunks, in any order; in Morton order it holds least."""

    def __init__(self, plan: TilePlan, sink: Sink) -> None:
        self._plan, self._sink = plan, sink
        self.nodes: dict[TilePlace, Node] = {}
        self._above: dict[TilePlace, list[Records]] = {}

    def add(self, done: ChunkTiles) -> None:
        """Write the tiles of a chunk, and keep what belongs above it."""
        for tile in done.tiles:
            self.put(tile)
        for place, records in done.upward:
            self._above.setdefault(place, []).append(records)

    def put(self, tile: EncodedTile) -> None:
        """Write one tile."""
        self._sink.put(key_of(tile.place), tile.glb, GLB)
        self.nodes[tile.place] = Node(low=tile.low, high=tile.high, points=tile.points)

    def note(self, place: TilePlace, node: Node) -> None:
        """Know of a tile that somebody else has written."""
        self.nodes[place] = node

    def passed(self, chunk: Chunk) -> None:
        """Write the nodes above that no chunk from this one on, in Morton order, can add to."""
        key = np.array([chunk.first_bin << 42], np.uint64)
        open_ones = {places_of(np.array([level]), key)[0] for level in range(MAX_DEPTH)}
        for place in sorted(set(self._above) - open_ones):
            self.put(tile_of_records(self._plan, place, self._above.pop(place)))

    def finish(self, *, explicit_tiles: int = MAX_EXPLICIT_TILES) -> dict[str, Any]:
        """Write the nodes above and tileset.json, close the sink; answer the result of ``tile``."""
        for place in sorted(self._above):
            self.put(tile_of_records(self._plan, place, self._above.pop(place)))
        cube = self._plan.cube
        coarsest = min(place[0] for place in self.nodes)
        error_m = self._plan.error_m(coarsest)
        grid = {
            "corner": (cube.grid.origin + cube.low_m).tolist(),
            "step_m": cube.grid.step_m,
            "coarsest_step_m": self._plan.step_m(coarsest),
        }
        points = sum(node.points for node in self.nodes.values())
        extras = {"points": points, "max_position_error_m": error_m, "grid": grid}
        implicit = write_tileset(self.nodes, cube, self._sink, extras, explicit_tiles=explicit_tiles)
        files = self._sink.close()
        recipe = RECIPE | {
            "leaf_points": LEAF_POINTS,
            "least_points": LEAST_POINTS,
            "leaf_density": LEAF_DENSITY,
        }
        if explicit_tiles != MAX_EXPLICIT_TILES:
            recipe["explicit_tiles"] = explicit_tiles
        return {
            "tileset": "tileset.json",
            "tiles": len(self.nodes),
            "bytes": self._sink.written_bytes,
            "points": points,
            "levels": 1 + max(place[0] for place in self.nodes),
            "origin": cube.grid.origin.tolist(),
            "recipe": recipe,
            "step_m": cube.grid.step_m,
            "grid": grid,
            "max_position_error_m": error_m,
            "spacing_m": cell_m(cube, 0),
            "implicit": implicit,
            "files": files,
        }
