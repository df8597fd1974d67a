"""Small formats, read whole under a size cap: 3MF and OFF."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np

from processing.bundles.archive import BROKEN
from processing.errors import KnownError
from processing.meshes.mesh import F64, Finding, RawMesh
from processing.room.inputs import Input

MAX_BYTES = 100 << 20
MAX_UNPACKED_BYTES = 512 << 20
MAX_RATIO = 100
MAX_DEPTH = 64
MAX_COMPONENT_DEPTH = 16
# 3MF core specification 1.3, section 3.3.
UNITS_M = {
    "micron": 1e-6,
    "millimeter": 1e-3,
    "centimeter": 1e-2,
    "inch": 0.0254,
    "foot": 0.3048,
    "meter": 1.0,
}


def read_off(item: Input) -> RawMesh:
    """Read an OFF (also COFF): counts, vertices, polygons as fans."""
    data = whole(item)
    lines = (line.split(b"#", 1)[0].split() for line in data.splitlines())
    words = [word for line in lines for word in line]
    if not words or words[0].upper() not in (b"OFF", b"COFF"):
        raise KnownError("invalid-header", f"{item.path} does not begin with OFF", "export it again")
    try:
        vertices, faces = int(words[1]), int(words[2])
        if min(vertices, faces) < 0 or 3 * vertices + 4 * faces > len(words):
            text = f"{item.path} says {vertices:,} vertices and {faces:,} faces, and is too short for them"
            raise KnownError("count-mismatch", text, "the file was cut off, or its header is wrong")
        width = 7 if words[0].upper() == b"COFF" else 3
        table = np.array(words[4 : 4 + vertices * width], np.float64).reshape(-1, width)
        triangles = _off_faces(words[4 + vertices * width :], faces)
    except (ValueError, IndexError, OverflowError) as error:
        raise KnownError(
            "corrupt-data", f"{item.path} has a word that is no number", "export it again"
        ) from error
    return _raw(item, "off", table[:, :3], triangles, 1.0, None)


def _off_faces(words: list[bytes], faces: int) -> list[tuple[int, int, int]]:
    triangles = []
    at = 0
    for _ in range(faces):
        count = int(words[at])
        corners = [int(word) for word in words[at + 1 : at + 1 + count]]
        if count < 0 or len(corners) != count:
            raise IndexError("a face is cut off")
        triangles += [(corners[0], corners[k], corners[k + 1]) for k in range(1, count - 1)]
        at += 1 + count
    return triangles


@dataclass
class _Object:
    """One object of a 3MF: a mesh, or other objects put together."""

    vertices: list[tuple[float, float, float]] = field(default_factory=list)
    triangles: list[tuple[int, int, int]] = field(default_factory=list)
    components: list[tuple[str, F64]] = field(default_factory=list)


@dataclass
class _Model:
    unit: str = "millimeter"
    objects: dict[str, _Object] = field(default_factory=dict)
    build: list[tuple[str, F64]] = field(default_factory=list)
    current: _Object = field(default_factory=_Object)
    depth: int = 0


def read_3mf(item: Input) -> RawMesh:
    """Read the built objects of a 3MF, in metres by its own unit; it is Z up by its specification."""
    model = _parsed(item, _model_part(item))
    vertices: list[F64] = []
    triangles: list[tuple[int, int, int]] = []
    build = model.build or [(name, np.eye(4)) for name in model.objects]
    for name, matrix in build:
        _place(item, model, name, matrix, vertices, triangles, 0)
    if not vertices:
        raise KnownError("empty-result", f"{item.path} builds no mesh", "check the export")
    return _raw(item, "3mf", np.concatenate(vertices), triangles, UNITS_M[model.unit], model.unit)


def whole(item: Input) -> bytes:
    """Read a file of a format that is only read whole; a large one is refused."""
    if item.source.size > MAX_BYTES:
        text = f"{item.path} has {item.source.size:,} bytes; this format is read up to {MAX_BYTES:,}"
        raise KnownError("too-large", text, "export it as PLY, OBJ or GLB")
    return item.source.read_at(0, item.source.size)


def _model_part(item: Input) -> bytes:
    """Unpack the model part; the archive's own sizes are checked, then what really comes out."""
    try:
        with zipfile.ZipFile(io.BytesIO(whole(item))) as archive:
            entries = archive.infolist()
            packed = sum(entry.compress_size for entry in entries)
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(packed, 1):
                text = f"{item.path} unpacks from {packed:,} to {unpacked:,} bytes"
                raise KnownError("too-large", text, "a zip of this ratio is not taken")
            names = [entry for entry in entries if entry.filename.lower().endswith(".model")]
            if not names:
                raise KnownError("invalid-header", f"{item.path} holds no 3D model", "export it again")
            main = next((e for e in names if e.filename.lower() == "3d/3dmodel.model"), names[0])
            with archive.open(main) as part:
                return part.read(main.file_size + 1)[: main.file_size]
    except BROKEN as error:
        raise KnownError("corrupt-data", f"{item.path} is a damaged zip: {error}", "send it again") from error


def _parsed(item: Input, text: bytes) -> _Model:
    """Read the XML by events; a document type, and with it every entity, is refused."""
    model = _Model()
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> int:
        raise KnownError("external-reference", f"{item.path} declares XML entities", "export it again")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = lambda name, attributes: _start(item, model, name, attributes)
    parser.EndElementHandler = lambda _: _end(model)
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError, KeyError, OverflowError) as error:
        raise KnownError(
            "corrupt-data", f"{item.path}: its model cannot be read: {error}", "export it again"
        ) from error
    return model


def _start(item: Input, model: _Model, name: str, found: dict[str, str]) -> None:
    model.depth += 1
    if model.depth > MAX_DEPTH:
        raise KnownError("too-deep", f"{item.path}: its XML is nested more than {MAX_DEPTH} deep", None)
    match name.rpartition(" ")[2]:
        case "model":
            model.unit = found.get("unit", "millimeter")
            if model.unit not in UNITS_M:
                raise KnownError("invalid-header", f"{item.path}: {model.unit!r} is no unit of 3MF", None)
        case "object":
            model.current = model.objects.setdefault(found["id"], _Object())
        case "vertex":
            model.current.vertices.append((float(found["x"]), float(found["y"]), float(found["z"])))
        case "triangle":
            model.current.triangles.append((int(found["v1"]), int(found["v2"]), int(found["v3"])))
        case "component":
            model.current.components.append((found["objectid"], _matrix(found.get("transform"))))
        case "item":
            model.build.append((found["objectid"], _matrix(found.get("transform"))))


def _end(model: _Model) -> None:
    model.depth -= 1


def _matrix(text: str | None) -> F64:
    """Twelve numbers, row vectors first: m00 m01 m02 m10 … m30 m31 m32."""
    matrix = np.eye(4)
    if text:
        matrix[:3, :] = np.array([float(word) for word in text.split()]).reshape(4, 3).T
    return matrix


def _place(
    item: Input,
    model: _Model,
    name: str,
    matrix: F64,
    vertices: list[F64],
    triangles: list[tuple[int, int, int]],
    depth: int,
) -> None:
    if depth > MAX_COMPONENT_DEPTH or name not in model.objects:
        kind = "too-deep" if name in model.objects else "missing-reference"
        raise KnownError(kind, f"{item.path}: object {name!r} cannot be put together", "export it again")
    found = model.objects[name]
    if found.vertices:
        base = sum(len(block) for block in vertices)
        local = np.array(found.vertices, np.float64)
        highest = max((max(t) for t in found.triangles), default=0)
        if highest >= len(local) or min((min(t) for t in found.triangles), default=0) < 0:
            text = f"{item.path}: a face refers to vertex {highest} of {len(local)}"
            raise KnownError("index-out-of-range", text, "check the export")
        vertices.append(local @ matrix[:3, :3].T + matrix[:3, 3])
        triangles += [(a + base, b + base, c + base) for a, b, c in found.triangles]
    if len(triangles) > 20_000_000:
        raise KnownError("too-large", f"{item.path} builds more than 20 million triangles", None)
    for part, placed in found.components:
        _place(item, model, part, matrix @ placed, vertices, triangles, depth + 1)


def _raw(
    item: Input,
    name: str,
    vertices: F64,
    triangles: list[tuple[int, int, int]],
    unit_m: float,
    unit: str | None,
) -> RawMesh:
    try:
        corners = np.array(triangles, np.int64).reshape(-1, 3)
    except OverflowError as error:
        text = f"{item.path}: a face refers to a vertex by a number beyond all counting"
        raise KnownError("index-out-of-range", text, "check the export") from error
    if len(corners) and (int(corners.min()) < 0 or int(corners.max()) >= len(vertices)):
        text = f"{item.path}: a face refers to vertex {int(corners.max())} of {len(vertices)}"
        raise KnownError("index-out-of-range", text, "check the export")
    findings = []
    if unit is None:
        findings = [
            Finding(
                kind="assumed-up-axis", message=f"{name.upper()} does not say which axis is up; Z was assumed"
            ),
            Finding(
                kind="assumed-units", message=f"{name.upper()} does not say its unit; metres were assumed"
            ),
        ]
    return RawMesh(
        format=name,
        positions=vertices * unit_m,
        triangles=corners.astype(np.uint32),
        declared_vertices=len(vertices),
        unit=unit or "metre",
        unit_m=unit_m,
        findings=tuple(findings),
    )
