"""A mesh made lighter in clusters with locked borders: several cores, small working sets, bounded memory.

Each cluster fits a core's cache, so this costs less than one call over the whole mesh even on one core. What
is left is finished by one call, which sees no borders.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from processing.geometry.welding import weld
from processing.meshes import kernel
from processing.meshes.attributes import MAX_UV, attributes_of, solved
from processing.meshes.borders import kept_share, on_borders, shared_places
from processing.meshes.kernels.asked import UNLIMITED
from processing.meshes.mesh import U32, Bools, Mesh, compact, take_vertices

CLUSTER_TRIANGLES = 65_536
THREADS = 2


def lighter_by_clusters(
    mesh: Mesh, *, keep: float, max_error_m: float, colour_weight: float | None, cluster_triangles: int
) -> Mesh:
    """Keep a part of the triangles of every cluster; they stand in the order of space, before and after.

    Vertices that two clusters share stay as they are; others may be solved again.
    """
    clusters = np.array_split(mesh.triangles, -(-len(mesh.triangles) // cluster_triangles))
    count = len(mesh.positions)
    places = weld(mesh.positions)[0] if mesh.has_seams() else np.arange(count, dtype=np.uint32)
    locked = shared_places(places, clusters)[places]
    positions = mesh.positions.copy()
    colours = None if mesh.colours is None else mesh.colours.copy()
    uvs = None if mesh.uvs is None else mesh.uvs.copy()
    kept: list[U32] = []
    free = kept_share(len(mesh.triangles), on_borders(mesh.triangles, locked), keep)

    def work(cluster: U32) -> tuple[U32, Mesh]:
        vertices, triangles = _local(cluster)
        part = take_vertices(mesh, vertices, triangles)
        mine = locked[vertices]
        held = on_borders(triangles, mine)
        target = max(1, round((len(triangles) - held) * free) + held)
        return vertices, lighter(part, target, max_error_m, colour_weight=colour_weight, locked=mine)

    with ThreadPoolExecutor(THREADS) as pool:
        for vertices, part in pool.map(work, clusters):
            # A shared vertex was moved by nobody: all clusters write the same there.
            positions[vertices] = part.positions
            if colours is not None and part.colours is not None:
                colours[vertices] = part.colours
            if uvs is not None and part.uvs is not None:
                uvs[vertices] = part.uvs
            kept.append(vertices[part.triangles])
    return compact(replace(mesh, positions=positions, colours=colours, uvs=uvs), np.concatenate(kept))


def lighter(
    mesh: Mesh,
    target: int,
    max_error_m: float = UNLIMITED,
    *,
    colour_weight: float | None = None,
    locked: Bools | None = None,
) -> Mesh:
    """Simplify in one call of the kernel; answers the same vertices and fewer triangles.

    Vertices are moved, all of a place alike, and what hangs on them is solved again; not where an image is
    repeated so often that its coordinates are no longer weighed as they are.
    """
    attributes, weights = attributes_of(mesh, colour_weight=colour_weight)
    often = mesh.uvs is not None and float(np.abs(mesh.uvs).max()) > MAX_UV
    call = kernel.simplify if often else kernel.simplify_with_update
    made = call(
        mesh.triangles, mesh.positions, target_triangles=target, max_error=max_error_m,
        attributes=attributes, weights=weights, locked=locked,
    )  # fmt: skip
    if often:
        return replace(mesh, triangles=made.triangles)
    return replace(solved(mesh, made.positions, made.attributes), triangles=made.triangles)


def _local(triangles: U32) -> tuple[U32, U32]:
    """Answer the vertices that triangles use, in order of first use, and the triangles over them."""
    corners = triangles.reshape(-1)
    numbers, first = weld(corners)
    return corners[first], numbers.reshape(-1, 3)
