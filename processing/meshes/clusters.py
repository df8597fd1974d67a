"""Meshes too large for one call of the simplifier: by clusters with locked borders, on two cores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from processing.geometry.welding import weld
from processing.meshes.hierarchy import THREADS, lightened, shared_places
from processing.meshes.kernel import MAX_TRIANGLES
from processing.meshes.mesh import U32, Mesh, compact
from processing.meshes.octree import Node, nodes, tree

CLUSTERS = 8  # about so many for a mesh just above the limit, so that two cores finish together
# Of the triangles away from borders; a round that took more would press hard on the inside.
KEEP = 0.5
STALLED = 0.95


def lighter_by_clusters(
    mesh: Mesh, *, target_triangles: int, whole_triangles: int, max_error_m: float
) -> Mesh:
    """Bring a mesh to ``whole_triangles``, or to the target if that is more, as far as clusters allow."""
    enough = max(whole_triangles, target_triangles, min(2 * target_triangles, MAX_TRIANGLES))
    cluster_triangles = max(whole_triangles // CLUSTERS, 1)
    while len(mesh.triangles) > enough:
        before = len(mesh.triangles)
        mesh = _round(mesh, cluster_triangles, max_error_m)
        if len(mesh.triangles) > STALLED * before:
            break
        # Other cuts in the next round unlock what was a border in this one.
        cluster_triangles = max(cluster_triangles * 3 // 4, 1)
    return mesh


def _round(mesh: Mesh, cluster_triangles: int, max_error_m: float) -> Mesh:
    root, _ = tree(mesh.positions, mesh.triangles, leaf_triangles=cluster_triangles)
    leaves = [node for node in nodes(root) if not node.children]
    places, _ = weld(mesh.positions)
    locked = shared_places(places, leaves)[places]

    def work(node: Node) -> U32:
        at_border = int(np.logical_or.reduce(locked[node.triangles], axis=1).sum())
        target = at_border + round((len(node.triangles) - at_border) * KEEP)
        return lightened(mesh, node.triangles, locked, max(target, 1), max_error_m)

    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(work, leaves))
    return compact(mesh, np.concatenate(parts))
