"""Tiles of clouds: nothing lost, parents hold children, errors fall, memory changes nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from processing.errors import KnownError
from processing.geometry.colour import srgb8_from_linear16
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.decoding import read_tileset, sorted_rows
from tests.processing.points.making import inputs, surface, write_las

POINTS = 120_000


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, dict, dict]:
    folder = tmp_path_factory.mktemp("tiled")
    xyz = surface(POINTS)
    made = write_las(folder / "scan.las", xyz)
    result = verb("tile")(inputs(folder / "scan.las"), {}, folder / "tiles", SilentProgress())
    return folder / "tiles", xyz, made, result


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_it_keeps_every_point_on_the_files_own_grid(tiled: tuple) -> None:
    folder, xyz, _, result = tiled
    read = read_tileset(folder)
    assert result["points"] == len(read.xyz) == POINTS
    assert result["max_position_error_m"] < 0.001
    worst = np.abs(np.sort(read.xyz, axis=0) - np.sort(xyz, axis=0)).max()
    assert worst <= result["max_position_error_m"] + 1e-9
    if max(read.steps) <= 0.001 * 1.0001:
        np.testing.assert_array_equal(sorted_rows(read.xyz, 0.001), sorted_rows(xyz, 0.001))


def test_it_keeps_colour_intensity_and_class_of_every_point(tiled: tuple) -> None:
    folder, _, made, _ = tiled
    read = read_tileset(folder)
    intensity = read.attributes["_INTENSITY"][:, 0]
    np.testing.assert_array_equal(np.sort(intensity), np.sort(made["intensity"]))
    np.testing.assert_array_equal(
        np.bincount(read.attributes["_CLASSIFICATION"][:, 0]), np.bincount(made["classification"])
    )
    rgb = srgb8_from_linear16(read.attributes["COLOR_0"])
    np.testing.assert_array_equal(sorted_rows(rgb, 1), sorted_rows(made["rgb"], 1))


def test_it_keeps_the_attributes_with_their_own_point(tiled: tuple) -> None:
    folder, xyz, made, result = tiled
    read = read_tileset(folder)
    # Points with the same intensity are few: each must find one of them at its own place.
    order = np.argsort(made["intensity"], kind="stable")
    found = read.attributes["_INTENSITY"][:2000, 0]
    first = np.searchsorted(made["intensity"][order], found, "left")
    last = np.searchsorted(made["intensity"][order], found, "right")
    for point, low, high in zip(read.xyz[:2000], first, last, strict=True):
        away = np.abs(xyz[order[low:high]] - point).max(axis=1).min()
        assert away <= result["max_position_error_m"] + 1e-9


def test_it_holds_children_in_parents_and_lets_errors_fall(tiled: tuple) -> None:
    folder, _, _, result = tiled
    read = read_tileset(folder)
    assert (read.outside, read.rises) == (0, 0)
    assert read.tiles == result["tiles"] > 8
    assert result["levels"] >= 3
    assert read.root["refine"] == "ADD"


def test_it_draws_an_even_first_level(tiled: tuple) -> None:
    folder, _, _, result = tiled
    from scipy.spatial import KDTree

    from tests.processing.points.decoding import glb_points

    points, _, _ = glb_points((folder / "tiles/0-0-0-0.glb").read_bytes())
    distance, _ = KDTree(points).query(points, 2)
    assert np.median(distance[:, 1]) >= 0.5 * result["spacing_m"]


@pytest.mark.parametrize("memory_mib", [1, 16, 2000])
def test_it_makes_the_same_tiles_whatever_the_memory(tmp_path: Path, memory_mib: int) -> None:
    xyz = surface(450_000, seed=4)
    write_las(tmp_path / "scan.las", xyz)
    arguments = {"memory_mib": memory_mib}
    verb("tile")(inputs(tmp_path / "scan.las"), arguments, tmp_path / "some", SilentProgress())
    verb("tile")(inputs(tmp_path / "scan.las"), {}, tmp_path / "all", SilentProgress())
    assert digests(tmp_path / "some") == digests(tmp_path / "all")


def test_it_makes_the_same_bytes_twice(tmp_path: Path) -> None:
    write_las(tmp_path / "scan.laz", surface(60_000))
    for name in ("one", "two"):
        verb("tile")(inputs(tmp_path / "scan.laz"), {"packed": True}, tmp_path / name, SilentProgress())
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_it_packs_the_same_tiles_it_would_write_as_files(tiled: tuple, tmp_path: Path) -> None:
    folder, _, _, _ = tiled
    verb("tile")(inputs(folder.parent / "scan.las"), {"packed": True}, tmp_path / "packed", SilentProgress())
    index = json.loads((tmp_path / "packed/index.json").read_text())
    unpacked = {}
    for key, (pack, offset, length, _) in index["entries"].items():
        data = (tmp_path / "packed" / index["packs"][pack]).read_bytes()[offset : offset + length]
        unpacked[key] = hashlib.sha256(data).hexdigest()
    assert unpacked == digests(folder)


def test_it_joins_the_files_of_one_upload(tmp_path: Path) -> None:
    first, second = surface(30_000, seed=5), surface(20_000, seed=6) + [50, 0, 0]
    write_las(tmp_path / "a.las", first)
    write_las(tmp_path / "b.laz", second)
    result = verb("tile")(
        inputs(tmp_path / "a.las", tmp_path / "b.laz"), {}, tmp_path / "tiles", SilentProgress()
    )
    assert result["points"] == 50_000
    assert read_tileset(tmp_path / "tiles").xyz[:, 0].max() == pytest.approx(second[:, 0].max(), abs=2e-3)


def test_it_tiles_coordinates_of_a_national_grid_without_losing_millimetres(tmp_path: Path) -> None:
    xyz = surface(40_000) + [559_997.0, 1_820_000.0, 12.0]
    write_las(tmp_path / "scan.las", xyz)
    result = verb("tile")(inputs(tmp_path / "scan.las"), {}, tmp_path / "tiles", SilentProgress())
    read = read_tileset(tmp_path / "tiles")
    worst = np.abs(np.sort(read.xyz, axis=0) - np.sort(xyz, axis=0)).max()
    assert worst <= max(result["max_position_error_m"], 1e-6) < 1.5e-3


@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_tiles_clouds_of_a_few_points(tmp_path: Path, count: int) -> None:
    write_las(tmp_path / "few.las", surface(count))
    result = verb("tile")(inputs(tmp_path / "few.las"), {}, tmp_path / "tiles", SilentProgress())
    assert (result["points"], result["tiles"], result["levels"]) == (count, 1, 1)
    assert len(read_tileset(tmp_path / "tiles").xyz) == count


def test_it_tiles_many_points_in_one_place(tmp_path: Path) -> None:
    write_las(tmp_path / "same.las", np.tile([[3.0, 4.0, 5.0]], (50_000, 1)))
    result = verb("tile")(inputs(tmp_path / "same.las"), {}, tmp_path / "tiles", SilentProgress())
    read = read_tileset(tmp_path / "tiles")
    assert (result["points"], len(read.xyz), read.outside, read.rises) == (50_000, 50_000, 0, 0)


def test_it_drops_points_without_a_place_and_counts_them(tmp_path: Path) -> None:
    rows = ["1 2 3", "nan 1 1", "4 5 6", "1 inf 2", "7 8 9"]
    (tmp_path / "scan.xyz").write_text("\n".join(rows) + "\n")
    result = verb("tile")(inputs(tmp_path / "scan.xyz"), {}, tmp_path / "tiles", SilentProgress())
    assert (result["points"], result["dropped"]) == (3, 2)
    assert "non-finite-points" in {note["kind"] for note in result["warnings"]}


def test_it_refuses_a_cloud_without_a_usable_point(tmp_path: Path) -> None:
    (tmp_path / "scan.xyz").write_text("nan nan nan\nnan 1 1\n")
    with pytest.raises(KnownError) as caught:
        verb("tile")(inputs(tmp_path / "scan.xyz"), {}, tmp_path / "tiles", SilentProgress())
    assert caught.value.kind == "empty-result"
    assert not list((tmp_path / "tiles").rglob("*.glb"))


def test_it_leaves_no_work_files_behind(tiled: tuple) -> None:
    folder, _, _, _ = tiled
    assert {p.suffix for p in folder.rglob("*") if p.is_file()} == {".glb", ".json"}
