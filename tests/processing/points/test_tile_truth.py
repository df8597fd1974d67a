"""Tiles hold the same multiset of points as the file, whatever its order, its header and our threads."""

from __future__ import annotations

import hashlib
from pathlib import Path

import laspy
import numpy as np
import pytest

from processing.geometry.colour import srgb8_from_linear16
from processing.points.chunk_tiles import tiles_of_chunk
from processing.points.chunking import Chunk
from processing.points.plan import TilePlan
from processing.points.reading import open_cloud
from processing.points.spilling import spill_cloud
from processing.points.tiling import write_tiles
from processing.progress import SilentProgress
from processing.tiles.sinks import FolderSink
from processing.verbs import verb
from tests.processing.points.decoding import Read, read_tileset
from tests.processing.points.making import inputs, surface, write_las


def fine_las(path: Path, xyz: np.ndarray, *, scale: float = 0.0001, offset: tuple = (0.0, 0.0, 0.0)) -> None:
    """Write coordinates on a finer grid than tiles have, with attributes of every value."""
    header = laspy.LasHeader(version="1.4", point_format=7)
    header.scales, header.offsets = np.full(3, scale), np.array(offset)
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    rng = np.random.default_rng(3)
    las.red, las.green, las.blue = rng.integers(0, 256, (3, len(xyz))).astype(np.uint16) * 257
    las.intensity = rng.integers(0, 65536, len(xyz)).astype(np.uint16)
    las.classification = rng.integers(0, 32, len(xyz)).astype(np.uint8)
    las.write(path)


def sorted_whole(
    cells: np.ndarray, rgb: np.ndarray, intensity: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    rows = np.column_stack([cells, rgb, intensity, classes]).astype(np.int64)
    return rows[np.lexsort(rows.T)]


def rows_of_file(path: Path, grid: dict) -> np.ndarray:
    las = laspy.read(path)
    cells = np.floor((las.xyz - grid["corner"]) / grid["coarsest_step_m"])
    rgb = np.stack([las.red, las.green, las.blue], axis=1) // 257
    return sorted_whole(cells, rgb, np.asarray(las.intensity), np.asarray(las.classification))


def rows_of_tiles(read: Read, grid: dict) -> np.ndarray:
    cells = np.floor((read.xyz - grid["corner"]) / grid["coarsest_step_m"])
    rgb = srgb8_from_linear16(read.attributes["COLOR_0"])
    return sorted_whole(
        cells, rgb, read.attributes["_INTENSITY"][:, 0], read.attributes["_CLASSIFICATION"][:, 0]
    )


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def tiled(source: Path, folder: Path) -> dict:
    return verb("tile")(inputs(source), {}, folder, SilentProgress())


@pytest.mark.parametrize(
    ("stretch", "offset"), [(1.0, (0, 0, 0)), (2.5, (559_997.0, 1_820_000.0, 12.0)), (150.0, (0.03, 7.7, 0))]
)
def test_it_holds_the_same_multiset_of_points_with_all_attributes(
    tmp_path: Path, stretch: float, offset: tuple
) -> None:
    fine_las(tmp_path / "scan.las", surface(150_000) * stretch + offset, offset=offset)
    result = tiled(tmp_path / "scan.las", tmp_path / "tiles")
    read = read_tileset(tmp_path / "tiles")
    np.testing.assert_array_equal(
        rows_of_tiles(read, result["grid"]), rows_of_file(tmp_path / "scan.las", result["grid"])
    )
    assert max(read.steps) <= 0.001
    assert max(read.steps) == pytest.approx(result["grid"]["coarsest_step_m"])


def test_it_states_the_largest_error_of_a_position_and_keeps_it(tmp_path: Path) -> None:
    xyz = surface(60_000) * 3
    fine_las(tmp_path / "scan.las", xyz)
    result = tiled(tmp_path / "scan.las", tmp_path / "tiles")
    read = read_tileset(tmp_path / "tiles")
    # Intensity tells most points apart: those that are alone with theirs are compared one by one.
    las = laspy.read(tmp_path / "scan.las")
    there, here = np.asarray(las.intensity), read.attributes["_INTENSITY"][:, 0]
    alone = np.flatnonzero(np.bincount(there, minlength=65536) == 1)
    first, second = np.argsort(there, kind="stable"), np.argsort(here, kind="stable")
    a = las.xyz[first[np.searchsorted(there[first], alone)]]
    b = read.xyz[second[np.searchsorted(here[second], alone)]]
    away = np.linalg.norm(a - b, axis=1)
    assert len(alone) > 20_000
    assert 0.5 * result["max_position_error_m"] < away.max() <= result["max_position_error_m"] * (1 + 1e-6)


def test_it_makes_the_same_tiles_from_shuffled_points(tmp_path: Path) -> None:
    xyz = surface(300_000)
    fine_las(tmp_path / "scan.las", np.concatenate([xyz, xyz[:5000], np.repeat(xyz[:1], 300, axis=0)]))
    las = laspy.read(tmp_path / "scan.las")
    las.points = las.points[np.random.default_rng(1).permutation(len(las.points))]
    las.write(tmp_path / "shuffled.laz")
    for name in ("scan.las", "shuffled.laz"):
        tiled(tmp_path / name, tmp_path / name.split(".")[0])
    assert digests(tmp_path / "scan") == digests(tmp_path / "shuffled")


@pytest.mark.parametrize(("chunk_points", "at_once"), [(30_000, 1), (100_000, 2), (400_000, 1)])
def test_it_makes_the_same_tiles_however_it_is_cut(tmp_path: Path, chunk_points: int, at_once: int) -> None:
    fine_las(tmp_path / "scan.las", surface(350_000, seed=8))
    tiled(tmp_path / "scan.las", tmp_path / "whole")
    spilled = spill_cloud(
        open_cloud(inputs(tmp_path / "scan.las"), tmp_path), tmp_path / "work", SilentProgress()
    )
    write_tiles(
        spilled, FolderSink(tmp_path / "cut"), SilentProgress(), chunk_points=chunk_points, at_once=at_once
    )
    assert len(spilled.chunks()) > (0 if chunk_points == 400_000 else 3)
    assert digests(tmp_path / "cut") == digests(tmp_path / "whole")


@pytest.mark.parametrize("lie", ["narrow", "wide", "all but one"])
def test_it_does_not_believe_a_header_about_bounds(tmp_path: Path, lie: str) -> None:
    xyz = surface(40_000)
    if lie == "all but one":
        # Neither the header nor a sample of the points knows of it.
        xyz[20_011] += 300
    write_las(tmp_path / "scan.las", xyz)
    data = bytearray((tmp_path / "scan.las").read_bytes())
    low, high = np.delete(xyz, 20_011, axis=0).min(axis=0), np.delete(xyz, 20_011, axis=0).max(axis=0)
    wider = {"narrow": -0.4 * (high - low), "wide": 4000, "all but one": 0}[lie]
    # LAS 1.4 R15, table 3: max and min of x, y, z from byte 179.
    data[179:227] = np.stack([high + wider, low - wider], axis=1).astype("<f8").tobytes()
    (tmp_path / "lie.las").write_bytes(data)
    result = tiled(tmp_path / "lie.las", tmp_path / "tiles")
    read = read_tileset(tmp_path / "tiles")
    worst = np.abs(np.sort(read.xyz, axis=0) - np.sort(xyz, axis=0)).max()
    assert result["points"] == len(read.xyz) == len(xyz)
    assert worst <= result["max_position_error_m"] + 1e-9
    # A cloud is not drawn coarsely because its header says that it is large.
    assert result["spacing_m"] < 0.7 or lie == "all but one"


def test_it_takes_records_of_a_chunk_in_any_order_and_no_others(tmp_path: Path) -> None:
    fine_las(tmp_path / "scan.las", surface(50_000))
    spilled = spill_cloud(
        open_cloud(inputs(tmp_path / "scan.las"), tmp_path), tmp_path / "work", SilentProgress()
    )
    plan, chunk = (
        TilePlan.from_json(spilled.plan.as_json()),
        Chunk.from_json(spilled.chunks(9000)[2].as_json()),
    )
    records = spilled.read(spilled.chunks()[2])
    mixed = records[np.random.default_rng(0).permutation(len(records))]
    one, two = tiles_of_chunk(plan, chunk, records.copy()), tiles_of_chunk(plan, chunk, mixed)
    assert [tile.glb for tile in one.tiles] == [tile.glb for tile in two.tiles]
    records[0, 0] ^= np.uint64(1 << 62)
    with pytest.raises(Exception, match="are not those of") as caught:
        tiles_of_chunk(plan, chunk, records)
    assert caught.value.kind == "corrupt-data"
    spilled.close()
