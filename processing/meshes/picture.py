"""One picture of a mesh: three-quarter view, soft light, neutral paper; no graphics card."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image

from processing.formats.detect import Detected
from processing.geometry.colour import linear_from_srgb, srgb_from_linear
from processing.meshes.loading import load
from processing.meshes.mesh import F32, F64, U8, Mesh
from processing.meshes.pictures import Pyramid
from processing.meshes.raster import draw, shade
from processing.progress import Progress
from processing.room.inputs import Inputs

WIDTH, HEIGHT = 1024, 768
SUPERSAMPLE = 2
FILL = 0.88
AZIMUTH_DEG, ELEVATION_DEG = -55.0, 24.0
# The eye stands this many diagonals away: a long lens, as for pictures in a catalogue.
DISTANCE = 3.0
PAPER_TOP, PAPER_BOTTOM = 0.965, 0.885  # sRGB
WHITE_STONE = 0.86  # sRGB of what has no colour of its own
MAX_TEXTURE_SIDE = 2048


def picture_mesh(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Write ``picture.webp``; answers its size."""
    loaded = load(inputs, detected, arguments, progress)
    progress.stage("picture", 1, "picture")
    name = str(arguments.get("file", "picture.webp"))
    data = encoded_picture(loaded.mesh)
    (out / name).write_bytes(data)
    progress.advance()
    files = [{"path": name, "role": "picture", "media_type": "image/webp"}]
    return {"picture": name, "width": WIDTH, "height": HEIGHT, "files": files}


def encoded_picture(mesh: Mesh) -> bytes:
    """Draw a mesh and encode it as WebP."""
    target = io.BytesIO()
    PIL.Image.fromarray(drawn(mesh)).save(target, "WEBP", quality=85, method=4)
    return target.getvalue()


def drawn(mesh: Mesh) -> U8:
    """Draw a mesh: (HEIGHT, WIDTH, 3) uint8 sRGB."""
    width, height = WIDTH * SUPERSAMPLE, HEIGHT * SUPERSAMPLE
    view = _view()
    points = _projected(mesh.positions, view, width, height)
    seen = draw(points, mesh.triangles, width, height)
    texels, images = _texels(mesh)
    looks = mesh.look_of(mesh.triangles).astype(np.int32)
    looks[looks == len(mesh.images)] = -1
    none = np.zeros((0, 3), np.float32)
    uvs = mesh.uvs if mesh.uvs is not None else np.zeros((len(mesh.positions), 2), np.float32)
    light = shade(
        seen, points, mesh.triangles, mesh.positions, mesh.normals if mesh.normals is not None else none,
        _colours(mesh), uvs, looks, texels, images, _lights(view),
        linear_from_srgb(np.arange(256) / 255).astype(np.float32), _paper(height),
    )  # fmt: skip
    small = light.reshape(HEIGHT, SUPERSAMPLE, WIDTH, SUPERSAMPLE, 3).mean(axis=(1, 3))
    picture: U8 = np.round(srgb_from_linear(small) * 255).astype(np.uint8)
    return picture


def _view() -> F64:
    """Rows: right, up, and toward the eye, in the frame of the mesh (Z up)."""
    azimuth, elevation = np.radians([AZIMUTH_DEG, ELEVATION_DEG])
    toward = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    right = np.cross([0.0, 0.0, 1.0], toward)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(toward, right), toward])


def _projected(positions: F32, view: F64, width: int, height: int) -> F32:
    """Perspective, then fitted into the picture: (n, 3) x, y in pixels and one over the distance."""
    low, high = positions.min(axis=0).astype(np.float64), positions.max(axis=0).astype(np.float64)
    diagonal = float(np.linalg.norm(high - low)) or 1.0
    seen = (positions - (low + high) / 2) @ view.T / diagonal
    near = 1 / (DISTANCE - seen[:, 2])
    flat = seen[:, :2] * near[:, None]
    first, last = flat.min(axis=0), flat.max(axis=0)
    scale = FILL * float(np.min(np.array([width, height]) / np.maximum(last - first, 1e-9)))
    placed = (flat - (first + last) / 2) * scale
    x, y = placed[:, 0] + width / 2, height / 2 - placed[:, 1]
    return np.ascontiguousarray(np.stack([x, y, near], axis=1).astype(np.float32))


def _lights(view: F64) -> F32:
    """Ambient, a key from above left of the eye, and a weak fill from the right."""
    right, up, toward = view
    key = toward * 0.7 - right * 0.55 + up * 0.75
    fill = toward * 0.6 + right * 0.8 + up * 0.1
    rows = [[0, 0, 0, 0.30], [*(key / np.linalg.norm(key)), 0.62], [*(fill / np.linalg.norm(fill)), 0.22]]
    return np.array(rows, np.float32)


def _paper(height: int) -> F32:
    shades = np.linspace(PAPER_TOP, PAPER_BOTTOM, height)
    return np.repeat(linear_from_srgb(shades)[:, None], 3, axis=1).astype(np.float32)


def _colours(mesh: Mesh) -> F32:
    """Linear colour of each vertex (n, 3); stone white where there is none."""
    if mesh.colours is not None:
        table = linear_from_srgb(np.arange(256) / 255).astype(np.float32)
        coloured: F32 = table[mesh.colours[:, :3]]
        return coloured
    base = np.array(mesh.base_colour[:3])
    flat = linear_from_srgb(np.minimum(base, WHITE_STONE)).astype(np.float32)
    return np.ascontiguousarray(np.broadcast_to(flat, (len(mesh.positions), 3)))


def _texels(mesh: Mesh) -> tuple[U8, npt.NDArray[np.int64]]:
    """All images in one array, halved until no side is above the limit."""
    pieces: list[U8] = []
    rows: list[list[int]] = []
    offset = 0
    for image in mesh.images:
        halvings = 0
        while max(image.width, image.height) >> halvings > MAX_TEXTURE_SIDE:
            halvings += 1
        pixels = Pyramid(image).level(halvings)
        pieces.append(pixels.reshape(-1))
        rows.append([offset, pixels.shape[1], pixels.shape[0]])
        offset += pixels.size
    if not pieces:
        return np.zeros(1, np.uint8), np.zeros((0, 3), np.int64)
    return np.concatenate(pieces), np.array(rows, np.int64)
