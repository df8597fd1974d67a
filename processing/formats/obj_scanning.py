"""OBJ text read chunk after chunk: what reading it whole and reading it in blocks have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats import obj_tokens as tokens
from processing.meshes.mesh import F64, Finding, Image
from processing.room.sources import Source

CHUNK_BYTES = 4 << 20
# A line longer than a chunk: a face with 10,000 corners has some 200 kB.
MAX_LINE_BYTES = CHUNK_BYTES
MAX_MATERIALS = 1000

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


@dataclass
class Said:
    """What an OBJ has said so far beside its numbers, and how many of those there were.

    ``counts`` (2,) vertices and texture vertices; ``highest`` (2,) the highest of each that a corner refers
    to, from 0, or -1. ``names`` numbers materials, ``material`` is the one in force, ``used`` those that have
    triangles.
    """

    counts: I64 = field(default_factory=lambda: np.zeros(2, np.int64))
    highest: I64 = field(default_factory=lambda: np.full(2, -1, np.int64))
    triangles: int = 0
    skipped: int = 0
    coloured: bool = False
    libraries: list[str] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    material: int = 0
    used: set[int] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """The numbers of some lines; the next chunk takes the place of its arrays.

    ``vertices`` (k, 6) float64 x y z and r g b, zero where there are none; ``textures`` (k, 2) float64;
    ``corners`` (3 m, 2) int32, vertex and texture vertex from 0 over the whole file, or -1. ``changes`` say
    from which triangle of the file on which material is in force.
    """

    vertices: F64
    textures: F64
    corners: I32
    changes: list[tuple[int, int]]


class _Room:
    """Arrays for the most that the lines of a chunk can hold."""

    def __init__(self) -> None:
        room = CHUNK_BYTES + MAX_LINE_BYTES
        self.vertices = np.empty((room // 8 + 1, 6), np.float64)
        self.textures = np.empty((room // 5 + 1, 2), np.float64)
        # "f 1 2 3\n" is the shortest face; each further corner of a polygon takes two bytes and makes a
        # triangle.
        self.corners = np.empty((room // 2 * 3, 2), np.int32)
        self.statements = np.empty((room // 7 + 1, 3), np.int64)


def scanned(source: Source, said: Said) -> Iterator[Chunk]:
    """Read an OBJ once; ``said`` holds what the chunks answered so far have said.

    Raises
    ------
    KnownError
        ``corrupt-data``, ``index-out-of-range`` or ``too-large``.
    """
    room = _Room()
    for begin, data in _chunks_of_lines(source):
        view = np.frombuffer(data, np.uint8)
        counts, code, at, coloured = tokens.scan(
            view, said.counts, room.vertices, room.textures, room.corners, room.statements
        )
        if code != tokens.OK:
            raise _bad_line(source.name, code, begin + at, data, at)
        said.coloured |= bool(coloured)
        chunk = Chunk(
            vertices=room.vertices[: counts[tokens.VERTEX]],
            textures=room.textures[: counts[tokens.TEXTURE]],
            corners=room.corners[: counts[tokens.TRIANGLE] * 3],
            changes=_changes(data, room.statements[: counts[tokens.STATEMENT]], said),
        )
        _count(said, chunk, counts)
        yield chunk


def _chunks_of_lines(source: Source) -> Iterator[tuple[int, bytes]]:
    """Read whole lines, continued ones joined; answer where in the file they begin, and them."""
    offset, rest = 0, b""
    while offset < source.size or rest:
        piece = source.read_at(offset, CHUNK_BYTES)
        begin, offset = offset - len(rest), offset + len(piece)
        data = rest + piece
        last = offset >= source.size
        cut = len(data) if last else _whole_lines(data)
        if cut == 0:
            raise KnownError("too-large", f"{source.name} has a line of more than {len(data):,} bytes", None)
        data, rest = data[:cut], data[cut:]
        if b"\\\n" in data or b"\\\r\n" in data:
            data = data.replace(b"\\\r\n", b"   ").replace(b"\\\n", b"  ")
        yield begin, data
        if last:
            break


def _whole_lines(data: bytes) -> int:
    cut = data.rfind(b"\n") + 1
    while cut > 1 and data[cut - 2 : cut - 1] == b"\\":
        cut = data.rfind(b"\n", 0, cut - 1) + 1
    return cut if len(data) - cut <= MAX_LINE_BYTES else 0


def _changes(data: bytes, statements: I64, said: Said) -> list[tuple[int, int]]:
    """Take the names of material files, and where materials begin, from lines ``m…`` and ``u…``."""
    changes = []
    for begin, end, triangles in statements:
        keyword, _, name = data[begin:end].decode("utf-8", "replace").strip().partition(" ")
        if keyword == "mtllib":
            said.libraries.append(name.strip())
        elif keyword == "usemtl":
            number = said.names.setdefault(name.strip(), len(said.names))
            changes.append((said.triangles + int(triangles), number))
            if number > MAX_MATERIALS:
                raise KnownError("too-large", f"more than {MAX_MATERIALS} materials", "merge materials")
    return changes


def _count(said: Said, chunk: Chunk, counts: I64) -> None:
    end = said.triangles + int(counts[tokens.TRIANGLE])
    stretches = [(said.triangles, said.material), *chunk.changes, (end, 0)]
    said.used |= {number for (first, number), (past, _) in pairwise(stretches) if past > first}
    said.material = stretches[-2][1]
    said.triangles = end
    said.skipped += int(counts[tokens.SKIPPED])
    said.counts += counts[:2]
    if len(chunk.corners):
        for column in range(2):
            said.highest[column] = max(said.highest[column], chunk.corners[:, column].max())


def _bad_line(name: str, code: int, at: int, data: bytes, local: int) -> KnownError:
    line = data[local : local + 60].split(b"\n")[0].decode("utf-8", "replace")
    if code == tokens.TOO_MANY_CORNERS:
        text = f"{name} has a face with more than {tokens.MAX_CORNERS:,} corners at byte {at}"
        return KnownError("too-large", text, "triangulate on export")
    if code == tokens.BAD_INDEX:
        text = f"{name} has a face that refers to no vertex, at byte {at}: {line!r}"
        return KnownError("index-out-of-range", text, "check the export")
    return KnownError(
        "corrupt-data", f"{name} has a line that is no number at byte {at}: {line!r}", "check the export"
    )


def check_surface(path: str, said: Said) -> None:
    """Refuse an OBJ that was read to its end and makes no surface.

    Raises
    ------
    KnownError
        ``empty-result`` or ``index-out-of-range``.
    """
    if not said.counts[0]:
        raise KnownError("empty-result", f"{path} has no vertices", "check the export")
    if not said.triangles:
        raise KnownError("empty-result", f"{path} has no faces", "export the surface, not only its points")
    for highest, there, what in zip(said.highest, said.counts, ("vertex", "texture vertex"), strict=True):
        if highest >= there:
            text = f"a face refers to {what} {highest + 1:,}, and there are {there:,}"
            raise KnownError("index-out-of-range", text, "check the export")


def first_findings(said: Said) -> list[Finding]:
    """Answer what is to be said of every OBJ, and of faces that were passed over."""
    findings = [
        Finding(kind="assumed-up-axis", message="OBJ does not say which axis is up; Z was assumed"),
        Finding(kind="assumed-units", message="OBJ does not say its unit; metres were assumed"),
    ]
    if said.skipped:
        text = f"{said.skipped} faces had fewer than three corners"
        findings.append(Finding(kind="skipped-faces", message=text))
    return findings


def attributes_of(said: Said, images: tuple[Image, ...]) -> tuple[str, ...]:
    """Name what the vertices and corners have."""
    return (*["colour"] * said.coloured, *["texture"] * bool(images), *["uv"] * bool(said.counts[1]))


def is_textured(said: Said, images: tuple[Image, ...]) -> bool:
    """Say whether corners have texture coordinates, and materials pictures to take them from."""
    return bool(images) and int(said.highest[1]) >= 0
