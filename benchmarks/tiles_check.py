"""Counts what is in a packed tileset by decoding every tile, with meshoptimizer's own decoder."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import laspy
import meshopt
import numpy as np
from numpy.typing import NDArray

CHUNK_POINTS = 1_000_000
_DTYPES = {5121: "u1", 5123: "<u2", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Points, the histogram of their intensities, and the finest step of a tile (metres, nan: a file)."""

    points: int
    intensities: NDArray[np.int64]
    finest_step_m: float


def contents_of_tiles(folder: Path) -> Contents:
    """Decode every tile of a packed tileset."""
    points, histogram, finest = 0, np.zeros(65536, np.int64), np.inf
    for data in _tiles(folder):
        (json_bytes,) = struct.unpack_from("<I", data, 12)
        document = json.loads(data[20 : 20 + json_bytes])
        binary = data[28 + json_bytes :]
        (primitive,) = document["meshes"][0]["primitives"]
        attributes = primitive["attributes"]
        points += len(_accessor(document, binary, attributes["POSITION"]))
        intensity = _accessor(document, binary, attributes["_INTENSITY"])[:, 0]
        histogram += np.bincount(intensity, minlength=65536)
        scales = [node["scale"][0] for node in document["nodes"] if "scale" in node]
        finest = min(finest, *scales)
    return Contents(points=points, intensities=histogram, finest_step_m=float(finest))


def contents_of_las(path: Path) -> Contents:
    """Read the same of the file that was tiled."""
    points, histogram = 0, np.zeros(65536, np.int64)
    with laspy.open(path) as reader:
        for chunk in reader.chunk_iterator(CHUNK_POINTS):
            points += len(chunk)
            histogram += np.bincount(np.asarray(chunk.intensity), minlength=65536)
    return Contents(points=points, intensities=histogram, finest_step_m=float("nan"))


def missing(there: Contents, here: Contents) -> int:
    """Answer how many points are lost, added, or have another intensity."""
    return int(np.abs(there.intensities - here.intensities).sum())


def _tiles(folder: Path) -> Iterator[bytes]:
    index = json.loads((folder / "index.json").read_bytes())
    for key, (pack, offset, length, _) in sorted(index["entries"].items()):
        if key.endswith(".glb"):
            with (folder / index["packs"][pack]).open("rb") as file:
                file.seek(offset)
                yield file.read(length)


def _accessor(document: dict[str, Any], binary: bytes, index: int) -> NDArray[Any]:
    described = document["accessors"][index]
    packed = document["bufferViews"][described["bufferView"]]["extensions"]["EXT_meshopt_compression"]
    raw = binary[packed["byteOffset"] : packed["byteOffset"] + packed["byteLength"]]
    rows = meshopt.decode_gltf_buffer(raw, packed["count"], packed["byteStride"], packed["mode"])
    dtype = np.dtype(_DTYPES[described["componentType"]])
    table = np.frombuffer(np.ascontiguousarray(rows).tobytes(), dtype).reshape(packed["count"], -1)
    made: NDArray[Any] = table[:, : _WIDTHS[described["type"]]]
    return made
