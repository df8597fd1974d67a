"""COPC of clouds: every attribute of every point, readable by others, in the file's own coordinates.

npm ``copc`` reads them too: tests/strangers/test_copc.py.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import laspy
import numpy as np
import pyproj
import pytest

from processing.errors import KnownError
from processing.formats.copc import hierarchy, with_ancestors
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.copc_reading import check_structure, columns, everything, names_of, walked
from tests.processing.points.making import inputs, surface, write_las


def made_copc(source: Path, folder: Path, **arguments: object) -> tuple[Path, dict]:
    result = verb("copc")(inputs(source), arguments, folder, SilentProgress())
    (file,) = result["files"]
    assert (file["role"], file["media_type"]) == ("copc", "application/vnd.laszip+copc")
    assert sorted(p.name for p in folder.iterdir()) == [file["path"]]
    return folder / file["path"], result


def rich_las(path: Path, points: int, point_format: int = 8) -> None:
    """A file with every attribute that a format has, filled with noise, and three kinds of extra bytes."""
    rng = np.random.default_rng(11)
    header = laspy.LasHeader(version="1.4", point_format=point_format)
    header.scales, header.offsets = np.full(3, 0.001), np.array([559_000.0, 1_820_000.0, 0.0])
    header.add_crs(pyproj.CRS.from_epsg(32648))
    for name, form in (("deviation", "f4"), ("ring", "u2"), ("stamp", "i8")):
        header.add_extra_dim(laspy.ExtraBytesParams(name=name, type=form))
    las = laspy.LasData(header)
    las.x, las.y, las.z = (surface(points, seed=9) + header.offsets).T
    for name, most in (("intensity", 65536), ("classification", 20), ("user_data", 256)):
        las[name] = rng.integers(0, most, points)
    las.point_source_id = rng.integers(0, 65536, points)
    las.return_number, las.number_of_returns = rng.integers(1, 3, points), np.full(points, 3)
    las.withheld, las.edge_of_flight_line = rng.integers(0, 2, points), rng.integers(0, 2, points)
    las["scan_angle" if point_format >= 6 else "scan_angle_rank"] = rng.integers(-90, 90, points)
    las.gps_time = np.sort(rng.uniform(1e8, 2e8, points))
    for name in {"red", "green", "blue", "nir"} & set(las.point_format.dimension_names):
        las[name] = rng.integers(0, 65536, points)
    las["deviation"], las["ring"] = rng.normal(size=points), rng.integers(0, 65536, points)
    las["stamp"] = rng.integers(-(2**50), 2**50, points)
    las.write(path)


@pytest.mark.parametrize("point_format", [1, 3, 6, 7, 8])
def test_it_keeps_every_attribute_of_every_point(tmp_path: Path, point_format: int) -> None:
    rich_las(tmp_path / "scan.laz", 60_000, point_format)
    path, result = made_copc(tmp_path / "scan.laz", tmp_path / "out")
    original, read = laspy.read(tmp_path / "scan.laz"), everything(path)
    names = names_of(original)
    assert {"deviation", "ring", "stamp", "gps_time"} <= set(names)
    np.testing.assert_array_equal(columns(read, names), columns(original, names))
    assert result["max_position_error"] == 0.0
    assert check_structure(path)[0, 0, 0, 0] > 0


def test_it_keeps_the_scan_angles_of_both_ages(tmp_path: Path) -> None:
    for point_format in (3, 7):
        rich_las(tmp_path / "scan.las", 2_000, point_format)
        path, _ = made_copc(tmp_path / "scan.las", tmp_path / f"out{point_format}")
        original = laspy.read(tmp_path / "scan.las")
        angles = np.sort(np.asarray(everything(path)["scan_angle"], np.float64))
        if point_format == 3:
            np.testing.assert_array_equal(
                np.round(angles * 0.006), np.sort(np.asarray(original.scan_angle_rank, np.float64))
            )
        else:
            np.testing.assert_array_equal(angles, np.sort(np.asarray(original.scan_angle, np.float64)))


def test_it_is_read_whole_by_a_reader_that_knows_only_laz(tmp_path: Path) -> None:
    rich_las(tmp_path / "scan.las", 30_000)
    path, _ = made_copc(tmp_path / "scan.las", tmp_path / "out")
    original, read = laspy.read(tmp_path / "scan.las"), laspy.read(path)
    names = names_of(original)
    np.testing.assert_array_equal(columns(read, names), columns(original, names))
    assert read.header.parse_crs().to_epsg() == 32648
    assert read.header.number_of_points_by_return[:2].sum() == 30_000


def test_it_answers_a_box_and_a_level(tmp_path: Path) -> None:
    xyz = surface(150_000)
    write_las(tmp_path / "scan.las", xyz)
    path, result = made_copc(tmp_path / "scan.las", tmp_path / "out")
    low, high = np.array([-3.0005, -4.0005, -9.0]), np.array([7.0005, 2.0005, 9.0])
    with laspy.CopcReader.open(path) as reader:
        got = reader.query(laspy.copc.Bounds(mins=low, maxs=high))
        coarse = reader.query(level=0)
    assert len(got) == int(((xyz >= low) & (xyz <= high)).all(axis=1).sum())
    assert 500 < len(coarse) < 150_000
    assert result["levels"] > 1


def test_it_writes_the_same_bytes_whatever_the_memory(tmp_path: Path) -> None:
    write_las(tmp_path / "scan.laz", surface(900_000, seed=4))
    files = [made_copc(tmp_path / "scan.laz", tmp_path / f"m{m}", memory_mib=m)[0] for m in (1, 1, 500)]
    tight, again, roomy = (hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
    assert tight == again == roomy
    check_structure(files[0])


def test_it_is_hardly_larger_than_laz_in_the_same_order(tmp_path: Path) -> None:
    write_las(tmp_path / "scan.las", surface(300_000))
    path, _ = made_copc(tmp_path / "scan.las", tmp_path / "out")
    las = laspy.read(path)
    header = laspy.LasHeader(version="1.4", point_format=7)
    header.scales, header.offsets = las.header.scales, las.header.offsets
    laspy.LasData(header, las.points).write(tmp_path / "plain.laz")
    assert path.stat().st_size <= 1.05 * (tmp_path / "plain.laz").stat().st_size


def test_it_keeps_the_normals_and_scalars_of_a_ply(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    names = ["x", "y", "z", "nx", "ny", "nz", "scalar_Deviation"]
    table = rng.normal(size=(5_000, len(names))).astype("<f4")
    lines = [f"property float {name}" for name in names]
    head = ["ply", "format binary_little_endian 1.0", "element vertex 5000", *lines, "end_header\n"]
    (tmp_path / "scan.ply").write_bytes("\n".join(head).encode() + table.tobytes())
    path, result = made_copc(tmp_path / "scan.ply", tmp_path / "out")
    read = everything(path)
    assert result["max_position_error"] <= 0.5001e-4
    for at, name in enumerate(names[3:], start=3):
        np.testing.assert_array_equal(np.sort(read[name]), np.sort(table[:, at]))
    check_structure(path)


def test_it_joins_files_with_different_extra_bytes(tmp_path: Path) -> None:
    rich_las(tmp_path / "a.las", 3_000, 7)
    write_las(tmp_path / "b.laz", surface(2_000))
    both = inputs(tmp_path / "a.las", tmp_path / "b.laz")
    with pytest.raises(KnownError, match="different CRS"):
        verb("copc")(both, {}, tmp_path / "out", SilentProgress())
    write_las(tmp_path / "b.laz", surface(2_000) + [559_000, 1_820_000, 0], crs=pyproj.CRS.from_epsg(32648))
    both = inputs(tmp_path / "a.las", tmp_path / "b.laz")
    result = verb("copc")(both, {}, tmp_path / "out", SilentProgress())
    read = everything(tmp_path / "out/cloud.copc.laz")
    assert result["points"] == len(read) == 5_000
    assert int(np.count_nonzero(read["ring"] == 0)) >= 2_000
    check_structure(tmp_path / "out/cloud.copc.laz")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_writes_clouds_of_a_few_points(tmp_path: Path, count: int) -> None:
    write_las(tmp_path / "few.las", surface(count))
    path, result = made_copc(tmp_path / "few.las", tmp_path / "out")
    assert result["points"] == len(everything(path)) == count
    check_structure(path)


def test_it_cuts_large_hierarchies_into_pages_that_find_each_other() -> None:
    rng = np.random.default_rng(6)
    leaves = {(9, *(int(v) for v in row)): (1, 2, 3) for row in rng.integers(0, 512, (2_500, 3))}
    full = with_ancestors(leaves)
    data, root_bytes = hierarchy(full, 0)
    assert root_bytes < len(data)
    assert walked(data, 0, root_bytes) == full


def test_it_leaves_no_half_a_file_behind(tmp_path: Path) -> None:
    write_las(tmp_path / "scan.laz", surface(120_000))
    whole = bytearray((tmp_path / "scan.laz").read_bytes())
    # The first chunk: 8 bytes after the points' offset, one raw record, a count, then sizes of its layers.
    first = int.from_bytes(whole[96:100], "little") + 8 + 36
    whole[first : first + 40] = b"\xff" * 40
    (tmp_path / "torn.laz").write_bytes(whole)
    (tmp_path / "mesh.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    for name, kind in (("torn.laz", "corrupt-data"), ("mesh.obj", "invalid-arguments")):
        with pytest.raises(KnownError) as caught:
            verb("copc")(inputs(tmp_path / name), {}, tmp_path / "out", SilentProgress())
        assert caught.value.kind == kind
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


@pytest.mark.parametrize(
    ("name", "points", "point_format"),
    [
        ("autzen_trim.laz", 110_000, 7),
        ("lion_takanawa.copc.laz", 341_989, 7),
        ("extrabytes.las", 1_065, 7),
        ("fullwave.laz", 10_750, 8),
        ("epsg_4326.las", 5_380, 6),
        ("1_4_w_evlr.laz", 1_000, 6),
    ],
)
def test_it_keeps_real_files_whole(
    shared_data: Path, tmp_path: Path, name: str, points: int, point_format: int
) -> None:
    path, result = made_copc(shared_data / "cloud" / name, tmp_path / "out")
    original, read = laspy.read(shared_data / "cloud" / name), everything(path)
    assert (result["points"], len(read), result["point_format"]) == (points, points, point_format)
    names = names_of(original)
    np.testing.assert_array_equal(columns(read, names), columns(original, names))
    check_structure(path)
    with laspy.open(path) as reader:
        assert [vlr.user_id for vlr in reader.header.vlrs].count("copc") == 1


def test_it_keeps_the_stations_of_a_real_e57_in_place(shared_data: Path, tmp_path: Path) -> None:
    path, result = made_copc(shared_data / "cloud/lion_three_setups.e57", tmp_path / "out")
    read = everything(path)
    assert result["points"] == len(read) == 107_094
    assert np.asarray(read["red"]).max() > 255
    check_structure(path)
