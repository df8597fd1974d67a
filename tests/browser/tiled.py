"""Tilesets as the room makes them, to be opened by our viewer and by strangers'."""

from pathlib import Path

import laspy
import numpy as np

from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.verbs import verb


def tile(source: Path, folder: Path, **arguments: object) -> dict:
    """Tile a file into ``folder``, one file a tile; answers the result of the verb."""
    folder.mkdir()
    return verb("tile")(Inputs(tuple(from_paths([source]))), arguments, folder, SilentProgress())


def write_ornament(path: Path, *, points: int, seed: int) -> None:
    """Write a courtyard with a close scan of one carved slab: a tree of tiles deep in one place only."""
    random = np.random.default_rng(seed)
    half = points // 2
    yard = np.c_[random.uniform(-30, 30, half), random.uniform(-30, 30, half), np.zeros(half)]
    x, y = random.uniform(-0.2, 0.2, half), random.uniform(-0.2, 0.2, half)
    slab = np.c_[x, y, 0.02 * np.sin(40 * x) * np.cos(40 * y)]
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales = np.full(3, 0.0001)
    las = laspy.LasData(header)
    las.x, las.y, las.z = np.concatenate([yard, slab]).T
    green = np.concatenate([random.integers(90, 160, half), random.integers(20, 60, half)])
    las.red = (200 * 257 * np.ones(2 * half)).astype(np.uint16)
    las.green, las.blue = (green * 257).astype(np.uint16), (green * 200).astype(np.uint16)
    las.intensity = random.integers(8_000, 40_000, 2 * half).astype(np.uint16)
    las.write(str(path))
