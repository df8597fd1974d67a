"""Small clouds made for tests, written by other people's writers."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np

from processing.room.inputs import Inputs, from_paths


def surface(points: int, seed: int = 1) -> np.ndarray:
    """A wavy floor and a wall, millimetre coordinates, two millimetres of noise; (n, 3) metres."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-20, 20, points), rng.uniform(-15, 15, points)
    z = 0.3 * np.sin(x)
    wall = rng.random(points) < 0.4
    z[wall], y[wall] = rng.uniform(0, 9, int(wall.sum())), 15
    return np.round(np.stack([x, y, z], axis=1) + rng.normal(0, 0.002, (points, 3)), 3)


def write_las(path: Path, xyz: np.ndarray, *, crs: object | None = None, coloured: bool = True) -> dict:
    """Write LAS or LAZ 1.4; answer the attributes that went in."""
    header = laspy.LasHeader(version="1.4", point_format=7 if coloured else 6)
    header.scales, header.offsets = np.full(3, 0.001), np.round(xyz.mean(axis=0))
    if crs is not None:
        header.add_crs(crs)
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    rng = np.random.default_rng(2)
    made = {
        "rgb": rng.integers(0, 256, (len(xyz), 3)).astype(np.uint8),
        "intensity": rng.integers(0, 65536, len(xyz)).astype(np.uint16),
        "classification": rng.integers(0, 20, len(xyz)).astype(np.uint8),
    }
    if coloured:
        las.red, las.green, las.blue = made["rgb"].astype(np.uint16).T * 257
    las.intensity, las.classification = made["intensity"], made["classification"]
    las.write(path)
    return made


def inputs(*paths: Path) -> Inputs:
    return Inputs(tuple(from_paths(list(paths))))
