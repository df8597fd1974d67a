"""Writes simulated models as OBJ + MTL + JPEG and as GLB with vertex colours."""

import json
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from processing.simulation.shapes import Part, Points

TEXTURE_PIXELS = 2048
# Lines formatted at once; keeps the text of a large mesh out of memory.
LINES = 100_000
_GLB_MAGIC, _JSON_CHUNK, _BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
_FLOAT, _UNSIGNED_INT, _UNSIGNED_BYTE = 5126, 5125, 5121


def write_obj(folder: Path, name: str, parts: list[Part], random: np.random.Generator) -> list[Path]:
    """Write textured parts (coordinates of the capture) that share one picture side by side."""
    obj, mtl, picture = folder / f"{name}.obj", folder / f"{name}.mtl", folder / f"{name}.jpg"
    mtl.write_text(
        f"newmtl tiles\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {picture.name}\n", encoding="ascii"
    )
    _tile_picture(picture, parts[0].colour, random)
    first = 1
    with obj.open("w", encoding="ascii", newline="\n") as file:
        file.write(f"mtllib {mtl.name}\n")
        for number, part in enumerate(parts):
            if part.uv is None:
                raise ValueError(f"part {part.code} has no texture coordinates")
            shifted = part.uv / [len(parts), 1] + [number / len(parts), 0]
            file.write(f"o {part.code}\nusemtl tiles\n")
            _lines(file.write, "v %.5f %.5f %.5f\n", part.vertices)
            _lines(file.write, "vt %.6f %.6f\n", shifted)
            index = part.triangles.astype(np.int64) + first
            _lines(file.write, "f %d/%d %d/%d %d/%d\n", np.repeat(index, 2, axis=1))
            first += len(part.vertices)
    return [obj, mtl, picture]


def _lines(write: object, pattern: str, rows: npt.NDArray[np.generic]) -> None:
    assert callable(write)
    for start in range(0, len(rows), LINES):
        block = rows[start : start + LINES]
        write(pattern * len(block) % tuple(block.ravel().tolist()))


def _tile_picture(path: Path, colour: tuple[int, int, int], random: np.random.Generator) -> None:
    """Draw rows of glazed tiles with weathering; sRGB."""
    from PIL import Image

    y, x = np.mgrid[0:TEXTURE_PIXELS, 0:TEXTURE_PIXELS].astype(np.float32)
    rounded = 0.65 + 0.35 * np.abs(np.sin(np.pi * x / 16))
    overlap = 1 - 0.25 * ((y % 24) < 3)
    coarse = random.normal(1.0, 0.10, (64, 64))
    weather = np.asarray(
        Image.fromarray(coarse.astype(np.float32)).resize((TEXTURE_PIXELS,) * 2, Image.Resampling.BICUBIC)
    )
    shade = (rounded * overlap * weather)[..., None] * np.array(colour, dtype=np.float32)
    Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8)).save(path, quality=88)


def write_glb(path: Path, part: Part, random: np.random.Generator) -> None:
    """Write one part, coordinates of the capture with Z up, as glTF has it: Y up, metres, linear colour."""
    grain = random.normal(1.0, 0.06, (len(part.vertices), 1))
    linear = (np.array(part.colour) / 255) ** 2.2
    colour = np.full((len(part.vertices), 4), 255, dtype=np.uint8)
    colour[:, :3] = np.clip(linear * grain * 255, 0, 255)
    position = np.ascontiguousarray(part.vertices[:, [0, 2, 1]] * [1, 1, -1], dtype="<f4")
    index = part.triangles.astype("<u4").ravel()
    blobs = [position.tobytes(), colour.tobytes(), index.tobytes()]
    path.write_bytes(
        _glb(_document(part.code, position, len(index), [len(blob) for blob in blobs]), b"".join(blobs))
    )


def _document(
    name: str, position: npt.NDArray[np.float32], indices: int, sizes: list[int]
) -> dict[str, object]:
    starts = np.cumsum([0, *sizes]).tolist()
    targets = (34962, 34962, 34963)
    return {
        "asset": {"version": "2.0", "generator": "heritwin survey simulator"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2, "material": 0}]}
        ],
        "materials": [
            {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}, "doubleSided": True}
        ],
        "buffers": [{"byteLength": starts[-1]}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": starts[i], "byteLength": sizes[i], "target": targets[i]}
            for i in range(3)
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": _FLOAT,
                "count": len(position),
                "type": "VEC3",
                "min": position.min(axis=0).tolist(),
                "max": position.max(axis=0).tolist(),
            },
            {
                "bufferView": 1,
                "componentType": _UNSIGNED_BYTE,
                "normalized": True,
                "count": len(position),
                "type": "VEC4",
            },
            {"bufferView": 2, "componentType": _UNSIGNED_INT, "count": indices, "type": "SCALAR"},
        ],
    }


def _glb(document: dict[str, object], binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    head = struct.pack("<III", _GLB_MAGIC, 2, 28 + len(text) + len(binary))
    return (
        head
        + struct.pack("<II", len(text), _JSON_CHUNK)
        + text
        + struct.pack("<II", len(binary), _BINARY_CHUNK)
        + binary
    )


def surface_noise(part: Part, sigma_m: float, random: np.random.Generator) -> Points:
    """Vertices (n, 3) of a part with height noise, metres, as a photogrammetric surface has it."""
    noisy = part.vertices.copy()
    noisy[:, 2] += random.normal(0.0, sigma_m, len(noisy))
    return noisy
