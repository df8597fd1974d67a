"""A picture of a cloud without a GPU: splats into a depth buffer, shaded by depth differences."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from processing.errors import KnownError
from processing.formats.cloud import PointChunk
from processing.formats.detect import Detected
from processing.geometry.compiled import compiled
from processing.points.evenly import SAMPLE_POINTS, evenly
from processing.points.reading import open_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs

WIDTH, HEIGHT, FINER = 1024, 768, 2
PICTURE_POINTS = 600_000
AZIMUTH_DEG, ELEVATION_DEG, VIEW_DEG = -52.0, 24.0, 32.0
BACKGROUND_TOP, BACKGROUND_FOOT = (247, 246, 243), (226, 224, 219)
_STONE = np.array([176, 168, 156], np.float64)


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A perspective camera: rows of ``axes`` are right, up and back; ``eye`` and points in metres."""

    eye: NDArray[np.float64]
    axes: NDArray[np.float64]
    focal_px: float


def picture_cloud(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Draw a three-quarter view of a sample as WebP."""
    del inputs
    work = out / ".work"
    progress.stage("drawing", None, "points")
    try:
        sample = open_cloud(Inputs(detected.mains), work).sample(SAMPLE_POINTS)
        chunks = evenly(list(sample), PICTURE_POINTS)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not chunks:
        raise KnownError("empty-result", f"{detected.mains[0].path} gave no usable point")
    xyz = np.concatenate([chunk.xyz for chunk in chunks])
    progress.advance(len(xyz))
    name = arguments.get("file", "picture.webp")
    data = draw(xyz, colours_of(chunks))
    (out / name).write_bytes(data)
    file = {"path": name, "role": "picture", "media_type": "image/webp"}
    return {"width": WIDTH, "height": HEIGHT, "points": len(xyz), "files": [file]}


def draw(xyz: NDArray[np.float64], rgb: NDArray[np.uint8]) -> bytes:
    """Draw points (n, 3) metres in sRGB colours (n, 3); answer WebP bytes."""
    wide, high = WIDTH * FINER, HEIGHT * FINER
    centre = np.median(xyz, axis=0)
    local = xyz - centre
    camera = look_at(local, wide, high)
    view = (local - camera.eye) @ camera.axes.T
    depth = np.full((high, wide), np.inf, np.float32)
    picture = background(wide, high)
    _splat(view, rgb, camera.focal_px, _radius_m(local), depth, picture)
    _shade(depth, picture)
    image = Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=84, method=4)
    return buffer.getvalue()


def background(wide: int, high: int) -> NDArray[np.uint8]:
    """Make a light neutral gradient (high, wide, 3)."""
    share = np.linspace(0, 1, high)[:, None]
    column = np.array(BACKGROUND_TOP) * (1 - share) + np.array(BACKGROUND_FOOT) * share
    rows = column.round().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(rows[:, None, :], (high, wide, 3)))


def look_at(local: NDArray[np.float64], wide: int, high: int) -> Camera:
    """Place the camera so that all but the outermost points are in view; Z is up."""
    azimuth, elevation = np.radians(AZIMUTH_DEG), np.radians(ELEVATION_DEG)
    back = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(back, right), back])
    seen = local[:: max(1, len(local) // 100_000)] @ axes.T
    low, up = np.percentile(seen, [0.5, 99.5], axis=0)
    middle = (low + up) / 2
    focal_px = high / 2 / np.tan(np.radians(VIEW_DEG) / 2)
    across = max((up[0] - low[0]) / wide, (up[1] - low[1]) / high, 1e-4)
    distance = across * focal_px * 1.12 + (up[2] - low[2]) / 2
    return Camera(eye=middle @ axes + back * distance, axes=axes, focal_px=float(focal_px))


def colours_of(chunks: list[PointChunk]) -> NDArray[np.uint8]:
    """Take the colours of points; without any, their intensity as grey; without that, stone."""
    if all(chunk.rgb is not None for chunk in chunks):
        found: NDArray[np.uint8] = np.concatenate([c.rgb for c in chunks if c.rgb is not None])
        return found
    if all(chunk.intensity is not None for chunk in chunks):
        values = np.concatenate([chunk.intensity for chunk in chunks if chunk.intensity is not None])
        low, high = np.percentile(values, [2, 98])
        if high > low:
            grey = np.clip((values - low) / (high - low), 0, 1)[:, None]
            return np.asarray(70 + 150 * grey * np.ones(3), np.uint8)
    count = sum(len(chunk.xyz) for chunk in chunks)
    return np.broadcast_to(_STONE.astype(np.uint8), (count, 3))


def _radius_m(local: NDArray[np.float64]) -> float:
    """Splats about as wide as neighbours are apart, were the points spread over the faces of their box."""
    size = np.percentile(local, 99, axis=0) - np.percentile(local, 1, axis=0)
    area = 2 * (size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    return float(max(0.8 * np.sqrt(area / max(1, len(local))), 1e-6))


@compiled()
def _splat(
    view: NDArray[np.float64],
    rgb: NDArray[np.uint8],
    focal_px: float,
    radius_m: float,
    depth: NDArray[np.float32],
    picture: NDArray[np.uint8],
) -> None:
    high, wide = depth.shape
    for n in range(len(view)):
        far = -view[n, 2]
        if far <= 1e-6:
            continue
        x = wide / 2 + focal_px * view[n, 0] / far
        y = high / 2 - focal_px * view[n, 1] / far
        radius = min(max(focal_px * radius_m / far, 0.8), 6.0)
        for row in range(max(0, int(np.ceil(y - radius))), min(high, int(np.floor(y + radius)) + 1)):
            for column in range(max(0, int(np.ceil(x - radius))), min(wide, int(np.floor(x + radius)) + 1)):
                away = ((row - y) ** 2 + (column - x) ** 2) / (radius * radius)
                # A splat bulges towards the eye, so that neighbours meet in the middle between them.
                here = np.float32(far + away * radius_m)
                if away <= 1.0 and here < depth[row, column]:
                    depth[row, column] = here
                    for c in range(3):
                        picture[row, column, c] = rgb[n, c]


@compiled()
def _shade(depth: NDArray[np.float32], picture: NDArray[np.uint8]) -> None:
    """Darken what lies behind its neighbours (eye-dome lighting, Boucheny 2009)."""
    high, wide = depth.shape
    reach = 3
    for row in range(high):
        for column in range(wide):
            here = depth[row, column]
            if not np.isfinite(here):
                continue
            hidden, seen = 0.0, 0
            for k in range(8):
                c = column + reach * ((0, 1, 1, 1, 0, -1, -1, -1)[k])
                r = row + reach * ((-1, -1, 0, 1, 1, 1, 0, -1)[k])
                if 0 <= r < high and 0 <= c < wide:
                    seen += 1
                    if np.isfinite(depth[r, c]):
                        hidden += min(max(0.0, np.log2(here) - np.log2(depth[r, c])), 0.05)
            light = np.exp(-300.0 * 0.12 * hidden / max(1, seen))
            for channel in range(3):
                picture[row, column, channel] = np.uint8(picture[row, column, channel] * light)


def warm() -> None:
    """Compile this module's kernels."""
    depth = np.full((8, 8), np.inf, np.float32)
    picture = np.zeros((8, 8, 3), np.uint8)
    view = np.array([[0.0, 0.0, -1.0], [0.1, 0.0, -1.0]])
    plain = np.broadcast_to(_STONE.astype(np.uint8), (2, 3))
    for rgb in (np.zeros((2, 3), np.uint8), plain):
        _splat(view, rgb, 4.0, 0.1, depth, picture)
    _shade(depth, picture)
