"""One tile from its children: simplified over their own vertices, borders to all others locked, and measured.

A vertex that triangles of two parts of the tree share stays until their common ancestor, so that any choice
of levels closes: after Cignoni et al., Batched Multi-Triangulation (2005), and Nexus' practice of locking,
with an octree so that the result is a tree of tiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processing.geometry.compiled import compiled
from processing.meshes import kernel
from processing.meshes.attributes import attributes_of
from processing.meshes.borders import on_borders
from processing.meshes.bvh import Bvh, farthest, over
from processing.meshes.mesh import F32, F64, U32, Bools, Mesh
from processing.meshes.topology import doubled_areas

# A surface in an octree has about four children a node, so each level keeps a quarter; a little less, since
# what borders hold comes on top.
KEEP = 0.22
# Borders are locked and come on top of what a tile may hold; never more than this times a full leaf.
MOST = 1.75
# Right above the finest tiles every vertex of the source is measured; higher up, so many.
SAMPLES = 32_768
# Points of a tile that are measured back, beside one in every triangle.
POINTS = 8_192
# A distance between the points that were looked at may be a little larger; more so where some were left out.
UNSEEN, UNSEEN_OF_SOME = 1.2, 1.35


def simplified(mesh: Mesh, locked: Bools, leaf_triangles: int) -> U32:
    """Answer fewer triangles (m, 3) over the vertices of a mesh; locked ones stay where they are."""
    triangles = mesh.triangles
    held = on_borders(triangles, locked)
    target = round((len(triangles) - held) * KEEP) + held
    target = max(1, min(target, leaf_triangles + held, round(leaf_triangles * MOST)))
    attributes, weights = attributes_of(mesh)
    free = not bool(locked.any())
    made = kernel.simplify(
        triangles, mesh.positions, target_triangles=min(target, len(triangles)),
        attributes=attributes, weights=weights, locked=None if free else locked,
    ).triangles  # fmt: skip
    most = round(leaf_triangles * MOST)
    if free and len(made) > most:
        # The top of a mesh of many small shells: those too small to be seen go first, then topology.
        made = kernel.simplify(made, mesh.positions, target_triangles=most, prune=True).triangles
        if len(made) > most:
            made = kernel.simplify_sloppy(made, mesh.positions, target_triangles=leaf_triangles)
    # Shells of a few triangles collapse to nothing: then they stay as they are.
    return made if len(made) else triangles


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a tile is measured against: a surface, and vertices (k, 3) of the source that must be near it.

    ``off_m`` is how far that surface itself may stand from the source; 0 where it is the source. ``some``
    says that not all vertices are there.
    """

    surface: Bvh
    vertices: F32
    off_m: float = 0.0
    some: bool = False


def error_m(source: Source, positions: F32, triangles: U32) -> float:
    """Largest distance found between a tile and its source, both ways, metres.

    From the source its vertices are taken: the distance to a plane is largest at a corner of a triangle.
    """
    there = farthest(over(positions, triangles), source.vertices)
    points = _spread(positions, triangles, doubled_areas(positions, triangles), POINTS)
    back = farthest(source.surface, points, there if not source.off_m else 0.0)
    # Both are largest somewhere, seldom at the same place.
    return max(there, float(np.hypot(back, source.off_m))) * (UNSEEN_OF_SOME if source.some else UNSEEN)


@compiled()
def _spread(positions: F32, triangles: U32, areas: F64, count: int) -> F32:
    """Draw a point in every triangle, and more in large ones, evenly by a sequence of low discrepancy.

    The R2 sequence (Roberts 2018), folded into the triangle.
    """
    whole = areas.sum()
    made = np.empty((len(triangles) + count, 3), np.float32)
    n = 0
    for t in range(len(triangles)):
        more = int(count * areas[t] / whole) if whole > 0 else 0
        for _ in range(1 + more):
            u = (0.5 + 0.7548776662466927 * n) % 1.0
            v = (0.5 + 0.5698402909980532 * n) % 1.0
            if u + v > 1:
                u, v = 1 - u, 1 - v
            for axis in range(3):
                a = positions[triangles[t, 0], axis]
                b = positions[triangles[t, 1], axis]
                c = positions[triangles[t, 2], axis]
                made[n, axis] = a + u * (b - a) + v * (c - a)
            n += 1
    return made[:n]


def thinned(positions: F32) -> F32:
    """Keep some of many vertices, evenly along their order."""
    if len(positions) <= SAMPLES:
        return positions
    return positions[np.linspace(0, len(positions) - 1, SAMPLES).astype(np.int64)]
