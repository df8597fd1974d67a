"""GLB of mesh parts: quantised and compressed for streaming, or plain for everyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import meshopt
import numpy as np
import numpy.typing as npt

from processing.geometry.arrays import lowest_and_highest
from processing.geometry.colour import SHORT16_FROM_SRGB8, linear16, linear_from_srgb
from processing.geometry.glb import GlbBuilder
from processing.geometry.vertex_codec import encode_rows, most_bytes
from processing.meshes.mesh import F32, U8, U32
from processing.meshes.ordering import by_first_use, in_strips

GRID_LEVELS = 65535
MAX_FLOAT_INTEGER = 1 << 24  # float32 counts exactly up to here
_CLAMPED = {"wrapS": 33071, "wrapT": 33071, "minFilter": 9987, "magFilter": 9729}
_REPEATED = {"minFilter": 9987, "magFilter": 9729}


@dataclass(frozen=True, kw_only=True)
class Texture:
    """An encoded picture, ready to be put into a file, and how large it is once decoded (with mipmaps)."""

    data: bytes
    media_type: str
    width: int
    height: int
    repeats: bool = False

    @property
    def memory_bytes(self) -> int:
        """Bytes on a graphics card: four a pixel, a third more for mipmaps."""
        return self.width * self.height * 16 // 3


@dataclass(frozen=True, kw_only=True)
class Part:
    """Triangles that share one texture, or have none.

    ``cells`` (n, 3) integer positions in steps of the grid; ``triangles`` (m, 3) uint32; ``colours`` (n, 4)
    uint8 sRGB; ``normals`` (n, 3) float32; ``uvs`` (n, 2) float32 into ``texture``.
    """

    cells: npt.NDArray[np.signedinteger[Any]]
    triangles: U32
    colours: U8 | None = None
    normals: F32 | None = None
    uvs: F32 | None = None
    texture: Texture | None = None
    base_colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)


def reordered(part: Part) -> Part:
    """Put triangles in strips and vertices in the order of their use; drops unused vertices."""
    strips = in_strips(part.triangles, len(part.cells))
    source, triangles = by_first_use(strips, len(part.cells))
    return Part(
        cells=part.cells[source],
        triangles=triangles,
        colours=None if part.colours is None else part.colours[source],
        normals=None if part.normals is None else part.normals[source],
        uvs=None if part.uvs is None else part.uvs[source],
        texture=part.texture,
        base_colour=part.base_colour,
    )


def compressed_glb(parts: list[Part], *, step_m: float, extras: dict[str, Any] | None = None) -> bytes:
    """Write parts with EXT_meshopt_compression and KHR_mesh_quantization; positions are exact grid cells."""
    spans = [lowest_and_highest(part.cells) for part in parts]
    low = np.min([one for one, _ in spans], axis=0)
    span = int(max((highest - low).max() for _, highest in spans))
    if span > MAX_FLOAT_INTEGER:
        raise ValueError(f"{span} steps of {step_m} m do not fit a float32")
    builder = GlbBuilder(compressed=True)
    builder.quantised()
    dtype = np.uint16 if span <= GRID_LEVELS else np.float32
    primitives = []
    for part in map(reordered, parts):
        named = {"POSITION": _encoded(builder, (part.cells - low).astype(dtype), bounds=True)}
        if part.normals is not None:
            named["NORMAL"] = _octahedral(builder, part.normals)
        if part.colours is not None:
            colours = SHORT16_FROM_SRGB8[part.colours[:, :3]]
            named["COLOR_0"] = _encoded(builder, colours, normalised=True)
        if part.uvs is not None:
            named["TEXCOORD_0"] = _coordinates(builder, part.uvs)
        indices = builder.indices(part.triangles)
        primitives.append(builder.primitive(named, indices=indices, material=_material(builder, part)))
    _add_extras(builder, extras)
    builder.z_up_scene(builder.mesh(primitives), translation=low * step_m, scale=step_m)
    return builder.to_bytes()


def plain_glb(parts: list[Part], *, step_m: float, extras: dict[str, Any] | None = None) -> bytes:
    """Write parts without any extension: float32 metres, pictures as JPEG or PNG."""
    builder = GlbBuilder(compressed=False)
    primitives = []
    for part in map(reordered, parts):
        named = {"POSITION": builder.attribute((part.cells * step_m).astype(np.float32), bounds=True)}
        if part.normals is not None:
            named["NORMAL"] = builder.attribute(part.normals)
        if part.colours is not None:
            named["COLOR_0"] = builder.attribute(linear16(part.colours[:, :3]), normalised=True)
        if part.uvs is not None:
            named["TEXCOORD_0"] = builder.attribute(part.uvs)
        indices = builder.indices(part.triangles)
        primitives.append(builder.primitive(named, indices=indices, material=_material(builder, part)))
    _add_extras(builder, extras)
    builder.z_up_scene(builder.mesh(primitives))
    return builder.to_bytes()


def _encoded(
    builder: GlbBuilder, values: npt.NDArray[Any], *, normalised: bool = False, bounds: bool = False
) -> int:
    """Add an attribute (n, 3) of 16-bit integers or floats, its rows padded to four bytes, by our codec."""
    rows = values if values.itemsize == 4 else np.zeros((len(values), 4), values.dtype)
    if rows is not values:
        rows[:, :3] = values
    plain = np.ascontiguousarray(rows).view(np.uint8)
    stream = np.empty(most_bytes(*plain.shape), np.uint8)
    end = encode_rows(plain, stream, 0)
    span = [row.tolist() for row in lowest_and_highest(values)] if bounds else None
    return builder.encoded_attribute(
        stream[:end].tobytes(),
        count=len(values),
        dtype=values.dtype.name,
        width=3,
        stride=plain.shape[1],
        normalised=normalised,
        bounds=None if span is None else (span[0], span[1]),
    )


def _octahedral(builder: GlbBuilder, normals: F32) -> int:
    padded = np.zeros((len(normals), 4), np.float32)
    padded[:, :3] = normals
    rows = np.asarray(meshopt.encode_filter_oct(padded, 4, 8)).view(np.int8).reshape(-1, 4)
    # The fourth byte of a row is a sign that normals do not have, and padding.
    return builder.attribute(rows[:, :3], normalised=True, meshopt_filter="OCTAHEDRAL")


def _coordinates(builder: GlbBuilder, uvs: F32) -> int:
    if len(uvs) and float(uvs.min()) >= 0 and float(uvs.max()) <= 1:
        return builder.attribute(np.round(uvs * np.float32(65535)).astype(np.uint16), normalised=True)
    return builder.attribute(np.ascontiguousarray(uvs, np.float32))


def _material(builder: GlbBuilder, part: Part) -> int:
    rough: dict[str, Any] = {}
    if part.texture is not None:
        sampler = _REPEATED if part.texture.repeats else _CLAMPED
        texture = builder.texture(part.texture.data, part.texture.media_type, dict(sampler))
        rough["baseColorTexture"] = {"index": texture}
    elif part.base_colour != (1.0, 1.0, 1.0, 1.0):
        linear = linear_from_srgb(np.array(part.base_colour[:3]))
        rough["baseColorFactor"] = [round(float(value), 6) for value in linear] + [1.0]
    # Scans are open shells: seen from inside they should not vanish.
    return builder.material({"pbrMetallicRoughness": rough, "doubleSided": True})


def _add_extras(builder: GlbBuilder, extras: dict[str, Any] | None) -> None:
    if extras:
        builder.document["asset"]["extras"] = extras
