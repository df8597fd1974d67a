"""OBJ with MTL and pictures: streamed, any corner form, several materials, polygons as fans."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats import obj_tokens as tokens
from processing.formats.companions import listed, picture
from processing.formats.mtl import ParsedMaterial, parse_mtl
from processing.meshes.mesh import F64, U8, U16, Finding, Image, Material, RawMesh
from processing.room.inputs import Input, Inputs
from processing.room.sources import Source

CHUNK_BYTES = 4 << 20
# A line longer than a chunk: a face with 10,000 corners has some 200 kB.
MAX_LINE_BYTES = CHUNK_BYTES
MAX_MTL_BYTES = 4 << 20
MAX_MATERIALS = 1000


@dataclass
class _Parts:
    """What has been read so far, by chunk."""

    vertices: list[F64] = field(default_factory=list)
    textures: list[npt.NDArray[np.float32]] = field(default_factory=list)
    corners: list[npt.NDArray[np.int32]] = field(default_factory=list)
    colours: list[npt.NDArray[np.float32]] = field(default_factory=list)
    coloured: bool = False
    triangles: int = 0
    skipped: int = 0
    libraries: list[str] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    # Where each material begins: triangle, number of the material.
    changes: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, np.int64))


def read_obj(item: Input, inputs: Inputs) -> RawMesh:
    """Read an OBJ and the listed files it refers to; Z up and metres are assumed, and said so.

    Raises
    ------
    KnownError
        ``corrupt-data``, ``index-out-of-range``, ``too-large``, ``external-reference`` or ``empty-result``.
    """
    parts = _scan(item.source)
    if not parts.counts[0]:
        raise KnownError("empty-result", f"{item.path} has no vertices", "check the export")
    if not parts.triangles:
        raise KnownError(
            "empty-result", f"{item.path} has no faces", "export the surface, not only its points"
        )
    corners = np.concatenate(parts.corners)
    _check_indices(corners, parts)
    findings = [Finding(kind="assumed-up-axis", message="OBJ does not say which axis is up; Z was assumed")]
    findings.append(Finding(kind="assumed-units", message="OBJ does not say its unit; metres were assumed"))
    if parts.skipped:
        findings.append(
            Finding(kind="skipped-faces", message=f"{parts.skipped} faces had fewer than three corners")
        )
    materials, images = _materials(item, inputs, parts, findings)
    return _assembled(parts, corners, materials, images, findings)


def _scan(source: Source) -> _Parts:
    parts = _Parts()
    room = CHUNK_BYTES + MAX_LINE_BYTES
    vertices = np.empty((room // 8 + 1, 6), np.float64)
    textures = np.empty((room // 5 + 1, 2), np.float64)
    # "f 1 2 3\n" is the shortest face; each further corner of a polygon takes two bytes and makes a triangle.
    corners = np.empty((room // 2 * 3, 2), np.int32)
    statements = np.empty((room // 7 + 1, 3), np.int64)
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
        view = np.frombuffer(data, np.uint8)
        counts, code, at, coloured = tokens.scan(view, parts.counts, vertices, textures, corners, statements)
        if code != tokens.OK:
            raise _bad_line(source.name, code, begin + at, data, at)
        _keep(parts, data, counts, vertices, textures, corners, statements)
        parts.coloured |= bool(coloured)
        if last:
            break
    return parts


def _whole_lines(data: bytes) -> int:
    cut = data.rfind(b"\n") + 1
    while cut > 1 and data[cut - 2 : cut - 1] == b"\\":
        cut = data.rfind(b"\n", 0, cut - 1) + 1
    return cut if len(data) - cut <= MAX_LINE_BYTES else 0


def _keep(
    parts: _Parts,
    data: bytes,
    counts: npt.NDArray[np.int64],
    vertices: F64,
    textures: F64,
    corners: npt.NDArray[np.int32],
    statements: npt.NDArray[np.int64],
) -> None:
    kept = vertices[: counts[tokens.VERTEX]]
    parts.vertices.append(kept[:, :3].copy())
    parts.colours.append(kept[:, 3:6].astype(np.float32))
    parts.textures.append(textures[: counts[tokens.TEXTURE]].astype(np.float32))
    found = corners[: counts[tokens.TRIANGLE] * 3]
    parts.corners.append(found.copy())
    for begin, end, triangles in statements[: counts[tokens.STATEMENT]]:
        keyword, _, name = data[begin:end].decode("utf-8", "replace").strip().partition(" ")
        if keyword == "mtllib":
            parts.libraries.append(name.strip())
        elif keyword == "usemtl":
            number = parts.names.setdefault(name.strip(), len(parts.names))
            parts.changes.append((parts.triangles + int(triangles), number))
            if number > MAX_MATERIALS:
                raise KnownError("too-large", f"more than {MAX_MATERIALS} materials", "merge materials")
    parts.triangles += int(counts[tokens.TRIANGLE])
    parts.skipped += int(counts[tokens.SKIPPED])
    parts.counts += counts[:2]


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


def _check_indices(corners: npt.NDArray[np.int32], parts: _Parts) -> None:
    for column, what in ((0, "vertex"), (1, "texture vertex")):
        highest, there = int(corners[:, column].max()), int(parts.counts[column])
        if highest >= there:
            text = f"a face refers to {what} {highest + 1:,}, and there are {there:,}"
            raise KnownError("index-out-of-range", text, "check the export")


def _materials(
    item: Input, inputs: Inputs, parts: _Parts, findings: list[Finding]
) -> tuple[tuple[Material, ...], tuple[Image, ...]]:
    """Read the listed material files and pictures; what is missing is a finding."""
    parsed: dict[str, ParsedMaterial] = {}
    referrer = {}
    for name in dict.fromkeys(parts.libraries):
        found = listed(item, inputs, name, findings)
        if found is not None:
            if found.source.size > MAX_MTL_BYTES:
                raise KnownError("too-large", f"{found.path} is {found.source.size:,} bytes", None)
            text = found.source.read_at(0, found.source.size).decode("utf-8", "replace")
            for key, material in parse_mtl(text).items():
                parsed.setdefault(key, material)
                referrer[key] = found
    images: dict[str, int] = {}
    pictures: list[Image] = []
    materials = []
    for name in parts.names:
        source = parsed.get(name, ParsedMaterial(name=name))
        number = None
        if source.picture is not None:
            number = picture(referrer[name], inputs, source.picture, images, pictures, findings)
        # Kd under a picture is a leftover of exporters (0.8 grey), not a tint of the stone.
        colour = (1.0, 1.0, 1.0) if number is not None else source.colour
        materials.append(Material(name=name, image=number, colour=(*colour, source.opacity)))
    return tuple(materials), tuple(pictures)


def _assembled(
    parts: _Parts,
    corners: npt.NDArray[np.int32],
    materials: tuple[Material, ...],
    images: tuple[Image, ...],
    findings: list[Finding],
) -> RawMesh:
    positions = np.concatenate(parts.vertices)
    textures = np.concatenate(parts.textures)
    has_uv = len(textures) > 0 and bool((corners[:, 1] >= 0).any()) and bool(images)
    attributes = ["colour"] * parts.coloured + ["texture"] * bool(images) + ["uv"] * bool(len(textures))
    uvs = looks = None
    taken: slice | npt.NDArray[np.int32] = slice(None)
    if not has_uv and len(materials) <= 1:
        # Nothing hangs on corners: vertices are the file's own.
        numbers = corners[:, 0].astype(np.uint32)
    else:
        if not has_uv:
            corners[:, 1] = -1
        used = _material_of_triangles(parts)
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
        colours=_colours(parts)[taken] if parts.coloured else None,
        uvs=uvs,
        vertex_materials=looks,
        materials=materials,
        images=images,
        declared_vertices=int(parts.counts[0]),
        attributes=tuple(attributes),
        findings=tuple(findings),
    )


def _material_of_triangles(parts: _Parts) -> U16:
    used = np.zeros(parts.triangles, np.uint16)
    for (begin, number), (end, _) in zip(
        parts.changes, [*parts.changes[1:], (parts.triangles, 0)], strict=True
    ):
        used[begin:end] = number
    return used


def _colours(parts: _Parts) -> U8:
    """Colours behind the coordinates, 0..1 by the custom of MeshLab and others, or 0..255."""
    values = np.concatenate(parts.colours)
    scale = 255.0 if len(values) and float(values.max()) <= 1.0 else 1.0
    rgba = np.full((len(values), 4), 255, np.uint8)
    rgba[:, :3] = np.clip(np.round(np.nan_to_num(values) * scale), 0, 255)
    return rgba
