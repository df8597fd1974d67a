"""Triangles in a tree of cubes, by the Morton keys of their centres."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from processing.geometry.morton import BITS
from processing.meshes.mesh import U32
from processing.tiles.subtrees import TilePlace

# Tiles of at most this many triangles: 25 to 48 thousand load well (facts), and vertices stay below 65,535.
LEAF_TRIANGLES = 32_768


@dataclass(eq=False, kw_only=True)
class Node:
    """One cube: its depth and cell, the source triangles ``begin:end`` in tree order, and its children.

    ``triangles`` is what its tile draws: the source's own for a leaf, else what simplification left.
    """

    depth: int
    cell: tuple[int, int, int]
    begin: int
    end: int
    children: list[Node] = field(default_factory=list)
    triangles: U32 = field(default_factory=lambda: np.empty((0, 3), np.uint32))

    @property
    def place(self) -> TilePlace:
        """Depth and cell: what its tile is called by."""
        return self.depth, *self.cell


def grow(root: Node, triangles: U32, keys: npt.NDArray[np.uint64], leaf_triangles: int) -> list[Node]:
    """Cut a node into cubes of at most ``leaf_triangles``; answers all nodes, parents before children.

    ``triangles`` are sorted by their ``keys``. Cubes with a single child are passed over; a node that is
    not cut has its own triangles.
    """
    for node in (listed := [root]):
        if node.end - node.begin > leaf_triangles:
            node.children = _children(keys, node)
        if node.children:
            listed.extend(node.children)
        else:
            node.triangles = triangles[node.begin : node.end]
    return listed


def _children(keys: npt.NDArray[np.uint64], node: Node) -> list[Node]:
    """Cut a node at the first depth at which it falls apart, and make it the cube of that depth."""
    while node.depth < BITS:
        shift = np.uint64(3 * (BITS - node.depth - 1))
        digits = (keys[node.begin : node.end] >> shift) & np.uint64(7)
        edges = node.begin + np.searchsorted(digits, np.arange(9))
        filled = [digit for digit in range(8) if edges[digit + 1] > edges[digit]]
        below = [_below(node.cell, digit) for digit in filled]
        if len(filled) > 1:
            return [
                Node(depth=node.depth + 1, cell=cell, begin=int(edges[digit]), end=int(edges[digit + 1]))
                for digit, cell in zip(filled, below, strict=True)
            ]
        node.depth, node.cell = node.depth + 1, below[0]
    return []


def _below(cell: tuple[int, int, int], digit: int) -> tuple[int, int, int]:
    x, y, z = (2 * c + (digit >> axis & 1) for axis, c in enumerate(cell))
    return x, y, z
