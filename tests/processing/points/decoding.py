"""Reads tilesets as others do: JSON, meshoptimizer's own decoder, node transforms."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

import meshopt
import numpy as np

DTYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
Y_TO_Z = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


@dataclass
class Read:
    """All points of a tileset in the version's own frame, and what its tiles say."""

    xyz: np.ndarray
    attributes: dict[str, np.ndarray]
    root: dict
    outside: int = 0
    rises: int = 0
    tiles: int = 0
    steps: list[float] = field(default_factory=list)


def glb_points(data: bytes) -> tuple[np.ndarray, dict[str, np.ndarray], float]:
    """Decode a GLB of one point primitive: Z-up metres, attributes as stored, and the step."""
    magic, version, total = struct.unpack_from("<4sII", data)
    assert (magic, version, total) == (b"glTF", 2, len(data))
    (json_bytes,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + json_bytes])
    binary = data[28 + json_bytes :]
    (primitive,) = document["meshes"][0]["primitives"]
    assert primitive["mode"] == 0
    arrays = {name: accessor(document, binary, i) for name, i in primitive["attributes"].items()}
    matrix = Y_TO_Z @ world(document)
    position = arrays.pop("POSITION").astype(np.float64)
    return position @ matrix[:3, :3].T + matrix[:3, 3], arrays, float(np.linalg.norm(matrix[:3, 0]))


def accessor(document: dict, binary: bytes, index: int) -> np.ndarray:
    described = document["accessors"][index]
    view = document["bufferViews"][described["bufferView"]]
    packed = view["extensions"]["EXT_meshopt_compression"]
    raw = binary[packed["byteOffset"] : packed["byteOffset"] + packed["byteLength"]]
    rows = meshopt.decode_gltf_buffer(raw, packed["count"], packed["byteStride"], packed["mode"])
    dtype = np.dtype(DTYPES[described["componentType"]])
    table = np.frombuffer(np.ascontiguousarray(rows).tobytes(), dtype).reshape(packed["count"], -1)
    return table[:, : WIDTHS[described["type"]]]


def world(document: dict) -> np.ndarray:
    """Multiply the transforms from the scene's root to the only mesh."""
    matrix, index = np.eye(4), document["scenes"][0]["nodes"][0]
    while True:
        node = document["nodes"][index]
        matrix = matrix @ local(node)
        if "mesh" in node:
            return matrix
        (index,) = node["children"]


def local(node: dict) -> np.ndarray:
    x, y, z, w = node.get("rotation", [0, 0, 0, 1])
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(node.get("scale", [1, 1, 1]))
    matrix[:3, 3] = node.get("translation", [0, 0, 0])
    return matrix


def read_tileset(folder: Path) -> Read:
    """Walk an explicit tileset in a folder."""
    root = json.loads((folder / "tileset.json").read_text())["root"]
    origin = np.array(root["transform"]).reshape(4, 4).T[:3, 3]
    read = Read(xyz=np.zeros((0, 3)), attributes={}, root=root)
    xyz, attributes = [], []
    waiting = [(root, np.inf, None)]
    while waiting:
        tile, error, parent_box = waiting.pop()
        read.tiles += 1
        read.rises += tile["geometricError"] > error
        low, high = box_of(tile)
        if parent_box is not None:
            read.outside += bool((low < parent_box[0] - 1e-6).any() or (high > parent_box[1] + 1e-6).any())
        if "content" in tile:
            points, found, step = glb_points((folder / tile["content"]["uri"]).read_bytes())
            read.outside += bool((points < low - 1e-6).any() or (points > high + 1e-6).any())
            xyz.append(points)
            attributes.append(found)
            read.steps.append(step)
        waiting.extend((child, tile["geometricError"], (low, high)) for child in tile.get("children", []))
    read.xyz = np.concatenate(xyz) + origin
    read.attributes = {name: np.concatenate([a[name] for a in attributes]) for name in attributes[0]}
    return read


def box_of(tile: dict) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.array(tile["boundingVolume"]["box"])
    half = numbers[[3, 7, 11]]
    return numbers[:3] - half, numbers[:3] + half


def sorted_rows(xyz: np.ndarray, step_m: float) -> np.ndarray:
    """Put rounded rows into one order, whatever order they came in."""
    cells = np.round(xyz / step_m).astype(np.int64)
    return cells[np.lexsort(cells.T)]
