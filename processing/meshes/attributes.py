"""What the simplifier shall keep beside the shape, and how much it counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from processing.meshes.mesh import F32, Mesh

# A full change of a colour channel weighs like a tenth of the extent (facts: error stays within 1.06 of
# Open3D's and colour below 0.95 of it on both meshes tried; 0.5 loses shape on contrasty ones).
COLOUR_WEIGHT = 0.1
# Where there are seams, they hold many of the triangles: colours have to claim their part of the others
# (on the seamed bust to a tenth 8 % less colour error, and the shape 1 % truer).
SEAMED_COLOUR_WEIGHT = 0.5
# Texture coordinates only break ties: seams are kept by topology.
UV_WEIGHT = 0.05
# Coordinates of an image repeated more often than this count as no more, and are not solved again.
MAX_UV = 8.0


def attributes_of(mesh: Mesh, *, colour_weight: float | None = None) -> tuple[F32 | None, list[float]]:
    """Answer what the simplifier shall keep, (n, k) float32, and its k weights."""
    columns: list[F32] = []
    weights: list[float] = []
    if colour_weight is None:
        colour_weight = SEAMED_COLOUR_WEIGHT if mesh.has_seams() else COLOUR_WEIGHT
    if mesh.colours is not None and colour_weight > 0:
        columns.append(mesh.colours[:, :3].astype(np.float32) / np.float32(255))
        weights += [colour_weight] * 3
    if mesh.uvs is not None:
        columns.append(np.clip(mesh.uvs, -MAX_UV, MAX_UV))
        weights += [UV_WEIGHT] * 2
    return (np.ascontiguousarray(np.hstack(columns)) if columns else None), weights


def solved(mesh: Mesh, positions: F32, attributes: F32 | None) -> Mesh:
    """Put solved positions, and attributes as of :func:`attributes_of`, into a mesh.

    A vertex that was not moved keeps its texture coordinates exactly. Where a seam moved, it moved for all
    vertices of a place, and each has coordinates solved in its own chart.
    """
    colours, uvs = mesh.colours, mesh.uvs
    if attributes is not None and uvs is not None:
        moved = (positions != mesh.positions).any(axis=1)
        uvs = uvs.copy()
        # Not beyond what the mesh draws: there may be another chart.
        uvs[moved] = np.clip(attributes[moved, -2:], uvs.min(axis=0), uvs.max(axis=0))
    if attributes is not None and colours is not None and attributes.shape[1] >= 3:
        colours = colours.copy()
        colours[:, :3] = np.round(np.clip(attributes[:, :3], 0, 1) * 255)
    return replace(mesh, positions=positions, colours=colours, uvs=uvs)
