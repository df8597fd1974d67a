"""OBJ with MTL and pictures: streamed, any corner form, several materials, polygons as fans."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from processing.formats import obj_tokens as tokens
from processing.formats.obj_looks import read_materials, srgb_of
from processing.formats.obj_scanning import (
    I32,
    Said,
    attributes_of,
    check_surface,
    first_findings,
    is_textured,
    scanned,
)
from processing.meshes.mesh import F32, F64, U8, U16, Finding, Image, Material, RawMesh
from processing.room.inputs import Input, Inputs
from processing.room.sources import Source


@dataclass
class _Parts:
    """What has been read so far, by chunk."""

    vertices: list[F64] = field(default_factory=list)
    textures: list[F32] = field(default_factory=list)
    corners: list[I32] = field(default_factory=list)
    colours: list[F32] = field(default_factory=list)
    # Where each material begins: triangle, number of the material.
    changes: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])


def read_obj(item: Input, inputs: Inputs) -> RawMesh:
    """Read an OBJ and the listed files it refers to; Z up and metres are assumed, and said so.

    Raises
    ------
    KnownError
        ``corrupt-data``, ``index-out-of-range``, ``too-large``, ``external-reference`` or ``empty-result``.
    """
    said = Said()
    parts = _read(item.source, said)
    check_surface(item.path, said)
    findings = first_findings(said)
    materials, images = read_materials(item, inputs, said, findings)
    return _assembled(parts, said, materials, images, findings)


def _read(source: Source, said: Said) -> _Parts:
    parts = _Parts()
    for chunk in scanned(source, said):
        parts.vertices.append(chunk.vertices[:, :3].copy())
        parts.colours.append(chunk.vertices[:, 3:6].astype(np.float32))
        parts.textures.append(chunk.textures.astype(np.float32))
        parts.corners.append(chunk.corners.copy())
        parts.changes += chunk.changes
    return parts


def _assembled(
    parts: _Parts,
    said: Said,
    materials: tuple[Material, ...],
    images: tuple[Image, ...],
    findings: list[Finding],
) -> RawMesh:
    corners = np.concatenate(parts.corners)
    positions = np.concatenate(parts.vertices)
    textures = np.concatenate(parts.textures)
    has_uv = is_textured(said, images)
    uvs = looks = None
    taken: slice | I32 = slice(None)
    if not has_uv and len(materials) <= 1:
        # Nothing hangs on corners: vertices are the file's own.
        numbers = corners[:, 0].astype(np.uint32)
    else:
        if not has_uv:
            corners[:, 1] = -1
        used = _material_of_triangles(parts, said.triangles)
        numbers, rows = tokens.split_corners(corners, used, len(positions))
        taken = rows[:, 0]
        looks = rows[:, 2].astype(np.uint16) if len(materials) > 1 else None
    if has_uv:
        uvs = np.where(rows[:, 1:2] >= 0, textures[rows[:, 1]], np.float32(0))
        uvs[:, 1] = 1 - uvs[:, 1]
    return RawMesh(
        format="obj",
        positions=positions[taken],
        triangles=numbers.reshape(-1, 3),
        colours=_colours(parts)[taken] if said.coloured else None,
        uvs=uvs,
        vertex_materials=looks,
        materials=materials,
        images=images,
        declared_vertices=int(said.counts[0]),
        attributes=attributes_of(said, images),
        findings=tuple(findings),
    )


def _material_of_triangles(parts: _Parts, triangles: int) -> U16:
    used = np.zeros(triangles, np.uint16)
    for (begin, number), (end, _) in pairwise([*parts.changes, (triangles, 0)]):
        used[begin:end] = number
    return used


def _colours(parts: _Parts) -> U8:
    values = np.concatenate(parts.colours)
    return srgb_of(values, float(values.max()))
