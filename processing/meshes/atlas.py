"""The texture of one tile: the charts its triangles use, cut out of the images and packed anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.meshes.mesh import F32, U8, U16, U32
from processing.meshes.pictures import Pyramid

# Pixels around a chart, the image's own: filtering, and the blocks of lossy compression, see the truth.
MARGIN = 4
MAX_SIDE = 4096
ENOUGH_SIDE = 512  # smaller ones save little and look poor
MAX_CHARTS = 20_000


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """Pixels (h, w, 3) uint8 and the new coordinates (n, 2) float32 of the tile's vertices."""

    pixels: U8
    uvs: F32


@dataclass(frozen=True, kw_only=True)
class _Rectangles:
    """Charts in their images: image number, and left, top, width, height in pixels, (k,) each."""

    look: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    top: npt.NDArray[np.int64]
    width: npt.NDArray[np.int64]
    height: npt.NDArray[np.int64]

    def area(self) -> int:
        return int((self.width * self.height).sum())


def cut_atlas(pyramids: list[Pyramid], triangles: U32, uvs: F32, looks: U16, halvings: int) -> Atlas:
    """Cut the charts of a tile out of images halved so often, as far as that fits and is worth it.

    ``triangles`` (m, 3) over the tile's vertices, ``uvs`` (n, 2) within 0..1, ``looks`` (n,) image numbers.
    """
    charts = _charts(triangles, len(uvs))
    level = halvings
    while True:
        found = _rectangles(pyramids, charts, uvs, looks, level)
        side = _side(found)
        x, y, height = _shelves(found, side)
        if max(side, height) > MAX_SIDE:
            level += 1
        elif level and 2 * max(side, height) <= ENOUGH_SIDE:
            level -= 1
        else:
            break
    # Empty places take a colour of the charts: black would bleed into them.
    first = pyramids[found.look[0]].level(level)
    pixels = np.full((_padded(height), _padded(side), 3), first.mean(axis=(0, 1)), np.uint8)
    for k in range(len(found.look)):
        source = pyramids[found.look[k]].level(level)
        rows = np.clip(found.top[k] + np.arange(found.height[k]), 0, source.shape[0] - 1)
        columns = np.clip(found.left[k] + np.arange(found.width[k]), 0, source.shape[1] - 1)
        pixels[y[k] : y[k] + len(rows), x[k] : x[k] + len(columns)] = source[rows[:, None], columns]
    return Atlas(pixels=pixels, uvs=_moved(pyramids, charts, uvs, looks, level, found, x, y, pixels))


def _charts(triangles: U32, vertices: int) -> npt.NDArray[np.int64]:
    """Number connected charts from 0, (n,): vertices of one triangle are in one chart."""
    numbers: npt.NDArray[np.int64] = np.unique(_roots(triangles, vertices), return_inverse=True)[1].astype(
        np.int64
    )
    if int(numbers.max()) >= MAX_CHARTS:
        # Dust: one chart an image is better than a hundred thousand cuts.
        return np.zeros(vertices, np.int64)
    return numbers


@compiled()
def _roots(triangles: U32, vertices: int) -> npt.NDArray[np.int64]:
    parent = np.arange(vertices)
    for t in range(triangles.shape[0]):
        for k in range(2):
            a = np.int64(triangles[t, k])
            b = np.int64(triangles[t, k + 1])
            while parent[a] != a:
                parent[a] = parent[parent[a]]
                a = parent[a]
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = parent[b]
            parent[max(a, b)] = min(a, b)
    for i in range(vertices):
        a = np.int64(i)
        while parent[a] != a:
            a = parent[a]
        parent[i] = a
    return parent


def _sizes(pyramids: list[Pyramid], level: int) -> npt.NDArray[np.int64]:
    return np.array([pyramid.level(level).shape[1::-1] for pyramid in pyramids], np.int64)


def _rectangles(
    pyramids: list[Pyramid], charts: npt.NDArray[np.int64], uvs: F32, looks: U16, level: int
) -> _Rectangles:
    # A chart lies in one image; dust charts may not, so they are parted by image too.
    keys = charts * len(pyramids) + looks
    count = int(keys.max()) + 1
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, keys, uvs)
    np.maximum.at(high, keys, uvs)
    used = np.flatnonzero(np.isfinite(low[:, 0]))
    look = used % len(pyramids)
    sizes = _sizes(pyramids, level)[look]
    # Beyond the edge of an image its last pixel is repeated.
    first = np.floor(low[used] * sizes).astype(np.int64) - MARGIN
    last = np.ceil(high[used] * sizes).astype(np.int64) + MARGIN
    return _Rectangles(
        look=look, left=first[:, 0], top=first[:, 1], width=(last - first)[:, 0], height=(last - first)[:, 1]
    )


def _side(found: _Rectangles) -> int:
    """Width of the atlas: about square, with a little air for the shelves."""
    return int(max(found.width.max(), np.ceil(np.sqrt(found.area() * 1.1))))


def _shelves(found: _Rectangles, side: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """Put rectangles on shelves, the highest first (Coffman et al. 1980, next fit by decreasing height)."""
    x, y = np.zeros(len(found.look), np.int64), np.zeros(len(found.look), np.int64)
    at, shelf, top = 0, 0, 0
    for k in np.argsort(-found.height, kind="stable"):
        if at + found.width[k] > side:
            at, top = 0, top + shelf
            shelf = 0
        x[k], y[k] = at, top
        at += found.width[k]
        shelf = max(shelf, int(found.height[k]))
    return x, y, top + shelf


def _padded(side: int) -> int:
    return -(-side // 4) * 4


def _moved(
    pyramids: list[Pyramid],
    charts: npt.NDArray[np.int64],
    uvs: F32,
    looks: U16,
    level: int,
    found: _Rectangles,
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    pixels: U8,
) -> F32:
    keys = charts * len(pyramids) + looks
    _, number = np.unique(keys, return_inverse=True)
    place = uvs * _sizes(pyramids, level)[looks]
    place += np.stack([x - found.left, y - found.top], axis=1)[number]
    moved = place / np.array([pixels.shape[1], pixels.shape[0]])
    clipped: F32 = np.clip(moved, 0, 1).astype(np.float32)
    return clipped
