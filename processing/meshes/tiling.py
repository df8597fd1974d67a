"""3D Tiles of a mesh: an octree of bounded tiles that close at any mix of levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from processing.formats.detect import Detected
from processing.meshes.atlas import cut_atlas
from processing.meshes.grid import Cells, on_grid
from processing.meshes.hierarchy import simplify_upwards
from processing.meshes.loading import load
from processing.meshes.mesh import U32, Mesh, used_vertices
from processing.meshes.octree import LEAF_TRIANGLES, Node, nodes, tree
from processing.meshes.parts import Part, Texture, compressed_glb
from processing.meshes.pictures import Pyramid, encoded
from processing.meshes.whole import repeats
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.sinks import GLB, JSON, Sink, open_sink
from processing.tiles.tileset import Tile, tileset_json

RECIPE = {"name": "mesh-tiles", "version": 1, "kernel": "meshoptimizer-1.3.0-wasm"}


def tile_mesh(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Tile the mesh of an upload; see the verb ``tile``."""
    loaded = load(inputs, detected, arguments, progress)
    sink = open_sink(out, packed=bool(arguments.get("packed", False)))
    leaf_triangles = int(arguments.get("leaf_triangles", LEAF_TRIANGLES))
    result = write_tiles(loaded.mesh, sink, progress, leaf_triangles=leaf_triangles)
    return result | {"files": sink.close()}


def write_tiles(
    mesh: Mesh,
    sink: Sink,
    progress: Progress,
    *,
    leaf_triangles: int = LEAF_TRIANGLES,
    halvings: int = 0,
    source_error_m: float = 0.0,
) -> dict[str, Any]:
    """Write ``tileset.json`` and its tiles into a sink; answers the result of the step.

    ``halvings`` of the images at the finest level; ``source_error_m`` is how far the mesh itself stands
    from what it was made of.
    """
    on = on_grid(mesh)
    grid, step_m = on.mesh, on.step_m
    root, ordered = tree(grid.positions, grid.triangles, leaf_triangles=leaf_triangles)
    listed = nodes(root)
    progress.stage("simplifying", sum(bool(node.children) for node in listed), "tiles")
    simplify_upwards(grid, root, ordered, leaf_triangles, progress.advance)
    for node in listed:
        node.error_m += source_error_m
    progress.stage("writing", len(listed), "tiles")
    writer = _Writer(mesh=grid, cells=on.cells, step_m=step_m, height=_heights(root), halvings=halvings)
    made: dict[int, Tile] = {}
    for node in reversed(listed):
        key = f"tiles/{node.name}.glb"
        sink.put(key, writer.glb(node), GLB)
        made[id(node)] = _tile(grid, node, key, [made[id(child)] for child in node.children])
        progress.advance()
    extras = {"step_m": step_m, "recipe": RECIPE}
    sink.put(
        "tileset.json",
        tileset_json(made[id(root)], refine="REPLACE", origin=mesh.origin, extras=extras),
        JSON,
    )
    return {
        "tileset": "tileset.json",
        "tiles": len(listed),
        "bytes": sink.written_bytes,
        "triangles": len(ordered),
        "collapsed_triangles": on.collapsed,
        "levels": writer.height[id(root)] + 1,
        "origin": [float(value) for value in mesh.origin],
        "step_m": step_m,
        "root_triangles": len(root.triangles),
        "root_error_m": root.error_m,
        "recipe": RECIPE,
    }


def _heights(root: Node) -> dict[int, int]:
    """How many levels are below each node, by identity."""
    heights: dict[int, int] = {}
    for node in reversed(nodes(root)):
        heights[id(node)] = 1 + max((heights[id(child)] for child in node.children), default=-1)
    return heights


def _tile(mesh: Mesh, node: Node, key: str, children: list[Tile]) -> Tile:
    points = mesh.positions[node.triangles.reshape(-1)].astype(np.float64)
    low = np.min([points.min(axis=0), *(child.low for child in children)], axis=0)
    high = np.max([points.max(axis=0), *(child.high for child in children)], axis=0)
    return Tile(low=low, high=high, geometric_error_m=node.error_m, content=key, children=children)


@dataclass(kw_only=True)
class _Writer:
    """Makes the GLB of a node; keeps the images it has decoded and encoded."""

    mesh: Mesh
    cells: Cells
    step_m: float
    height: dict[int, int]
    halvings: int

    def __post_init__(self) -> None:
        self._pyramids = [Pyramid(image) for image in self.mesh.images]
        self._repeats = [repeats(self.mesh, look) for look in range(len(self.mesh.images))]
        self._whole: dict[tuple[int, int], Texture] = {}

    def glb(self, node: Node) -> bytes:
        looks = self.mesh.look_of(node.triangles)
        none = len(self.mesh.images)
        repeated = np.array([*self._repeats, False])[looks]
        halvings = self.halvings + self.height[id(node)]
        parts = []
        cut = (looks < none) & ~repeated
        if cut.any():
            parts.append(self._cut_part(node.triangles[cut], halvings))
        for look in np.unique(looks[repeated]):
            repeated_part = self._repeated_part(node.triangles[looks == look], int(look), halvings)
            parts += [repeated_part]
        if (looks == none).any():
            vertices, triangles = used_vertices(node.triangles[looks == none], len(self.cells))
            parts.append(self._part(vertices, triangles))
        return compressed_glb(parts, step_m=self.step_m)

    def _part(self, vertices: U32, triangles: U32) -> Part:
        mesh = self.mesh
        return Part(
            cells=self.cells[vertices],
            triangles=triangles,
            colours=None if mesh.colours is None else mesh.colours[vertices],
            normals=None if mesh.normals is None else mesh.normals[vertices],
            base_colour=mesh.base_colour,
        )

    def _cut_part(self, triangles: U32, halvings: int) -> Part:
        vertices, local = used_vertices(triangles, len(self.cells))
        assert self.mesh.uvs is not None
        looks = np.zeros(len(vertices), np.uint16) if self.mesh.looks is None else self.mesh.looks[vertices]
        uvs = np.clip(self.mesh.uvs[vertices], 0, 1)
        atlas = cut_atlas(self._pyramids, local, uvs, looks, halvings)
        part = self._part(vertices, local)
        return replace(part, colours=None, uvs=atlas.uvs, texture=encoded(atlas.pixels, webp=True))

    def _repeated_part(self, triangles: U32, look: int, halvings: int) -> Part:
        if (look, halvings) not in self._whole:
            pixels = self._pyramids[look].level(halvings)
            self._whole[look, halvings] = encoded(pixels, webp=True, repeats=True)
        vertices, local = used_vertices(triangles, len(self.cells))
        assert self.mesh.uvs is not None
        part = self._part(vertices, local)
        return replace(part, colours=None, uvs=self.mesh.uvs[vertices], texture=self._whole[look, halvings])
