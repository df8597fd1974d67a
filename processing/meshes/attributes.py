"""What the simplifier shall keep beside the shape, and how much it counts."""

from __future__ import annotations

import numpy as np

from processing.meshes.mesh import F32, U8, Mesh

# A full change of a colour channel weighs like a tenth of the extent (facts: error stays within 1.06 of
# Open3D's and colour below 0.95 of it on both meshes tried; 0.5 loses shape on contrasty ones).
COLOUR_WEIGHT = 0.1
# Texture coordinates only break ties: seams are kept by topology.
UV_WEIGHT = 0.05


def attributes_of(mesh: Mesh, *, colour_weight: float = COLOUR_WEIGHT) -> tuple[F32 | None, list[float]]:
    """Answer what the simplifier shall keep, (n, k) float32, and its k weights."""
    columns: list[F32] = []
    weights: list[float] = []
    if mesh.colours is not None and colour_weight > 0:
        columns.append(mesh.colours[:, :3].astype(np.float32) / np.float32(255))
        weights += [colour_weight] * 3
    if mesh.uvs is not None:
        columns.append(np.clip(mesh.uvs, -8, 8))
        weights += [UV_WEIGHT] * 2
    return (np.ascontiguousarray(np.hstack(columns)) if columns else None), weights


def colours_of(solved: F32 | None, given: U8 | None) -> U8 | None:
    """Take colours (n, 4) uint8 back out of solved attributes, whose first three columns they are."""
    if solved is None or given is None:
        return given
    colours = given.copy()
    colours[:, :3] = np.round(np.clip(solved[:, :3], 0, 1) * 255)
    return colours
