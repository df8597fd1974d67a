"""A textured mesh as one with a colour at every vertex: for levels so light that seams no longer hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from processing.geometry.colour import linear_from_srgb, srgb_from_linear
from processing.geometry.welding import weld
from processing.meshes.mesh import F32, F64, U8, U32, Mesh
from processing.meshes.pictures import Pyramid

_WHITE = (1.0, 1.0, 1.0, 1.0)


def painted(mesh: Mesh) -> Mesh:
    """Take colours from the images, close the seams, and leave texture coordinates and images behind.

    Images are read at the scale at which a pixel is about an edge long, so that a vertex has the mean of what
    lies around it. Vertices of one place get the mean of their colours.
    """
    if not mesh.has_seams():
        return mesh
    places, first = weld(mesh.positions)
    closed = replace(
        mesh,
        positions=mesh.positions[first],
        triangles=_without_slivers(places[mesh.triangles]),
        normals=None if mesh.normals is None else mesh.normals[first],
        uvs=None,
        looks=None,
        images=(),
    )
    if not mesh.images and mesh.colours is None:
        return closed
    linear = _linear(mesh, [Pyramid(image) for image in mesh.images])
    counts = np.bincount(places, minlength=len(first))[:, None]
    means = np.stack([np.bincount(places, linear[:, k], len(first)) for k in range(4)], axis=1) / counts
    colours = np.empty((len(first), 4), np.uint8)
    colours[:, :3] = np.round(srgb_from_linear(means[:, :3]) * 255)
    colours[:, 3] = np.round(means[:, 3] * 255)
    return replace(closed, colours=colours, base_colour=_WHITE)


def _linear(mesh: Mesh, pyramids: list[Pyramid]) -> F64:
    """Colour of each vertex (n, 4), linear 0..1 and alpha."""
    count = len(mesh.positions)
    given: U8 = np.full((count, 4), 255, np.uint8) if mesh.colours is None else mesh.colours
    linear = np.ones((count, 4))
    linear[:, :3] = linear_from_srgb(given[:, :3] / 255) * linear_from_srgb(np.array(mesh.base_colour[:3]))
    linear[:, 3] = given[:, 3] / 255 * mesh.base_colour[3]
    alone = 0 if mesh.images else 1
    looks = np.full(count, alone, np.uint16) if mesh.looks is None else mesh.looks
    for look, pyramid in enumerate(pyramids):
        drawn = np.flatnonzero(looks == look)
        if mesh.uvs is None or not len(drawn):
            continue
        texels = pyramid.image.width * pyramid.image.height
        halvings = max(0, round(float(np.log2(max(texels / len(drawn), 1))) / 2))
        linear[drawn, :3] = linear_from_srgb(_seen(pyramid.level(halvings), mesh.uvs[drawn]) / 255)
    return linear


def _seen(pixels: U8, uvs: F32) -> F64:
    """Read pixels (h, w, 3) between their centres at uvs (n, 2), v down, repeating beyond the edges."""
    height, width = pixels.shape[:2]
    x, y = uvs[:, 0].astype(np.float64) * width - 0.5, uvs[:, 1].astype(np.float64) * height - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right_part, low_part = (x - left)[:, None], (y - top)[:, None]

    def at(dx: int, dy: int) -> F64:
        held: F64 = pixels[(top + dy) % height, (left + dx) % width].astype(np.float64)
        return held

    upper = at(0, 0) * (1 - right_part) + at(1, 0) * right_part
    lower = at(0, 1) * (1 - right_part) + at(1, 1) * right_part
    mixed: F64 = upper * (1 - low_part) + lower * low_part
    return mixed


def _without_slivers(triangles: U32) -> U32:
    a, b, c = triangles.T
    return np.ascontiguousarray(triangles[(a != b) & (b != c) & (c != a)])
