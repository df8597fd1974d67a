"""Reads written GLB files by the meshopt package and plain JSON, not by our own reader."""

import json
import struct
from dataclasses import dataclass

import meshopt
import numpy as np

TYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass
class Primitive:
    positions: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray | None
    uvs: np.ndarray | None
    normals: np.ndarray | None
    material: dict
    cells: np.ndarray


def split(data):
    magic, version, length, json_bytes = struct.unpack_from("<4sIII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    return json.loads(data[20 : 20 + json_bytes]), data[28 + json_bytes :]


def accessor(document, binary, number):
    entry = document["accessors"][number]
    view = document["bufferViews"][entry["bufferView"]]
    dtype, width = TYPES[entry["componentType"]], WIDTHS[entry["type"]]
    packed = view.get("extensions", {}).get("EXT_meshopt_compression")
    if packed:
        begin = packed.get("byteOffset", 0)
        stored = binary[begin : begin + packed["byteLength"]]
        rows = meshopt.decode_gltf_buffer(
            stored, packed["count"], packed["byteStride"], packed["mode"], packed.get("filter")
        )
        data, stride = np.ascontiguousarray(rows).tobytes(), packed["byteStride"]
    else:
        begin = view.get("byteOffset", 0)
        data = binary[begin : begin + view["byteLength"]]
        stride = view.get("byteStride", np.dtype(dtype).itemsize * width)
    table = np.frombuffer(data, np.uint8).reshape(-1, stride)[: entry["count"]]
    values = np.ascontiguousarray(table[:, : np.dtype(dtype).itemsize * width]).view(dtype)
    return values.reshape(entry["count"], width)


def primitives(data):
    """All primitives in metres, Z up, in float64: translation + scale * integer."""
    document, binary = split(data)
    inner = next(node for node in document["nodes"] if "mesh" in node)
    scale = np.array(inner.get("scale", [1, 1, 1]))
    move = np.array(inner.get("translation", [0, 0, 0]))
    found = []
    for primitive in document["meshes"][inner["mesh"]]["primitives"]:
        named = primitive["attributes"]
        read = {name: accessor(document, binary, number) for name, number in named.items()}
        cells = read["POSITION"].astype(np.float64)
        uvs = read.get("TEXCOORD_0")
        if uvs is not None and uvs.dtype == np.uint16:
            uvs = uvs / 65535
        found.append(
            Primitive(
                positions=move + scale * cells,
                triangles=accessor(document, binary, primitive["indices"]).reshape(-1, 3).astype(np.int64),
                colours=read.get("COLOR_0"),
                uvs=uvs,
                normals=read.get("NORMAL"),
                material=document["materials"][primitive["material"]],
                cells=cells,
            )
        )
    return found


def picture(data, texture):
    """The bytes of a texture's image."""
    document, binary = split(data)
    entry = document["textures"][texture]
    source = entry.get("extensions", {}).get("EXT_texture_webp", entry).get("source")
    view = document["bufferViews"][document["images"][source]["bufferView"]]
    return binary[view.get("byteOffset", 0) : view.get("byteOffset", 0) + view["byteLength"]]


def soup(data):
    """Corners (m, 3, 3) float64 of all triangles of a GLB."""
    return np.concatenate([p.positions[p.triangles] for p in primitives(data)])


def open_edges(corners):
    """Count edges that one triangle has, after welding by exact equality."""
    _, numbers = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    faces = numbers.reshape(-1, 3)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    return int((counts == 1).sum())


def random_cut(root, random):
    """A choice of tiles that covers the model once: children instead of a parent by the toss of a coin."""
    chosen, waiting = [], [root]
    while waiting:
        tile = waiting.pop()
        if tile.get("children") and random.random() < 0.6:
            waiting.extend(tile["children"])
        else:
            chosen.append(tile)
    return chosen
