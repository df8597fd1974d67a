"""A cloud like those that are measured on, and its tiles."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.cloud_inputs import make
from processing.points.reading import open_cloud
from processing.points.spilling import spill_cloud
from processing.points.tiling import write_tiles
from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.tiles.sinks import open_sink

POINTS, SEED = 120_000, 5


@dataclass(frozen=True)
class Tiled:
    """A cloud, its packed tileset, and what the tiler said."""

    cloud: Path
    tiles: Path
    said: dict


@pytest.fixture(scope="session")
def cloud_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several stations in scan-line order, plain, compressed and shuffled."""
    folder = tmp_path_factory.mktemp("clouds")
    make(folder, ["las", "laz", "shuffled.las"], points=POINTS, seed=SEED)
    return folder


def tiled(cloud: Path, folder: Path, **options: int) -> Tiled:
    """Tile a cloud as ``tile`` does, in chunks as small as wanted."""
    spilled = spill_cloud(open_cloud(Inputs(tuple(from_paths([cloud]))), folder), folder, SilentProgress())
    tiles = folder / "tiles"
    said = write_tiles(spilled, open_sink(tiles, packed=True), SilentProgress(), **options)
    return Tiled(cloud, tiles, said)


@pytest.fixture(scope="session")
def explicit(cloud_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Tiled:
    """Tiles written one by one into tileset.json."""
    [cloud] = cloud_folder.glob(f"*seed{SEED}.las")
    return tiled(cloud, tmp_path_factory.mktemp("explicit"))


@pytest.fixture(scope="session")
def implicit(cloud_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Tiled:
    """Tiles of many chunks, listed in subtrees."""
    [cloud] = cloud_folder.glob(f"*seed{SEED}.las")
    return tiled(cloud, tmp_path_factory.mktemp("implicit"), chunk_points=9_000, explicit_tiles=5)
