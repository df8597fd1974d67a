"""STL: binary (also with a header that says "solid") and text; equal corners become one vertex."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
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
    findings = (
        Finding(kind="assumed-up-axis", message="STL does not say which axis is up; Z was assumed"),
        Finding(kind="assumed-units", message="STL does not say its unit; metres were assumed"),
    )
    return RawMesh(
        format="stl",
        positions=corners[first].astype(np.float64),
        triangles=numbers.reshape(-1, 3),
        declared_vertices=len(corners),
        findings=findings,
    )


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
        data = source.read_at(HEADER_BYTES + begin * RECORD.itemsize, count * RECORD.itemsize)
        corners[begin * 3 : (begin + count) * 3] = np.frombuffer(data, RECORD)["corners"].reshape(-1, 3)
    return corners


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
