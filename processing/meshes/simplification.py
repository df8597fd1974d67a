"""A mesh made lighter: by count or by error, colours and texture coordinates kept in mind."""

from __future__ import annotations

from dataclasses import replace

from processing.meshes import kernel
from processing.meshes.clusters import CLUSTER_TRIANGLES, lighter, lighter_by_clusters
from processing.meshes.kernels.asked import UNLIMITED
from processing.meshes.mesh import Mesh, compact
from processing.meshes.normals import smooth_normals
from processing.meshes.ordering import in_space
from processing.meshes.painting import painted
from processing.meshes.refitting import refitted

# Clusters keep this many times the asked part, so that the last call can move triangles to where they count.
SPARE = 1.5
# A round of clusters that takes less than this is not worth its cost.
WORTH = 0.75
LEAST_KEPT = 0.1
STALLED = 0.95
# Below this part the seams of a texture hold the count up and drift across charts (facts: 12 % of samples).
SEAMS_HOLD = 0.02


def simplified(
    mesh: Mesh,
    *,
    target_triangles: int,
    max_error_m: float = UNLIMITED,
    colour_weight: float | None = None,
    cluster_triangles: int = CLUSTER_TRIANGLES,
) -> Mesh:
    """Simplify a whole mesh: places and texture coordinates solved again, colours and normals fitted.

    Below ``SEAMS_HOLD`` of its triangles a textured mesh is painted: colours at vertices instead of images.
    Stops at the count or at the kernel's own estimate of the error, whichever comes first; may end above the
    count where topology does not allow more. Normals are there again where there were some.
    """
    if target_triangles >= len(mesh.triangles) and max_error_m >= UNLIMITED:
        return mesh
    target = max(1, min(target_triangles, len(mesh.triangles)))
    if mesh.has_seams() and max_error_m >= UNLIMITED and target < SEAMS_HOLD * len(mesh.triangles):
        mesh = painted(mesh)
    source = mesh = in_space(mesh)
    clusters_of = cluster_triangles
    while len(mesh.triangles) > 2 * cluster_triangles:
        before = len(mesh.triangles)
        keep = max(SPARE * target / before, LEAST_KEPT)
        if keep > WORTH and before <= kernel.max_triangles():
            break
        mesh = lighter_by_clusters(
            mesh,
            keep=min(keep, WORTH),
            max_error_m=max_error_m,
            colour_weight=colour_weight,
            cluster_triangles=clusters_of,
        )
        # Other cuts in the next round unlock what was a border in this one.
        clusters_of = clusters_of * 3 // 4
        if len(mesh.triangles) > STALLED * before:
            break
    if len(mesh.triangles) <= kernel.max_triangles():
        made = lighter(mesh, min(target, len(mesh.triangles)), max_error_m, colour_weight=colour_weight)
        mesh = compact(made, made.triangles)
    if mesh.normals is not None:
        mesh = replace(mesh, normals=smooth_normals(mesh.positions, mesh.triangles))
    return refitted(mesh, source) if len(mesh.triangles) < len(source.triangles) else mesh
