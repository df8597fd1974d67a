"""A small building as a cloud: walls, columns and a hipped roof, in colour, written as LAS."""

from pathlib import Path

import laspy
import numpy as np
from numpy.typing import NDArray

WALL = (176, 122, 84)
COLUMN = (128, 42, 30)
ROOF = (196, 150, 58)
GROUND = (150, 146, 136)

Part = tuple[NDArray[np.float64], tuple[int, int, int]]


def write_las(
    path: Path, *, points: int, seed: int, at: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> None:
    """Write ``points`` points, 2 mm noise, moved by ``at`` (metres)."""
    random = np.random.default_rng(seed)
    parts = [make(random, points // 4) for make in (_ground, _walls, _columns, _roof)]
    xyz = np.concatenate([part for part, _ in parts]) + random.normal(0, 0.002, (points // 4 * 4, 3)) + at
    colour = np.concatenate([np.tile(np.array(rgb, float), (len(part), 1)) for part, rgb in parts])
    colour *= random.uniform(0.85, 1.0, (len(colour), 1))
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = np.full(3, 0.001), np.floor(xyz.min(axis=0))
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    las.red, las.green, las.blue = (colour.astype(np.uint16) * 257).T
    las.intensity = random.integers(8_000, 40_000, len(xyz)).astype(np.uint16)
    las.write(str(path))


def _ground(random: np.random.Generator, n: int) -> Part:
    return np.c_[random.uniform(-9, 9, n), random.uniform(-7, 7, n), np.zeros(n)], GROUND


def _walls(random: np.random.Generator, n: int) -> Part:
    along, height = random.uniform(-1, 1, n), random.uniform(0, 4, n)
    side = random.integers(0, 4, n)
    x = np.where(side < 2, along * 5, np.where(side == 2, 5, -5))
    y = np.where(side < 2, np.where(side == 0, 3.5, -3.5), along * 3.5)
    return np.c_[x, y, height], WALL


def _columns(random: np.random.Generator, n: int) -> Part:
    turn, height = random.uniform(0, 2 * np.pi, n), random.uniform(0, 4, n)
    column = random.integers(0, 12, n)
    x = (column % 6 - 2.5) * 2.6 + 0.22 * np.cos(turn)
    y = np.where(column < 6, 5.2, -5.2) + 0.22 * np.sin(turn)
    return np.c_[x, y, height], COLUMN


def _roof(random: np.random.Generator, n: int) -> Part:
    x, y = random.uniform(-7.5, 7.5, n), random.uniform(-6, 6, n)
    rise = np.minimum(7.5 - np.abs(x), 6 - np.abs(y))
    return np.c_[x, y, 4 + 0.6 * rise + 0.02 * rise**2], ROOF
