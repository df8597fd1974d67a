"""glTF and GLB: every triangle of the scene, placed by its nodes in float64, turned from Y up to Z up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats.gltf_accessors import accessor, as_floats, draco, normalised, view_slice
from processing.formats.gltf_document import Document, invalid, numbers, open_document, part, resource
from processing.formats.gltf_scene import Z_UP_FROM_Y_UP, is_mirrored, list_in, placed, placed_meshes
from processing.formats.images import checked_image
from processing.geometry.colour import srgb_from_linear
from processing.meshes.mesh import F32, F64, U8, U32, Finding, Image, Material, RawMesh
from processing.room.inputs import Input, Inputs

TRIANGLES, STRIP, FAN = 4, 5, 6
DRACO = "KHR_draco_mesh_compression"


@dataclass(kw_only=True)
class _Piece:
    """One primitive as placed once."""

    positions: F64
    triangles: U32
    colours: U8 | None
    uvs: F32 | None
    material: int


@dataclass(kw_only=True)
class Reading:
    """What has been read so far."""

    pieces: list[_Piece] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    materials: list[Material] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    image_numbers: dict[int, int] = field(default_factory=dict)
    uv_sets: list[int] = field(default_factory=list)
    uv_transforms: list[npt.NDArray[np.float64]] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    declared: dict[int, int] = field(default_factory=dict)

    def note(self, kind: str, message: str) -> None:
        """Say something once."""
        self.findings.setdefault(kind + message, Finding(kind=kind, message=message))

    def declare(self, named: dict[str, Any], vertices: int) -> None:
        """Keep what a primitive's attributes are called, and how many vertices an accessor has."""
        self.attributes |= {name.split("_")[0].lower() for name in named}
        self.declared[named["POSITION"]] = vertices

    def words(self) -> tuple[str, ...]:
        """Name what the vertices have."""
        named = sorted({"color": "colour", "texcoord": "uv"}.get(name, name) for name in self.attributes)
        return (*named, *["texture"] * bool(self.images))


def read_gltf(item: Input, inputs: Inputs) -> RawMesh:
    """Read the scene of a glTF 2.0; Y up and metres, as the format says.

    Raises
    ------
    KnownError
        ``invalid-header``, ``truncated``, ``count-mismatch``, ``too-deep``, ``too-large``, ``corrupt-data``,
        ``external-reference``, ``missing-reference``, ``index-out-of-range``, ``unsupported-format``,
        ``empty-result``.
    """
    document = open_document(item, inputs)
    reading = Reading()
    read_materials(document, reading)
    for mesh, matrix in placed_meshes(document):
        for primitive in list_in(document, document.entry("meshes", mesh), "primitives"):
            piece = _read_primitive(document, reading, primitive, Z_UP_FROM_Y_UP @ matrix)
            if piece is not None:
                reading.pieces.append(piece)
    if not reading.pieces:
        raise KnownError("empty-result", f"{item.path} holds no triangles", "export the surface as triangles")
    return _joined(item, reading)


def read_materials(document: Document, reading: Reading) -> None:
    """Read all materials and their pictures; glTF's default one comes last."""
    for number, entry in enumerate(document.entries("materials")):
        rough = part(document, entry, "pbrMetallicRoughness")
        factor = numbers(document, rough, "baseColorFactor", [1.0, 1.0, 1.0, 1.0])
        red, green, blue = (float(value) for value in srgb_from_linear(np.array(factor[:3])))
        info = part(document, rough, "baseColorTexture")
        image = _texture_image(document, reading, info["index"]) if "index" in info else None
        transform = part(document, part(document, info, "extensions"), "KHR_texture_transform")
        reading.uv_sets.append(_uv_set(document, transform, info))
        reading.uv_transforms.append(_uv_matrix(document, transform))
        name = str(entry.get("name", f"material {number}"))
        reading.materials.append(Material(name=name, image=image, colour=(red, green, blue, factor[3])))
        maps = [key for key in ("normalTexture", "occlusionTexture", "emissiveTexture") if key in entry]
        if maps:
            reading.note(
                "dropped-maps", f"{', '.join(maps)} stay in the master and are not drawn in derivatives"
            )
    reading.materials.append(Material(name=""))
    reading.uv_sets.append(0)
    reading.uv_transforms.append(np.eye(3))


def _uv_set(document: Document, transform: dict[str, Any], info: dict[str, Any]) -> int:
    found = transform.get("texCoord", info.get("texCoord", 0))
    if type(found) is not int:
        raise invalid(document.item, f"'texCoord' is {found!r}")
    return found


def _uv_matrix(document: Document, transform: dict[str, Any]) -> F64:
    """KHR_texture_transform: translation @ rotation @ scale."""
    u, v = numbers(document, transform, "offset", [0.0, 0.0])
    a, b = numbers(document, transform, "scale", [1.0, 1.0])
    (turn,) = numbers(document, {"rotation": [transform.get("rotation", 0.0)]}, "rotation", [0.0])
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos * a, sin * b, u], [-sin * a, cos * b, v], [0, 0, 1.0]])


def _texture_image(document: Document, reading: Reading, number: Any) -> int | None:
    texture = document.entry("textures", number)
    extensions = part(document, texture, "extensions")
    source = part(document, extensions, "EXT_texture_webp").get("source", texture.get("source"))
    if source is None:
        reading.note(
            "unsupported-texture", f"a texture uses {', '.join(extensions) or 'no image'}; it is not drawn"
        )
        return None
    entry = document.entry("images", source)
    if source not in reading.image_numbers:
        if "bufferView" in entry:
            data = bytes(view_slice(document, document.entry("bufferViews", entry["bufferView"])))
            name = str(entry.get("name", f"image {source}"))
        else:
            name, data = resource(document, entry.get("uri"))
        reading.image_numbers[source] = len(reading.images)
        reading.images.append(checked_image(name, data))
    return reading.image_numbers[source]


def mode_of(reading: Reading, primitive: Any) -> int | None:
    """Answer how a primitive lists its triangles; None of what is no surface."""
    mode = primitive.get("mode", TRIANGLES) if isinstance(primitive, dict) else None
    if mode in (TRIANGLES, STRIP, FAN):
        return int(mode)
    reading.note("skipped-primitives", "points and lines of the file are not part of the surface")
    return None


def material_of(document: Document, reading: Reading, primitive: dict[str, Any]) -> int:
    """Answer the number of a primitive's material."""
    material = primitive.get("material", len(reading.materials) - 1)
    if type(material) is not int or not 0 <= material < len(reading.materials):
        raise invalid(document.item, f"a primitive has material {material!r}", "index-out-of-range")
    return material


def check_corners(document: Document, triangles: U32, vertices: int) -> None:
    """Refuse triangles over vertices that are not there."""
    if len(triangles) and int(triangles.max()) >= vertices:
        text = f"{document.item.path}: a face refers to vertex {int(triangles.max())} of {vertices}"
        raise KnownError("index-out-of-range", text, "check the export")


def _read_primitive(document: Document, reading: Reading, primitive: Any, matrix: F64) -> _Piece | None:
    mode = mode_of(reading, primitive)
    if mode is None:
        return None
    named = part(document, primitive, "attributes")
    material = material_of(document, reading, primitive)
    extensions = part(document, primitive, "extensions")
    extension = part(document, extensions, DRACO) if DRACO in extensions else None
    decoded: dict[str, Any] = {}
    if extension is not None:
        triangles, decoded = draco(document, extension)
    floats = _attributes(document, named, decoded, reading.uv_sets[material])
    positions = floats["POSITION"]
    if extension is None:
        triangles = _triangles(document, primitive, mode, len(positions))
    check_corners(document, triangles, len(positions))
    reading.declare(named, len(positions))
    if is_mirrored(matrix):
        triangles = triangles[:, ::-1]
    uvs = None
    if "TEXCOORD" in floats and reading.materials[material].image is not None:
        turn = reading.uv_transforms[material]
        uvs = (floats["TEXCOORD"][:, :2] @ turn[:2, :2].T + turn[:2, 2]).astype(np.float32)
    colours = srgb8(floats["COLOR_0"]) if "COLOR_0" in floats else None
    there = placed(positions, matrix)
    return _Piece(positions=there, triangles=triangles, colours=colours, uvs=uvs, material=material)


# How many numbers a vertex each attribute has (glTF 2.0, section 3.7.2.1).
_NUMBERS = {"POSITION": (3,), "COLOR_0": (3, 4), "TEXCOORD": (2,)}


def _attributes(
    document: Document, named: dict[str, Any], decoded: dict[str, Any], uv_set: int
) -> dict[str, F64]:
    """Read positions, colours and the wanted texture coordinates as float64, all of the same length."""
    if "POSITION" not in named:
        raise invalid(document.item, "a primitive has no positions")
    wanted = {"POSITION": "POSITION", "COLOR_0": "COLOR_0", f"TEXCOORD_{uv_set}": "TEXCOORD"}
    found: dict[str, F64] = {}
    for name, ours in wanted.items():
        if name not in named:
            continue
        if name in decoded:
            scaled = bool(document.entry("accessors", named[name]).get("normalized", False))
            found[ours] = normalised(decoded[name].reshape(len(decoded[name]), -1), scaled)
        else:
            found[ours] = as_floats(document, named[name])
    for name, values in found.items():
        if values.shape[1] not in _NUMBERS[name]:
            raise invalid(document.item, f"{name} has {values.shape[1]} numbers a vertex")
    if any(len(values) != len(found["POSITION"]) for values in found.values()):
        raise invalid(document.item, "the attributes of a primitive differ in length", "count-mismatch")
    return found


def _triangles(document: Document, primitive: dict[str, Any], mode: int, vertices: int) -> U32:
    if "indices" in primitive:
        found = accessor(document, primitive["indices"])
        if found.dtype not in (np.uint8, np.uint16, np.uint32) or found.shape[1] != 1:
            raise invalid(document.item, "indices have no valid type")
        flat = found[:, 0].astype(np.uint32)
    else:
        flat = np.arange(vertices, dtype=np.uint32)
    if len(flat) < 3 or (mode == TRIANGLES and len(flat) % 3):
        raise invalid(document.item, f"{len(flat)} indices do not make triangles", "count-mismatch")
    if mode == TRIANGLES:
        return flat.reshape(-1, 3)
    n = len(flat) - 2
    if mode == FAN:
        return np.stack([np.full(n, flat[0], np.uint32), flat[1:-1], flat[2:]], axis=1)
    return strip_triangles(flat)


def strip_triangles(flat: U32) -> U32:
    """Turn one triangle strip (n,) into (n - 2, 3) triangles, every other one turned."""
    made = np.stack([flat[:-2], flat[1:-1], flat[2:]], axis=1)
    made[1::2] = made[1::2][:, [1, 0, 2]]
    return made


def srgb8(linear: F64) -> U8:
    """Turn linear colours (n, 3 or 4), 0..1, into sRGB (n, 4)."""
    rgba = np.full((len(linear), 4), 255, np.uint8)
    rgba[:, :3] = np.round(srgb_from_linear(np.nan_to_num(linear[:, :3])) * 255)
    if linear.shape[1] == 4:
        rgba[:, 3] = np.round(np.clip(np.nan_to_num(linear[:, 3]), 0, 1) * 255)
    return rgba


def format_of(item: Input) -> str:
    """Say whether a file is the binary form or the text."""
    return "glb" if item.source.read_at(0, 4) == b"glTF" else "gltf"


def _joined(item: Input, reading: Reading) -> RawMesh:
    pieces = reading.pieces
    starts = np.cumsum([0, *[len(piece.positions) for piece in pieces]])
    if int(starts[-1]) >= 2**32 - 1:
        raise KnownError("too-large", f"{item.path}: {int(starts[-1]):,} vertices", "split the model")
    triangles = np.concatenate(
        [
            piece.triangles.astype(np.uint32) + np.uint32(start)
            for piece, start in zip(pieces, starts[:-1], strict=True)
        ]
    )
    colours = uvs = None
    if any(piece.colours is not None for piece in pieces):
        blank = (
            np.full((len(p.positions), 4), 255, np.uint8) if p.colours is None else p.colours for p in pieces
        )
        colours = np.concatenate(list(blank))
    if any(piece.uvs is not None for piece in pieces):
        empty = (np.zeros((len(p.positions), 2), np.float32) if p.uvs is None else p.uvs for p in pieces)
        uvs = np.concatenate(list(empty))
    # A texture without coordinates cannot be drawn.
    lost = {p.material for p in pieces if p.uvs is None and reading.materials[p.material].image is not None}
    for number in lost:
        reading.note("missing-coordinates", "a textured part has no texture coordinates")
        old = reading.materials[number]
        reading.materials[number] = Material(name=old.name, colour=old.colour)
    numbers = [np.full(len(p.positions), p.material, np.uint16) for p in pieces]
    return RawMesh(
        format=format_of(item),
        file_up="y",
        positions=np.concatenate([piece.positions for piece in pieces]),
        triangles=triangles,
        colours=colours,
        uvs=uvs,
        vertex_materials=np.concatenate(numbers),
        materials=tuple(reading.materials),
        images=tuple(reading.images),
        declared_vertices=sum(reading.declared.values()),
        attributes=reading.words(),
        findings=tuple(reading.findings.values()),
    )
