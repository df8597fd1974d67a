"""Triangles in a tree of cubes, by the Morton key of their centres."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from processing.geometry.morton import BITS
from processing.meshes.mesh import F32, U32
from processing.meshes.ordering import sorted_centres

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
    triangles: U32
    error_m: float = 0.0

    @property
    def name(self) -> str:
        """Key of its tile: depth and cell."""
        return f"{self.depth}-{self.cell[0]}-{self.cell[1]}-{self.cell[2]}"


def tree(positions: F32, triangles: U32, *, leaf_triangles: int = LEAF_TRIANGLES) -> tuple[Node, U32]:
    """Build the tree; answers its root, and the triangles (m, 3) in tree order.

    A cube is cut while it holds more than ``leaf_triangles``; cubes with a single child are passed over.
    """
    keys, order = sorted_centres(positions, triangles)
    ordered = np.ascontiguousarray(triangles[order])
    root = _node(ordered, 0, (0, 0, 0), 0, len(ordered))
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.end - node.begin > leaf_triangles:
            node.children = _children(ordered, keys, node)
            waiting.extend(node.children)
    return root, ordered


def _node(ordered: U32, depth: int, cell: tuple[int, int, int], begin: int, end: int) -> Node:
    return Node(depth=depth, cell=cell, begin=begin, end=end, triangles=ordered[begin:end])


def _children(ordered: U32, keys: npt.NDArray[np.uint64], node: Node) -> list[Node]:
    depth, cell = node.depth, node.cell
    while depth < BITS:
        shift = np.uint64(3 * (BITS - depth - 1))
        digits = (keys[node.begin : node.end] >> shift) & np.uint64(7)
        edges = node.begin + np.searchsorted(digits, np.arange(9))
        filled = [digit for digit in range(8) if edges[digit + 1] > edges[digit]]
        depth += 1
        below = [tuple(2 * c + (digit >> a & 1) for a, c in enumerate(cell)) for digit in filled]
        if len(filled) > 1:
            return [
                _node(ordered, depth, (x, y, z), int(edges[digit]), int(edges[digit + 1]))
                for digit, (x, y, z) in zip(filled, below, strict=True)
            ]
        cell = (below[0][0], below[0][1], below[0][2])
    return []


def nodes(root: Node) -> list[Node]:
    """List all nodes, parents before children."""
    found = [root]
    for node in found:
        found.extend(node.children)
    return found
