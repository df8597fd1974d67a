"""The tree made lighter upwards: each parent from its children, borders to all others locked.

A vertex that triangles of two parts of the tree share stays until their common ancestor, so that any
choice of levels closes: after Cignoni et al., Batched Multi-Triangulation (2005), and Nexus' practice of
locking, with an octree so that the result is a tree of tiles.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from processing.geometry.welding import weld
from processing.meshes.borders import shared_places
from processing.meshes.bvh import Bvh, build, distances
from processing.meshes.clusters import THREADS, lighter
from processing.meshes.deviation import sample
from processing.meshes.mesh import U32, Mesh, take_vertices, used_vertices
from processing.meshes.octree import Node, nodes

# A surface in an octree has about four children a node, so each level keeps a quarter.
KEEP = 0.25
SAMPLES = 16_384


def simplify_upwards(
    mesh: Mesh, root: Node, ordered: U32, leaf_triangles: int, tell: Callable[[], None]
) -> None:
    """Give every inner node its own triangles, over the vertices of the mesh, and its measured error.

    ``mesh.positions`` stand on the grid already; ``ordered`` are its triangles in tree order.
    """
    places, _ = weld(mesh.positions)
    inner = [node for node in nodes(root) if node.children]
    frontier = {id(node): node for node in nodes(root) if not node.children}
    source = build(mesh.positions, ordered)
    with ThreadPoolExecutor(THREADS) as pool:
        for depth in sorted({node.depth for node in inner}, reverse=True):
            stage = [node for node in inner if node.depth == depth]
            for node in stage:
                for child in node.children:
                    del frontier[id(child)]
                node.triangles = np.concatenate([child.triangles for child in node.children])
                frontier[id(node)] = node
            locked = shared_places(places, [node.triangles for node in frontier.values()])[places]

            def work(node: Node, locked: npt.NDArray[np.bool_] = locked) -> None:
                target = min(leaf_triangles, max(round(len(node.triangles) * KEEP), 1))
                node.triangles = lightened(mesh, node.triangles, locked, target)
                _measure(mesh, node, ordered, source)
                tell()

            list(pool.map(work, stage))


def lightened(
    mesh: Mesh,
    part: U32,
    locked: npt.NDArray[np.bool_],
    target_triangles: int,
) -> U32:
    """Simplify some triangles of a mesh over its own vertices; ``locked`` (n,) bool ones stay."""
    vertices, triangles = used_vertices(part, len(mesh.positions))
    made = lighter(
        take_vertices(mesh, vertices, triangles), target_triangles, locked=locked[vertices], solve=False
    )
    kept: U32 = vertices[made.triangles]
    return kept


def _measure(mesh: Mesh, node: Node, ordered: U32, source: Bvh) -> None:
    """Error of a tile: the largest distance found to the source, both ways; never below its children's."""
    vertices, triangles = used_vertices(node.triangles, len(mesh.positions))
    positions = mesh.positions[vertices]
    there = distances(
        build(positions, triangles), sample(mesh.positions, ordered[node.begin : node.end], SAMPLES)
    )
    back = distances(source, sample(positions, triangles, SAMPLES))
    largest = max(float(there.max()), float(back.max()))
    node.error_m = max([largest, *(child.error_m for child in node.children)])
