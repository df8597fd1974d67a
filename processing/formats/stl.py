"""STL: binary (also with a header that says "solid") and text; equal corners become one vertex."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats.mesh_blocks import WHITE, Colour, Floats, Indices
from processing.formats.obj_tokens import parse_number
from processing.geometry.compiled import compiled
from processing.geometry.welding import weld
from processing.meshes.mesh import F32, Finding, RawMesh
from processing.room.inputs import Input
from processing.room.sources import Source

HEADER_BYTES = 84
RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
BLOCK_TRIANGLES = 1 << 18
BLOCK_BYTES = 8 << 20
# Triangles that are looked at for the length of edges.
SOME = 65_536
# Numbers of corners are 32 bits wide.
MOST_CORNERS = (1 << 32) - 1


def read_stl(item: Input) -> RawMesh:
    """Read an STL; Z up and metres are assumed, and said so.

    Raises
    ------
    KnownError
        ``count-mismatch``, ``truncated``, ``corrupt-data`` or ``empty-result``.
    """
    corners = _binary(item.source) if _is_binary(item.source) else _text(item.source)
    if not len(corners):
        raise KnownError("empty-result", f"{item.path} holds no triangles", "check the export")
    numbers, first = weld(corners)
    return _mesh(corners[first].astype(np.float64), numbers.reshape(-1, 3), len(corners))


def _mesh(positions: Floats, triangles: Indices, declared_vertices: int) -> RawMesh:
    findings = (
        Finding(kind="assumed-up-axis", message="STL does not say which axis is up; Z was assumed"),
        Finding(kind="assumed-units", message="STL does not say its unit; metres were assumed"),
    )
    return RawMesh(
        format="stl",
        positions=positions,
        triangles=triangles,
        declared_vertices=declared_vertices,
        findings=findings,
    )


@dataclass(frozen=True, kw_only=True)
class StlBlocks:
    """A binary STL: every triangle brings its three corners, which are welded where they are equal."""

    source: Source
    triangles: int

    @property
    def vertices(self) -> int:
        """Corners of all triangles."""
        return 3 * self.triangles

    @property
    def has_colours(self) -> bool:
        """Answer that there are none."""
        return False

    @property
    def base_colour(self) -> Colour:
        """Answer that there is none."""
        return WHITE

    @property
    def rows_a_vertex(self) -> int:
        """Answer that six triangles meet at a vertex, as they do in most meshes."""
        return 6

    def said(self) -> RawMesh:
        """Answer what the file says of itself, as a mesh without its vertices and triangles."""
        return _mesh(np.empty((0, 3), np.float64), np.empty((0, 3), np.uint32), self.vertices)

    def vertex_blocks(self) -> Iterator[tuple[Floats, None]]:
        """Read corners (k, 3), three of every triangle."""
        for begin in range(0, self.triangles, BLOCK_TRIANGLES):
            count = min(BLOCK_TRIANGLES, self.triangles - begin)
            yield _corners(self.source, begin, count).astype(np.float64), None

    def triangle_blocks(self) -> Iterator[Indices]:
        """Number the corners (k, 3) of triangles as they stand."""
        for begin in range(0, self.triangles, BLOCK_TRIANGLES):
            yield self._numbers(begin, min(begin + BLOCK_TRIANGLES, self.triangles))

    def some_triangles(self) -> Indices:
        """Number the corners of some triangles from all over the file."""
        some = np.linspace(0, self.triangles - 1, min(self.triangles, SOME)).astype(np.int64)
        return (3 * some[:, None] + np.arange(3)).astype(np.uint32)

    def _numbers(self, begin: int, end: int) -> Indices:
        return np.arange(3 * begin, 3 * end, dtype=np.uint32).reshape(-1, 3)


def stl_blocks(source: Source) -> StlBlocks | None:
    """Answer how to read an STL in blocks; None where it is text, cut off, or empty."""
    if not _is_binary(source) or source.size < HEADER_BYTES:
        return None
    triangles = _declared(source)
    if not 0 < triangles <= min((source.size - HEADER_BYTES) // RECORD.itemsize, MOST_CORNERS // 3):
        return None
    return StlBlocks(source=source, triangles=triangles)


def _is_binary(source: Source) -> bool:
    head = source.read_at(0, 1024)
    if len(head) >= HEADER_BYTES and _declared(source) * RECORD.itemsize + HEADER_BYTES == source.size:
        return True
    return not head.lstrip().lower().startswith(b"solid") or b"\0" in head


def _declared(source: Source) -> int:
    return int(struct.unpack("<I", source.read_at(80, 4))[0])


def _binary(source: Source) -> F32:
    if source.size < HEADER_BYTES:
        raise KnownError("truncated", f"{source.name} ends inside its header", "send the file again")
    triangles = _declared(source)
    there = (source.size - HEADER_BYTES) // RECORD.itemsize
    if triangles > there:
        text = f"{source.name} says it has {triangles:,} triangles, and holds {there:,}"
        raise KnownError("count-mismatch", text, "the file was cut off, or its header is wrong")
    corners = np.empty((triangles * 3, 3), np.float32)
    for begin in range(0, triangles, BLOCK_TRIANGLES):
        count = min(BLOCK_TRIANGLES, triangles - begin)
        corners[begin * 3 : (begin + count) * 3] = _corners(source, begin, count)
    return corners


def _corners(source: Source, begin: int, count: int) -> F32:
    data = source.read_at(HEADER_BYTES + begin * RECORD.itemsize, count * RECORD.itemsize)
    if len(data) < count * RECORD.itemsize:
        raise KnownError("truncated", f"{source.name} ends too early", "send the file again")
    found: F32 = np.frombuffer(data, RECORD)["corners"].reshape(-1, 3)
    return found


def _text(source: Source) -> F32:
    blocks: list[F32] = []
    offset, rest = 0, b""
    facets = 0
    while offset < source.size:
        piece = source.read_at(offset, BLOCK_BYTES)
        offset += len(piece)
        data = rest + piece
        cut = len(data) if offset >= source.size else data.rfind(b"\n") + 1
        if cut == 0 and len(data) > 2 * BLOCK_BYTES:
            raise KnownError("corrupt-data", f"{source.name} has a line of {len(data):,} bytes", None)
        rest = data[cut:]
        found, ends, bad = _vertex_lines(np.frombuffer(data[:cut].lower(), np.uint8))
        if bad >= 0:
            raise KnownError("corrupt-data", f"{source.name}: a vertex line is no number", "check the export")
        blocks.append(found)
        facets += ends
    corners = np.concatenate(blocks) if blocks else np.empty((0, 3), np.float32)
    tail = source.read_at(max(source.size - 1024, 0), 1024).lower()
    if b"endsolid" not in tail or len(corners) != facets * 3:
        text = f"{source.name} ends in the middle: {len(corners):,} corners, {facets:,} whole facets"
        raise KnownError("truncated", text, "send the file again")
    return corners


@compiled()
def _vertex_lines(data: npt.NDArray[np.uint8]) -> tuple[F32, int, int]:
    """Take the numbers of lines "vertex x y z", in lower case, and count "endfacet"."""
    found = np.empty((len(data) // 12 + 1, 3), np.float32)
    count = 0
    ends = 0
    i = 0
    size = len(data)
    while i < size:
        while i < size and (data[i] <= 32):
            i += 1
        line = i
        while i < size and data[i] != 10:
            i += 1
        if i - line > 7 and data[line] == 118 and data[line + 1] == 101 and data[line + 5] == 120:
            at = line + 6
            for k in range(3):
                while at < i and data[at] <= 32:
                    at += 1
                value, stop = parse_number(data, at, i)
                if stop == at:
                    return found[:count], ends, line
                found[count, k] = value
                at = stop
            count += 1
        elif i - line >= 8 and data[line] == 101 and data[line + 3] == 102 and data[line + 4] == 97:
            ends += 1
    return found[:count].copy(), ends, -1
