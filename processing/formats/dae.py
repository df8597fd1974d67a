"""COLLADA (DAE), read whole under a size cap by pycollada: placed geometry, materials, one image each.

Axes and unit are the file's own (COLLADA 1.4.1 specification, ``asset``).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

import numpy as np

from processing.errors import KnownError
from processing.formats.companions import picture
from processing.formats.small import whole
from processing.geometry.axes import Up, z_up
from processing.geometry.welding import weld
from processing.meshes.mesh import F32, F64, U16, U32, Finding, Image, Material, RawMesh
from processing.room.inputs import Input, Inputs

MAX_DEPTH = 128
MAX_TRIANGLES, MAX_PARTS = 20_000_000, 100_000
_UP: dict[str, Up] = {"X_UP": "x", "Y_UP": "y", "Z_UP": "z"}


@dataclass
class _Gathered:
    """Parts of the mesh so far, and the materials and pictures they use."""

    positions: list[F64] = field(default_factory=list)
    uvs: list[F32] = field(default_factory=list)
    triangles: list[U32] = field(default_factory=list)
    numbers: list[U16] = field(default_factory=list)
    materials: dict[str, int] = field(default_factory=dict)
    made: list[Material] = field(default_factory=list)
    images: dict[str, int] = field(default_factory=dict)
    pictures: list[Image] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    vertices: int = 0
    corners: int = 0
    parts: int = 0
    textured: bool = False


def read_dae(item: Input, inputs: Inputs) -> RawMesh:
    """Read all geometry that the scene of a DAE places; of none, all there is.

    Raises
    ------
    KnownError
        ``too-large``, ``too-deep``, ``external-reference``, ``corrupt-data``, ``index-out-of-range``,
        ``invalid-header``, ``empty-result``.
    """
    import collada

    data = whole(item)
    _check_xml(item, data)
    gathered = _Gathered()
    try:
        with warnings.catch_warnings():
            # It multiplies by numpy's old matrices.
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            document = collada.Collada(io.BytesIO(data), ignore=[collada.common.DaeError])
            for part in _parts(document):
                _add(item, inputs, part, gathered)
        up, unit_m, unit = _asset(item, document)
    except (KnownError, MemoryError):
        raise
    except RecursionError as error:
        raise KnownError("too-deep", f"{item.path}: its nodes are placed in one another", None) from error
    except Exception as error:  # its reader raises whatever it trips over
        text = f"{item.path} cannot be read: {type(error).__name__}: {error}"
        raise KnownError("corrupt-data", text[:300], "export it again, or as GLB") from error
    unread = [str(error) for error in document.errors]
    if not gathered.corners and unread:
        raise KnownError("corrupt-data", f"{item.path}: {unread[0]}"[:300], "export it again, or as GLB")
    if not gathered.corners:
        raise KnownError("empty-result", f"{item.path} holds no triangles", "check the export")
    if unread:
        text = f"{len(unread)} parts of the file could not be read; the first: {unread[0]}"
        gathered.findings.append(Finding(kind="unread-parts", message=text[:300]))
    return RawMesh(
        format="dae",
        positions=z_up(np.concatenate(gathered.positions), up) * unit_m,
        triangles=np.concatenate(gathered.triangles),
        uvs=np.concatenate(gathered.uvs) if gathered.textured else None,
        vertex_materials=np.concatenate(gathered.numbers),
        materials=tuple(gathered.made),
        images=tuple(gathered.pictures),
        declared_vertices=gathered.vertices,
        unit=unit,
        unit_m=unit_m,
        file_up=up,
        findings=tuple(gathered.findings),
    )


def _check_xml(item: Input, data: bytes) -> None:
    """Refuse a document type, and with it every entity, and what is nested deep."""
    parser = expat.ParserCreate()
    depth = 0

    def refuse(*_: object) -> int:
        raise KnownError("external-reference", f"{item.path} declares XML entities", "export it again")

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise KnownError("too-deep", f"{item.path}: its XML is nested more than {MAX_DEPTH} deep", None)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        raise KnownError("corrupt-data", f"{item.path} is no XML: {error}", "send it again") from error


def _parts(document: Any) -> Iterator[Any]:
    """Answer sets of triangles one by one, placed by the scene; polygons are cut into fans."""
    placed = False
    for one in document.scene.objects("geometry") if document.scene is not None else ():
        placed = True
        yield from _triangles(one.primitives())
    # What is moved by bones or animations is placed nowhere: it is taken as it was made.
    for one in () if placed else document.geometries:
        yield from _triangles(one.primitives)


def _triangles(primitives: Iterable[Any]) -> Iterator[Any]:
    for part in primitives:
        name = type(part).__name__
        if "Polylist" in name or "Polygons" in name:
            yield part.triangleset()
        elif "Triangle" in name:
            yield part


def _add(item: Input, inputs: Inputs, part: Any, gathered: _Gathered) -> None:
    gathered.parts += 1
    found = [] if part.vertex is None or part.vertex_index is None else part.vertex_index
    corners = np.asarray(found, np.int64).reshape(-1)
    if len(corners) + gathered.corners > 3 * MAX_TRIANGLES or gathered.parts > MAX_PARTS:
        raise KnownError("too-large", f"{item.path} places more than {MAX_TRIANGLES:,} triangles", None)
    if not len(corners):
        return
    positions = np.asarray(part.vertex, np.float64).reshape(-1, 3)
    _check(item, corners, len(positions))
    material, textured = _material(item, inputs, part, gathered)
    uvs = np.zeros((len(corners), 2), np.float32)
    if textured and len(part.texcoordset):
        rows = np.asarray(part.texcoordset[0], np.float32)
        chosen = np.asarray(part.texcoord_indexset[0], np.int64).reshape(-1)
        _check(item, chosen, len(rows))
        uvs[:, 0], uvs[:, 1] = rows[chosen, 0], 1 - rows[chosen, 1]
        gathered.textured = True
    numbers, first = weld(corners.astype(np.uint32), uvs)
    base = sum(len(block) for block in gathered.positions)
    gathered.positions.append(positions[corners[first]])
    gathered.uvs.append(uvs[first])
    gathered.triangles.append((numbers + np.uint32(base)).reshape(-1, 3))
    gathered.numbers.append(np.full(len(first), material, np.uint16))
    gathered.vertices += len(positions)
    gathered.corners += len(corners)


def _check(item: Input, chosen: Any, count: int) -> None:
    low, high = int(chosen.min()), int(chosen.max())
    if low < 0 or high >= count:
        text = f"{item.path}: a face refers to vertex {low if low < 0 else high:,} of {count:,}"
        raise KnownError("index-out-of-range", text, "check the export")


def _material(item: Input, inputs: Inputs, part: Any, gathered: _Gathered) -> tuple[int, bool]:
    """Answer the number of a part's material, and whether it has an image."""
    material = part.material
    effect = getattr(material, "effect", None)
    name = str(getattr(material, "id", "") or "")
    if name not in gathered.materials:
        made = Material(name=name)
        diffuse = getattr(effect, "diffuse", None)
        if isinstance(diffuse, tuple) and len(diffuse) >= 3:
            red, green, blue = (min(max(float(value), 0.0), 1.0) for value in diffuse[:3])
            made = Material(name=name, colour=(red, green, blue, 1.0))
        elif diffuse is not None and not isinstance(diffuse, tuple):
            path = unquote(str(diffuse.sampler.surface.image.path)).removeprefix("file://")
            number = picture(item, inputs, path, gathered.images, gathered.pictures, gathered.findings)
            made = Material(name=name, image=number)
        gathered.materials[name] = len(gathered.made)
        gathered.made.append(made)
    number = gathered.materials[name]
    return number, gathered.made[number].image is not None


def _asset(item: Input, document: Any) -> tuple[Up, float, str]:
    """Answer which axis points up, how long a unit is, and what it is called."""
    asset = document.assetInfo
    up = _UP.get(str(getattr(asset, "upaxis", None) or "Y_UP"), "y")
    unit_m = float(getattr(asset, "unitmeter", None) or 1.0)
    if not 0 < unit_m < 1e6:
        raise KnownError("invalid-header", f"{item.path}: a unit of {unit_m:g} m is none", "export it again")
    return up, unit_m, str(getattr(asset, "unitname", None) or "metre")[:40]
