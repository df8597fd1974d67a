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
from processing.meshes.attributes import COLOUR_WEIGHT, attributes_of, colours_of
from processing.meshes.borders import shared_places
from processing.meshes.mesh import U32, Bools, Mesh, compact, take_vertices

CLUSTER_TRIANGLES = 65_536
THREADS = 2


def lighter_by_clusters(
    mesh: Mesh, *, keep: float, max_error_m: float, colour_weight: float, cluster_triangles: int
) -> Mesh:
    """Keep a part of the triangles of every cluster; they stand in the order of space, before and after.

    Vertices that two clusters share stay as they are; others may be solved again (not on meshes with seams).
    """
    clusters = np.array_split(mesh.triangles, -(-len(mesh.triangles) // cluster_triangles))
    count = len(mesh.positions)
    places = weld(mesh.positions)[0] if mesh.has_seams() else np.arange(count, dtype=np.uint32)
    locked = shared_places(places, clusters)[places]
    positions = mesh.positions.copy()
    colours = None if mesh.colours is None else mesh.colours.copy()
    kept: list[U32] = []

    def work(cluster: U32) -> tuple[U32, Mesh]:
        vertices, triangles = _local(cluster)
        part = take_vertices(mesh, vertices, triangles)
        target = max(1, round(len(triangles) * keep))
        return vertices, lighter(
            part, target, max_error_m, colour_weight=colour_weight, locked=locked[vertices]
        )

    with ThreadPoolExecutor(THREADS) as pool:
        for vertices, part in pool.map(work, clusters):
            # A shared vertex was moved by nobody: all clusters write the same there.
            positions[vertices] = part.positions
            if colours is not None and part.colours is not None:
                colours[vertices] = part.colours
            kept.append(vertices[part.triangles])
    return compact(replace(mesh, positions=positions, colours=colours), np.concatenate(kept))


def lighter(
    mesh: Mesh,
    target: int,
    max_error_m: float = kernel.UNLIMITED,
    *,
    colour_weight: float = COLOUR_WEIGHT,
    locked: Bools | None = None,
    solve: bool = True,
) -> Mesh:
    """Simplify in one call of the kernel; answers the same vertices and fewer triangles.

    With ``solve`` vertices are moved and coloured anew, except on meshes with seams, which must stay exact.
    """
    attributes, weights = attributes_of(mesh, colour_weight=colour_weight)
    solve = solve and not mesh.has_seams()
    call = kernel.simplify_with_update if solve else kernel.simplify
    made = call(
        mesh.triangles, mesh.positions, target_triangles=target, max_error=max_error_m,
        attributes=attributes, weights=weights, locked=locked,
    )  # fmt: skip
    if not solve:
        return replace(mesh, triangles=made.triangles)
    colours = colours_of(made.attributes, mesh.colours)
    return replace(mesh, positions=made.positions, triangles=made.triangles, colours=colours)


def _local(triangles: U32) -> tuple[U32, U32]:
    """Answer the vertices that triangles use, in order of first use, and the triangles over them."""
    corners = triangles.reshape(-1)
    numbers, first = weld(corners)
    return corners[first], numbers.reshape(-1, 3)
