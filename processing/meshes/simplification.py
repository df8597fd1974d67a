"""A mesh made lighter: by count or by error, colours and texture coordinates kept in mind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from processing.meshes import kernel
from processing.meshes.attributes import COLOUR_WEIGHT, attributes_of
from processing.meshes.clusters import lighter_by_clusters
from processing.meshes.mesh import U8, Mesh, compact
from processing.meshes.normals import smooth_normals

# Above this a mesh is first made lighter by clusters: two cores, and bounded memory in the kernel.
WHOLE_TRIANGLES = 4_000_000


def simplified(
    mesh: Mesh,
    *,
    target_triangles: int,
    max_error_m: float = kernel.UNLIMITED,
    colour_weight: float = COLOUR_WEIGHT,
    whole_triangles: int = WHOLE_TRIANGLES,
) -> Mesh:
    """Simplify a whole mesh; vertices on seams stay exact, elsewhere positions and colours are solved again.

    Stops at the count or at the kernel's own estimate of the error, whichever comes first; may end above the
    count where topology does not allow more. Normals are made again where there were some.
    """
    if target_triangles >= len(mesh.triangles) and max_error_m >= kernel.UNLIMITED:
        return mesh
    target = max(1, min(target_triangles, len(mesh.triangles)))
    if len(mesh.triangles) > whole_triangles:
        mesh = lighter_by_clusters(
            mesh, target_triangles=target, whole_triangles=whole_triangles, max_error_m=max_error_m
        )
        target = min(target, len(mesh.triangles))
        if len(mesh.triangles) > kernel.MAX_TRIANGLES:
            return _shaded(mesh)
    attributes, weights = attributes_of(mesh, colour_weight=colour_weight)
    if mesh.has_seams():
        made = kernel.simplify(
            mesh.triangles, mesh.positions, target_triangles=target, max_error=max_error_m,
            attributes=attributes, weights=weights,
        )  # fmt: skip
        lighter = compact(mesh, made.triangles)
    else:
        made = kernel.simplify_with_update(
            mesh.triangles, mesh.positions, target_triangles=target, max_error=max_error_m,
            attributes=attributes, weights=weights,
        )  # fmt: skip
        colours = mesh.colours
        if colours is not None and made.attributes is not None:
            colours = _bytes(made.attributes[:, :3], colours)
        lighter = compact(replace(mesh, positions=made.positions, colours=colours), made.triangles)
    return _shaded(lighter)


def _shaded(mesh: Mesh) -> Mesh:
    """Make normals again where there were some."""
    if mesh.normals is None:
        return mesh
    return replace(mesh, normals=smooth_normals(mesh.positions, mesh.triangles))


def _bytes(solved: npt.NDArray[np.float32], given: U8) -> U8:
    colours = given.copy()
    colours[:, :3] = np.round(np.clip(solved, 0, 1) * 255)
    return colours
