"""Tiles of a chunk, bottom-up, and of what stands above chunks once all below it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from processing.geometry.arrays import lowest_and_highest
from processing.geometry.welding import weld
from processing.meshes.bvh import over
from processing.meshes.mesh import F32, U8, U32
from processing.meshes.tiles.content import Contents
from processing.meshes.tiles.cube import Cube
from processing.meshes.tiles.lighter import Source, error_m, simplified, thinned
from processing.meshes.tiles.octree import Node, grow
from processing.meshes.tiles.piece import Piece, open_chunk, taken
from processing.meshes.tiles.spilling import I32, Spilled
from processing.meshes.tiles.table import Look, cells_of, mesh_of, positions_of
from processing.tiles.subtrees import CONTENT_URI, TilePlace, named
from processing.tiles.tileset import Tile

# Errors fall strictly from a tile to those below it.
RISE = 1 + 1e-6


@dataclass(kw_only=True)
class Grown:
    """A tile and what the one above needs of it.

    ``words`` (n, w) the rows its triangles (m, 3) use, ``depths`` (n,) how deep they are held; ``height``
    levels of tiles below it; ``samples`` (k, 3) vertices of the source below, of the uppermost of a chunk.
    """

    tile: Tile
    place: TilePlace
    words: U32
    depths: U8
    triangles: U32
    height: int
    samples: F32 = field(default_factory=lambda: np.empty((0, 3), np.float32))


@dataclass(kw_only=True)
class Output:
    """Finished contents: key and bytes, and how many source triangles they came of."""

    contents: list[tuple[str, bytes]] = field(default_factory=list)
    source_triangles: int = 0
    duplicates: int = 0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How tiles are made: of so many triangles at most, by ``contents``, each error stated larger by this."""

    look: Look
    cube: Cube
    contents: Contents
    leaf_triangles: int
    source_error_m: float


def grow_chunk(spilled: Spilled, number: int, recipe: Recipe) -> tuple[Grown | None, Output]:
    """Make all tiles of a chunk; answer the uppermost, None where the chunk turned out to be empty."""
    piece = open_chunk(spilled, number)
    output = Output(source_triangles=len(piece.triangles), duplicates=piece.duplicates)
    if not len(piece.triangles):
        return None, output
    chunk = spilled.chunks[number]
    cell = recipe.cube.place(chunk.depth, chunk.keys()[0])
    root = Node(depth=chunk.depth, cell=cell, begin=0, end=len(piece.triangles))
    known = np.full(len(piece.words), -1, np.int32)
    positions = positions_of(piece.words, recipe.look.step_m)
    listed = grow(root, piece.triangles, piece.keys, recipe.leaf_triangles)
    surface = over(positions, piece.triangles) if root.children else None
    made: dict[int, Grown] = {}
    for node in reversed(listed):
        if surface is not None and node.children:
            below = [made.pop(id(child)) for child in node.children]
            vertices = positions[piece.vertices_of(node.begin, node.end)]
            some = any(child.children for child in node.children)
            source = Source(surface=surface, vertices=thinned(vertices) if some else vertices, some=some)
            made[id(node)] = _joined(node.place, below, source, recipe)
        else:
            made[id(node)] = _leaf(node, piece, known, recipe)
        _put(output, made[id(node)], recipe)
    made[id(root)].samples = thinned(positions)
    return made[id(root)], output


def grow_above(place: TilePlace, below: Sequence[Grown], recipe: Recipe) -> tuple[Grown, Output]:
    """Make the tile above finished ones."""
    step_m = recipe.look.step_m
    corners = [positions_of(one.words, step_m)[one.triangles].reshape(-1, 3) for one in below]
    together = np.concatenate(corners)
    samples = np.concatenate([one.samples for one in below])
    source = Source(
        # Below chunks the source is no longer at hand: what it became stands for it, at its own error.
        surface=over(together, np.arange(len(together), dtype=np.uint32).reshape(-1, 3)),
        vertices=samples,
        some=True,
        off_m=max(one.tile.geometric_error_m for one in below),
    )
    made, output = _joined(place, below, source, recipe), Output()
    made.samples = thinned(samples)
    _put(output, made, recipe)
    return made, output


def key_of(place: TilePlace) -> str:
    """Name the content of a tile."""
    return CONTENT_URI.format(**named(place))


def _put(output: Output, grown: Grown, recipe: Recipe) -> None:
    data = recipe.contents.glb(grown.words, grown.triangles, grown.height)
    output.contents.append((key_of(grown.place), data))


def _leaf(node: Node, piece: Piece, known: I32, recipe: Recipe) -> Grown:
    vertices, triangles = taken(node.triangles, known)
    words = piece.words[vertices]
    return Grown(
        tile=_tile(words, node.place, recipe.source_error_m, [], recipe),
        place=node.place,
        words=words,
        depths=piece.depths[vertices],
        triangles=triangles,
        height=0,
    )


def _joined(place: TilePlace, below: Sequence[Grown], source: Source, recipe: Recipe) -> Grown:
    """Join children over the rows they share, make them lighter, and measure what came of it."""
    rows = np.concatenate([one.words for one in below])
    starts = np.cumsum([0, *(len(one.words) for one in below)]).astype(np.uint32)
    parts = [one.triangles + start for one, start in zip(below, starts, strict=False)]
    numbers, first = weld(rows[:, : recipe.look.layout.identity])
    words, triangles = rows[first], numbers[np.concatenate(parts)]
    depths = np.concatenate([one.depths for one in below])[first]
    kept = simplified(mesh_of(words, triangles, recipe.look), depths < place[0], recipe.leaf_triangles)
    vertices, kept = taken(kept, np.full(len(words), -1, np.int32))
    words = words[vertices]
    found_m = error_m(source, positions_of(words, recipe.look.step_m), kept) + recipe.source_error_m
    least_m = max(one.tile.geometric_error_m for one in below) * RISE
    return Grown(
        tile=_tile(words, place, max(found_m, least_m), [one.tile for one in below], recipe),
        place=place,
        words=words,
        depths=depths[vertices],
        triangles=kept,
        height=1 + max(one.height for one in below),
    )


def _tile(words: U32, place: TilePlace, error_m: float, below: list[Tile], recipe: Recipe) -> Tile:
    lowest, highest = lowest_and_highest(cells_of(words))
    step_m = recipe.look.step_m
    low = np.min([lowest * step_m, *(tile.low for tile in below)], axis=0)
    high = np.max([highest * step_m, *(tile.high for tile in below)], axis=0)
    return Tile(
        low=low,
        high=high,
        geometric_error_m=error_m,
        content=key_of(place),
        children=below,
    )
