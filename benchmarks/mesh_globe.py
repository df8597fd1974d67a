"""A closed ball with relief and noise as binary PLY of any size, written in blocks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SEED = 23
RADIUS_M = 20.0
RELIEF_M, OCTAVES = 0.04, 7
NOISE_OF_EDGE = 0.06
ROWS_AT_ONCE = 64

Floats = NDArray[np.float64]
_VERTEX = np.dtype([("xyz", "<f4", 3), ("rgb", "u1", 3)])
_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def rings_for(triangles: int) -> int:
    """Answer how many rings a ball of about so many triangles has: 4 rings (rings - 1) triangles."""
    return max(3, math.isqrt(triangles // 4))


def write_globe(path: Path, triangles: int) -> Path:
    """Write the ball: rings - 1 parallels of 2 rings vertices, and two poles; row after row."""
    rings = rings_for(triangles)
    columns = 2 * rings
    vertices, faces = (rings - 1) * columns + 2, 2 * columns * (rings - 1)
    header = [
        "ply", "format binary_little_endian 1.0", f"element vertex {vertices}",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {channel}" for channel in ("red", "green", "blue")),
        f"element face {faces}", "property list uchar int vertex_indices", "end_header",
    ]  # fmt: skip
    part = path.with_suffix(".part")
    random = np.random.default_rng(SEED)
    waves = _waves(random)
    with part.open("wb") as file:
        file.write(("\n".join(header) + "\n").encode())
        for start in range(1, rings, ROWS_AT_ONCE):
            rows = np.arange(start, min(start + ROWS_AT_ONCE, rings))
            theta, phi = np.meshgrid(
                rows * np.pi / rings, np.arange(columns) * 2 * np.pi / columns, indexing="ij"
            )
            points = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], -1)
            _vertices(points.reshape(-1, 3), waves, np.pi / rings, random).tofile(file)
        _vertices(np.array([[0, 0, 1.0], [0, 0, -1.0]]), waves, np.pi / rings, random).tofile(file)
        for start in range(0, rings - 2, ROWS_AT_ONCE):
            _between(start, min(start + ROWS_AT_ONCE, rings - 2), columns).tofile(file)
        _caps(rings, columns).tofile(file)
    part.replace(path)
    return path


def _waves(random: np.random.Generator) -> list[tuple[Floats, float, float]]:
    """Three waves an octave, of doubling frequency and halving height."""
    waves = []
    for octave in range(OCTAVES):
        for _ in range(3):
            way = random.normal(size=3)
            way *= 2 * np.pi * 2**octave / np.linalg.norm(way)
            waves.append((way, float(random.uniform(0, 2 * np.pi)), 0.25 / 2**octave))
    return waves


def _vertices(
    directions: Floats, waves: list[tuple[Floats, float, float]], edge: float, random: np.random.Generator
) -> NDArray[np.void]:
    height = np.zeros(len(directions))
    for way, phase, size in waves:
        height += size * np.sin(directions @ way + phase)
    noise = random.normal(0, NOISE_OF_EDGE * edge * RADIUS_M, len(directions))
    made = np.zeros(len(directions), _VERTEX)
    made["xyz"] = directions * (RADIUS_M + RELIEF_M * height + noise)[:, None]
    tint = np.stack([np.sin(directions @ way * 3 + phase) for way, phase, _ in waves[:3]], axis=1)
    made["rgb"] = np.clip(150 + 60 * height[:, None] + 40 * tint, 0, 255)
    return made


def _faces(corners: NDArray[np.int64]) -> NDArray[np.void]:
    made = np.zeros(len(corners), _FACE)
    made["count"], made["corners"] = 3, corners
    return made


def _between(first: int, last: int, columns: int) -> NDArray[np.void]:
    rows, turn = np.arange(first, last)[:, None], np.arange(columns)[None, :]
    a, b = rows * columns + turn, rows * columns + (turn + 1) % columns
    c, d = a + columns, b + columns
    both = np.stack([np.stack([a, c, b], -1), np.stack([b, c, d], -1)], axis=2)
    return _faces(both.reshape(-1, 3))


def _caps(rings: int, columns: int) -> NDArray[np.void]:
    turn = np.arange(columns)
    following, last, top = (turn + 1) % columns, (rings - 2) * columns, (rings - 1) * columns
    north = np.stack([np.full(columns, top), turn, following], -1)
    south = np.stack([np.full(columns, top + 1), last + following, last + turn], -1)
    return _faces(np.concatenate([north, south]))
