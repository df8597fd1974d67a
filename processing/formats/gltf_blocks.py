"""glTF and GLB in blocks: plain triangles without textures, placed by their nodes as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from processing.formats.gltf import (
    DRACO,
    TRIANGLES,
    Reading,
    check_corners,
    format_of,
    material_of,
    mode_of,
    read_materials,
    srgb8,
)
from processing.formats.gltf_document import Document, open_document, part
from processing.formats.gltf_scene import Z_UP_FROM_Y_UP, is_mirrored, list_in, placed, placed_meshes
from processing.formats.gltf_stored import Rows, stored_rows
from processing.formats.mesh_blocks import WHITE, Bytes, Colour, Floats, Indices
from processing.meshes.dressing import tinted
from processing.meshes.mesh import F64, RawMesh
from processing.room.inputs import Input, Inputs

BLOCK_VERTICES, BLOCK_TRIANGLES = 65_536, 131_072
# Triangles that are looked at for the length of edges, and how many stand together.
SOME, TOGETHER = 65_536, 256
# Every part costs a few requests to the store; more of them are quicker read whole.
MAX_PARTS = 4096
# Numbers of vertices are 32 bits wide.
MOST_VERTICES = (1 << 32) - 1


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A primitive as placed once: its first vertex and first triangle among all, and its base colour."""

    positions: Rows
    colours: Rows | None
    corners: Rows | None
    matrix: F64
    colour: Colour
    first_vertex: int
    first_triangle: int

    @property
    def triangles(self) -> int:
        return (self.corners or self.positions).count // 3

    @property
    def vertices_end(self) -> int:
        return self.first_vertex + self.positions.count

    @property
    def triangles_end(self) -> int:
        return self.first_triangle + self.triangles


@dataclass(frozen=True, kw_only=True)
class GltfBlocks:
    """The scene of a glTF, part after part; of its vertices only those of one block are ever held."""

    document: Document
    parts: list[_Part]
    raw: RawMesh

    @property
    def vertices(self) -> int:
        """Vertices of all parts as placed."""
        return self.parts[-1].vertices_end

    @property
    def triangles(self) -> int:
        """Triangles of all parts as placed."""
        return self.parts[-1].triangles_end

    @property
    def has_colours(self) -> bool:
        """Say whether vertices have colours, or parts different ones."""
        return any(one.colours for one in self.parts) or len({one.colour for one in self.parts}) > 1

    @property
    def base_colour(self) -> Colour:
        """Answer the one colour of all parts, unless vertices have it in theirs."""
        return WHITE if self.has_colours else self.parts[0].colour

    @property
    def rows_a_vertex(self) -> int:
        """Answer that every vertex is there once."""
        return 1

    def said(self) -> RawMesh:
        """Answer what the file says of itself, as a mesh without its vertices and triangles."""
        return self.raw

    def vertex_blocks(self) -> Iterator[tuple[Floats, Bytes | None]]:
        """Read positions (k, 3), Z up, and colours (k, 4) sRGB."""
        painted = self.has_colours
        for one in self.parts:
            for begin in range(0, one.positions.count, BLOCK_VERTICES):
                count = min(BLOCK_VERTICES, one.positions.count - begin)
                positions = placed(one.positions.floats(begin, count), one.matrix)
                yield positions, _colours(one, begin, count) if painted else None

    def triangle_blocks(self) -> Iterator[Indices]:
        """Read corners (k, 3).

        Raises
        ------
        KnownError
            ``index-out-of-range``.
        """
        for one in self.parts:
            for begin in range(0, one.triangles, BLOCK_TRIANGLES):
                yield self._corners(one, begin, min(BLOCK_TRIANGLES, one.triangles - begin))

    def some_triangles(self) -> Indices:
        """Read some triangles from all over the file."""
        firsts = [one.first_triangle for one in self.parts]
        found = []
        for start in np.linspace(0, self.triangles - 1, SOME // TOGETHER).astype(int).tolist():
            one = self.parts[int(np.searchsorted(firsts, start, "right")) - 1]
            begin = start - one.first_triangle
            found.append(self._corners(one, begin, min(TOGETHER, one.triangles - begin)))
        return np.concatenate(found)

    def _corners(self, one: _Part, begin: int, count: int) -> Indices:
        if one.corners is None:
            flat = np.arange(3 * begin, 3 * (begin + count), dtype=np.uint32)
        else:
            flat = one.corners.read(3 * begin, 3 * count)[:, 0].astype(np.uint32)
        triangles = flat.reshape(-1, 3)
        check_corners(self.document, triangles, one.positions.count)
        if is_mirrored(one.matrix):
            triangles = triangles[:, ::-1]
        return np.ascontiguousarray(triangles + np.uint32(one.first_vertex))


def _colours(one: _Part, begin: int, count: int) -> Bytes:
    if one.colours is None:
        return tinted(np.full((count, 4), 255, np.uint8), one.colour)
    return tinted(srgb8(one.colours.floats(begin, count)), one.colour)


def gltf_blocks(item: Input, inputs: Inputs, *, large_triangles: int) -> GltfBlocks | None:
    """Answer how to read a glTF of more than ``large_triangles`` in blocks.

    None where it is smaller, or has textures, or numbers that are not plain: then it has to be read whole.

    Raises
    ------
    KnownError
        As :func:`processing.formats.gltf.read_gltf`.
    """
    document = open_document(item, inputs)
    if document.entries("textures") or document.entries("images"):
        return None
    reading, parts = Reading(), list[_Part]()
    read_materials(document, reading)
    for mesh, matrix in placed_meshes(document):
        for primitive in list_in(document, document.entry("meshes", mesh), "primitives"):
            mode = mode_of(reading, primitive)
            if mode is None:
                continue
            made = _part(document, reading, primitive, Z_UP_FROM_Y_UP @ matrix, parts)
            if mode != TRIANGLES or made is None or len(parts) == MAX_PARTS:
                return None
            parts.append(made)
    if not parts or parts[-1].triangles_end <= large_triangles or parts[-1].vertices_end >= MOST_VERTICES:
        return None
    raw = RawMesh(
        format=format_of(item),
        file_up="y",
        positions=np.empty((0, 3), np.float64),
        triangles=np.empty((0, 3), np.uint32),
        declared_vertices=sum(reading.declared.values()),
        attributes=reading.words(),
        findings=tuple(reading.findings.values()),
    )
    return GltfBlocks(document=document, parts=parts, raw=raw)


def _part(
    document: Document, reading: Reading, primitive: dict[str, Any], matrix: F64, before: list[_Part]
) -> _Part | None:
    """Find the numbers of a primitive that follows others; None where they are not plain, or no triangles."""
    named = part(document, primitive, "attributes")
    material = material_of(document, reading, primitive)
    if DRACO in part(document, primitive, "extensions") or "POSITION" not in named:
        return None
    positions = stored_rows(document, named["POSITION"])
    colours = stored_rows(document, named["COLOR_0"]) if "COLOR_0" in named else None
    corners = stored_rows(document, primitive["indices"]) if "indices" in primitive else positions
    if positions is None or corners is None or (colours is None and "COLOR_0" in named):
        return None
    is_plain = positions.width == 3 and corners.count % 3 == 0
    if corners is not positions:
        is_plain &= corners.width == 1 and corners.dtype in (np.uint8, np.uint16, np.uint32)
    if colours is not None:
        is_plain &= colours.width in (3, 4) and colours.count == positions.count
    if not is_plain:
        return None
    reading.declare(named, positions.count)
    return _Part(
        positions=positions,
        colours=colours,
        corners=None if corners is positions else corners,
        matrix=matrix,
        colour=reading.materials[material].colour,
        first_vertex=before[-1].vertices_end if before else 0,
        first_triangle=before[-1].triangles_end if before else 0,
    )
