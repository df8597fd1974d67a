"""A whole mesh as one GLB: its own grid, its images at one scale."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from processing.meshes.mesh import U32, Mesh, used_vertices
from processing.meshes.parts import Part, Texture, compressed_glb, plain_glb

LEVELS = 65_535  # of 16 bits
TextureOf = Callable[[int], Texture]


def grid_step_m(mesh: Mesh) -> float:
    """The smallest power of two with which the mesh fits 16 bits; powers of two are exact in floats."""
    extent = float((mesh.positions.max(axis=0) - mesh.positions.min(axis=0)).max())
    return float(2.0 ** np.ceil(np.log2(max(extent, 1e-6) / (LEVELS - 2))))


def parts_of(mesh: Mesh, step_m: float, texture_of: TextureOf) -> list[Part]:
    """Part a mesh by image; what has none comes last."""
    looks = mesh.look_of(mesh.triangles)
    parts = []
    for look in np.unique(looks):
        vertices, triangles = used_vertices(mesh.triangles[looks == look], len(mesh.positions))
        textured = int(look) < len(mesh.images)
        parts.append(_part(mesh, vertices, triangles, step_m, texture_of(int(look)) if textured else None))
    return parts


def _part(mesh: Mesh, vertices: U32, triangles: U32, step_m: float, texture: Texture | None) -> Part:
    return Part(
        cells=np.round(mesh.positions[vertices].astype(np.float64) / step_m).astype(np.int64),
        triangles=triangles,
        colours=None if mesh.colours is None or texture is not None else mesh.colours[vertices],
        normals=None if mesh.normals is None else mesh.normals[vertices],
        uvs=None if mesh.uvs is None or texture is None else mesh.uvs[vertices],
        texture=texture,
        base_colour=mesh.base_colour,
    )


def whole_glb(mesh: Mesh, texture_of: TextureOf, *, compressed: bool) -> bytes:
    """Write a mesh around its local origin, which the file names in ``asset.extras.origin_m``."""
    extras = {"origin_m": [float(value) for value in mesh.origin]}
    step_m = grid_step_m(mesh)
    if compressed:
        return compressed_glb(parts_of(mesh, step_m, texture_of), step_m=step_m, extras=extras)
    # Without quantisation the grid only has to be finer than float32 can tell.
    return plain_glb(parts_of(mesh, step_m / 256, texture_of), step_m=step_m / 256, extras=extras)


def repeats(mesh: Mesh, look: int) -> bool:
    """Say whether an image is drawn beyond its edges, so that it has to repeat."""
    if mesh.uvs is None:
        return False
    uvs = mesh.uvs if mesh.looks is None else mesh.uvs[mesh.looks == look]
    return bool(len(uvs)) and (float(uvs.min()) < -1e-4 or float(uvs.max()) > 1 + 1e-4)
