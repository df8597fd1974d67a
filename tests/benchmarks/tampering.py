"""Spoils written tilesets on purpose: single values of tiles, and what tileset.json says."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import meshopt
import numpy as np

GLB = "model/gltf-binary"
DTYPES = {5121: "u1", 5123: "<u2", 5126: "<f4"}
Arrays = dict[str, np.ndarray]


def tampered(
    tiles: Path,
    target: Path,
    *,
    key: str | None = None,
    spoil: Callable[[Arrays], Arrays] = lambda arrays: arrays,
    tileset: Callable[[dict], None] = lambda document: None,
) -> Path:
    """Copy a packed tileset with the arrays of one tile (by attribute, padded rows) and its tree changed."""
    shutil.copytree(tiles, target)
    index = json.loads((target / "index.json").read_bytes())
    packs = [(tiles / name).read_bytes() for name in index["packs"]]
    pieces = {
        name: packs[p][offset : offset + length] for name, (p, offset, length, _) in index["entries"].items()
    }
    if key is not None:
        pieces[key] = glb_with(pieces[key], spoil)
    document = json.loads(pieces["tileset.json"])
    tileset(document)
    pieces["tileset.json"] = json.dumps(document).encode()
    write_pack(target, pieces, {name: entry[3] for name, entry in index["entries"].items()})
    return target


def write_pack(target: Path, pieces: dict[str, bytes], types: dict[str, str]) -> None:
    """Write all pieces into one pack."""
    entries, data = {}, b""
    for name, piece in pieces.items():
        entries[name] = [0, len(data), len(piece), types[name]]
        data += piece
    (target / "pack-0000.bin").write_bytes(data)
    (target / "index.json").write_text(
        json.dumps({"schema": 1, "packs": ["pack-0000.bin"], "entries": entries})
    )


def fullest_tile(tiles: Path) -> str:
    """Name the largest tile."""
    entries = json.loads((tiles / "index.json").read_bytes())["entries"]
    return max((name for name in entries if entries[name][3] == GLB), key=lambda name: entries[name][2])


def glb_with(glb: bytes, spoil: Callable[[Arrays], Arrays]) -> bytes:
    """Decode a point GLB, change its arrays, and write it without compression."""
    (json_bytes,) = struct.unpack_from("<I", glb, 12)
    document, binary = json.loads(glb[20 : 20 + json_bytes]), glb[28 + json_bytes :]
    attributes = document["meshes"][0]["primitives"][0]["attributes"]
    arrays = spoil({name: rows_of(document, binary, number) for name, number in attributes.items()})
    data, views = b"", []
    for name, number in attributes.items():
        rows = np.ascontiguousarray(arrays[name])
        accessor = document["accessors"][number]
        accessor |= {"bufferView": len(views), "count": len(rows)}
        stride = rows.itemsize * rows.shape[1]
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": rows.nbytes, "byteStride": stride})
        data += rows.tobytes()
    document |= {"bufferViews": views, "buffers": [{"byteLength": len(data)}]}
    for field in ("extensionsUsed", "extensionsRequired"):
        document[field] = [name for name in document[field] if name != "EXT_meshopt_compression"]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIII4s", b"glTF", 2, 28 + len(text) + len(data), len(text), b"JSON")
    return head + text + struct.pack("<I4s", len(data), b"BIN\0") + data


def rows_of(document: dict, binary: bytes, number: int) -> np.ndarray:
    """Decode the rows of one accessor, padding and all."""
    accessor = document["accessors"][number]
    packed = document["bufferViews"][accessor["bufferView"]]["extensions"]["EXT_meshopt_compression"]
    raw = binary[packed["byteOffset"] : packed["byteOffset"] + packed["byteLength"]]
    rows = meshopt.decode_gltf_buffer(raw, packed["count"], packed["byteStride"], packed["mode"])
    dtype = np.dtype(DTYPES[accessor["componentType"]])
    return np.frombuffer(np.ascontiguousarray(rows).tobytes(), dtype).reshape(packed["count"], -1).copy()
