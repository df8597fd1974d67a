"""GLB writer: glTF 2.0 with or without EXT_meshopt_compression and KHR_mesh_quantization."""

from __future__ import annotations

import json
import struct
from typing import Any, Literal

import meshopt
import numpy as np
from numpy.typing import NDArray

POINTS = 0
TRIANGLES = 4
# Z-up metres to glTF's Y-up: a turn by -90 degrees about x, as a quaternion x y z w.
Z_UP_ROTATION = [-0.7071067811865476, 0.0, 0.0, 0.7071067811865476]

_ARRAY_BUFFER = 34962
_ELEMENT_ARRAY_BUFFER = 34963
_COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
Filter = Literal["OCTAHEDRAL", "QUATERNION", "EXPONENTIAL"]


class GlbBuilder:
    """Collects attributes, indices, images, materials, meshes and nodes; ``to_bytes`` writes the file.

    With ``compressed`` every view of numbers is an EXT_meshopt_compression (version 0) view whose fallback
    buffer holds no bytes, so readers must know the extension. Images are never compressed again.
    """

    def __init__(self, *, compressed: bool) -> None:
        self._compressed = compressed
        self._data = bytearray()
        self._fallback_bytes = 0
        self._quantised = False
        self._used: set[str] = set()
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "Heritwin"},
            "accessors": [],
            "bufferViews": [],
        }

    def attribute(
        self,
        values: NDArray[Any],
        *,
        normalised: bool = False,
        bounds: bool = False,
        meshopt_filter: Filter | None = None,
    ) -> int:
        """Add a vertex attribute (n,) or (n, k) of 8/16-bit integers or float32; answer its accessor.

        Rows are padded to four bytes. ``bounds`` writes min and max (needed for POSITION). With a filter,
        ``values`` are the rows already encoded by it; the accessor's type is theirs.
        """
        rows = np.ascontiguousarray(values.reshape(len(values), -1))
        return self._attribute(
            _padded(rows), rows.shape[1], normalised=normalised, bounds=bounds, meshopt_filter=meshopt_filter
        )

    def padded_attribute(
        self, rows: NDArray[Any], width: int, *, normalised: bool = False, bounds: bool = False
    ) -> int:
        """Add a vertex attribute whose rows hold padding after ``width`` values; answer its accessor."""
        return self._attribute(rows, width, normalised=normalised, bounds=bounds, meshopt_filter=None)

    def _attribute(
        self, rows: NDArray[Any], width: int, *, normalised: bool, bounds: bool, meshopt_filter: Filter | None
    ) -> int:
        accessor: dict[str, Any] = {
            "bufferView": self._vertex_view(rows, meshopt_filter),
            "componentType": _COMPONENTS[rows.dtype.name],
            "count": len(rows),
            "type": _SHAPES[width],
        }
        if normalised:
            accessor["normalized"] = True
        if bounds:
            accessor["min"] = [_number(value) for value in rows[:, :width].min(axis=0)]
            accessor["max"] = [_number(value) for value in rows[:, :width].max(axis=0)]
        return self._append("accessors", accessor)

    def encoded_attribute(
        self,
        stream: bytes,
        *,
        count: int,
        dtype: str,
        width: int,
        stride: int,
        normalised: bool = False,
        bounds: tuple[list[int], list[int]] | None = None,
    ) -> int:
        """Add a vertex attribute that is compressed already (see vertex_codec.py); answer its accessor.

        ``dtype`` is numpy's name of a component, ``stride`` the bytes of a padded row.
        """
        extension: dict[str, Any] = {"mode": "ATTRIBUTES", "count": count, "byteStride": stride}
        more = {"byteStride": stride, "target": _ARRAY_BUFFER}
        accessor: dict[str, Any] = {
            "bufferView": self._compressed_view(stream, extension, count * stride, more),
            "componentType": _COMPONENTS[dtype],
            "count": count,
            "type": _SHAPES[width],
        }
        if normalised:
            accessor["normalized"] = True
        if bounds is not None:
            accessor["min"], accessor["max"] = bounds
        return self._append("accessors", accessor)

    def indices(self, values: NDArray[np.unsignedinteger[Any]]) -> int:
        """Add (3 t,) triangle indices, as 16 bits where they fit; answer their accessor."""
        flat = np.ascontiguousarray(values.reshape(-1))
        # 65535 is the primitive restart value and may not be used.
        small = not len(flat) or int(flat.max()) < 65535
        flat = flat.astype(np.uint16 if small else np.uint32)
        if self._compressed:
            encoded = meshopt.encode_gltf_buffer(flat, "TRIANGLES", 0)
            extension = {"mode": "TRIANGLES", "count": len(flat), "byteStride": flat.itemsize}
            view = self._compressed_view(encoded, extension, flat.nbytes, {"target": _ELEMENT_ARRAY_BUFFER})
        else:
            view = self._plain_view(flat.tobytes(), {"target": _ELEMENT_ARRAY_BUFFER})
        accessor = {
            "bufferView": view,
            "componentType": _COMPONENTS[flat.dtype.name],
            "count": len(flat),
            "type": "SCALAR",
        }
        return self._append("accessors", accessor)

    def texture(self, image: bytes, media_type: str, sampler: dict[str, Any] | None = None) -> int:
        """Add an image (PNG, JPEG, or WebP by EXT_texture_webp) and a texture of it; answer the texture."""
        view = self._plain_view(image, {})
        source = self._append("images", {"bufferView": view, "mimeType": media_type})
        texture: dict[str, Any] = {"source": source}
        if media_type == "image/webp":
            texture = {"extensions": {"EXT_texture_webp": {"source": source}}}
            self.require("EXT_texture_webp")
        if sampler is not None:
            texture["sampler"] = self._append("samplers", sampler)
        return self._append("textures", texture)

    def material(self, material: dict[str, Any] | None = None) -> int:
        """Add a material; it is no metal unless it says so (glTF's own default is pure metal)."""
        made = dict(material or {})
        rough = {"metallicFactor": 0.0, "roughnessFactor": 1.0} | made.get("pbrMetallicRoughness", {})
        made["pbrMetallicRoughness"] = rough
        self._used.update(made.get("extensions", {}))
        return self._append("materials", made)

    def primitive(
        self,
        attributes: dict[str, int],
        *,
        mode: int = TRIANGLES,
        indices: int | None = None,
        material: int | None = None,
    ) -> dict[str, Any]:
        """Describe one primitive of accessors."""
        made: dict[str, Any] = {"attributes": attributes, "mode": mode}
        if indices is not None:
            made["indices"] = indices
        if material is not None:
            made["material"] = material
        return made

    def mesh(self, primitives: list[dict[str, Any]]) -> int:
        """Add a mesh; answer its index."""
        return self._append("meshes", {"primitives": primitives})

    def node(self, **node: Any) -> int:
        """Add a node (``mesh``, ``children``, ``translation``, ``rotation``, ``scale``, ``name``…)."""
        return self._append("nodes", node)

    def scene(self, root: int) -> None:
        """Make a node the root of the only scene."""
        self.document["scenes"] = [{"nodes": [root]}]
        self.document["scene"] = 0

    def z_up_scene(
        self, mesh: int, *, translation: NDArray[np.float64] | None = None, scale: float | None = None
    ) -> None:
        """Put one mesh of Z-up metres into a scene: dequantised by the inner node, turned by the outer."""
        inner: dict[str, Any] = {"mesh": mesh}
        if translation is not None:
            inner["translation"] = [float(value) for value in translation]
        if scale is not None:
            inner["scale"] = [float(scale)] * 3
        if translation is None and scale is None:
            self.scene(self.node(rotation=Z_UP_ROTATION, **inner))
            return
        self.scene(self.node(rotation=Z_UP_ROTATION, children=[self.node(**inner)]))

    def require(self, extension: str) -> None:
        """Name an extension that readers must know."""
        self._used.add(extension)
        self.document.setdefault("extensionsRequired", [])
        if extension not in self.document["extensionsRequired"]:
            self.document["extensionsRequired"].append(extension)

    def quantised(self) -> None:
        """Say that positions, normals or texture coordinates are integers (KHR_mesh_quantization)."""
        self.require("KHR_mesh_quantization")

    def to_bytes(self) -> bytes:
        """Write the GLB: header, JSON chunk padded by spaces, binary chunk padded by zeros."""
        document = {key: value for key, value in self.document.items() if value != []}
        buffers: list[dict[str, Any]] = [{"byteLength": len(self._data)}]
        if self._fallback_bytes:
            fallback = {"EXT_meshopt_compression": {"fallback": True}}
            buffers.append({"byteLength": self._fallback_bytes, "extensions": fallback})
        document["buffers"] = buffers
        if self._used:
            document["extensionsUsed"] = sorted(self._used)
            document["extensionsRequired"] = sorted(self.document.get("extensionsRequired", []))
            if not document["extensionsRequired"]:
                del document["extensionsRequired"]
        text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self._data) + b"\0" * (-len(self._data) % 4)
        total = 12 + 8 + len(text) + 8 + len(binary)
        head = struct.pack("<4sII", b"glTF", 2, total)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0")
        return head + chunks + binary

    def _append(self, kind: str, item: dict[str, Any]) -> int:
        items: list[dict[str, Any]] = self.document.setdefault(kind, [])
        items.append(item)
        return len(items) - 1

    def _vertex_view(self, rows: NDArray[Any], meshopt_filter: Filter | None) -> int:
        stride = rows.itemsize * rows.shape[1]
        more = {"byteStride": stride, "target": _ARRAY_BUFFER}
        if not self._compressed:
            if meshopt_filter is not None:
                raise ValueError("a filter needs a compressed file")
            return self._plain_view(rows.tobytes(), more)
        extension: dict[str, Any] = {"mode": "ATTRIBUTES", "count": len(rows), "byteStride": stride}
        if meshopt_filter is not None:
            extension["filter"] = meshopt_filter
        return self._compressed_view(
            meshopt.encode_gltf_buffer(rows, "ATTRIBUTES", 0), extension, rows.nbytes, more
        )

    def _compressed_view(
        self, encoded: bytes, extension: dict[str, Any], plain_bytes: int, more: dict[str, Any]
    ) -> int:
        self.require("EXT_meshopt_compression")
        place = {"buffer": 0, "byteOffset": self._put(encoded), "byteLength": len(encoded)}
        view = {"buffer": 1, "byteOffset": self._fallback_bytes, "byteLength": plain_bytes} | more
        view["extensions"] = {"EXT_meshopt_compression": place | extension}
        self._fallback_bytes += plain_bytes + (-plain_bytes % 4)
        return self._append("bufferViews", view)

    def _plain_view(self, data: bytes, more: dict[str, Any]) -> int:
        place = {"buffer": 0, "byteOffset": self._put(data), "byteLength": len(data)}
        return self._append("bufferViews", place | more)

    def _put(self, data: bytes) -> int:
        self._data += b"\0" * (-len(self._data) % 4)
        offset = len(self._data)
        self._data += data
        return offset


def _padded(rows: NDArray[Any]) -> NDArray[Any]:
    """Widen rows with zero columns until they are a multiple of four bytes."""
    missing = -(rows.itemsize * rows.shape[1]) % 4 // rows.itemsize
    if not missing:
        return rows
    wide = np.zeros((len(rows), rows.shape[1] + missing), rows.dtype)
    wide[:, : rows.shape[1]] = rows
    return wide


def _number(value: Any) -> float | int:
    return float(value) if isinstance(value, np.floating) else int(value)
