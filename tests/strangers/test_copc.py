"""COPC read by npm ``copc`` (laz-perf) beside laspy: every page, every node, the same whole records."""

from pathlib import Path

import laspy
import numpy as np
import pytest

from benchmarks.checking import copc as checking
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.making import inputs, surface, write_las
from tests.processing.points.test_copc import made_copc, rich_las

REAL = [
    "autzen_trim.laz",
    "lion_takanawa.copc.laz",
    "extrabytes.las",
    "fullwave.laz",
    "epsg_4326.las",
    "1_4_w_evlr.laz",
    "wkt_and_geotiff_vlrs.las",
]


def assert_read_alike(path: Path) -> dict:
    """Both readers find the same multiset of records; answer what npm said."""
    (npm,) = checking.by_npm([path])
    records = checking.raw_by_nodes(path)
    assert [npm["points"], *npm["hash"]] == [records.points, *records.sums]
    assert npm["points"] == npm["declared"]
    return npm


def test_it_reads_every_record_of_many_nodes(tmp_path: Path) -> None:
    write_las(tmp_path / "scan.las", surface(500_000, seed=5))
    path, result = made_copc(tmp_path / "scan.las", tmp_path / "out")
    npm = assert_read_alike(path)
    there = checking.raw(tmp_path / "scan.las")
    assert [npm["points"], *npm["hash"]] == [there.points, *there.sums]
    assert npm["nodes"] == result["nodes"] > 20


@pytest.mark.parametrize("point_format", [6, 7, 8])
def test_it_reads_extra_bytes_by_their_names(tmp_path: Path, point_format: int) -> None:
    rich_las(tmp_path / "scan.las", 40_000, point_format)
    path, _ = made_copc(tmp_path / "scan.las", tmp_path / "out")
    npm = assert_read_alike(path)
    there = checking.raw(tmp_path / "scan.las")
    assert (npm["hash"], npm["extra"]) == (there.sums, ["deviation", "ring", "stamp"])
    assert npm["wkt"]


def test_it_reads_a_cut(tmp_path: Path) -> None:
    write_las(tmp_path / "scan.las", surface(300_000, seed=6))
    path, _ = made_copc(tmp_path / "scan.las", tmp_path / "out")
    verb("cut")(inputs(path), {"box": [-5, -5, -1, 5, 5, 1]}, tmp_path, SilentProgress())
    npm = assert_read_alike(tmp_path / "cut.copc.laz")
    xyz = np.asarray(laspy.read(tmp_path / "scan.las").xyz)
    assert npm["points"] == int((np.abs(xyz) <= [5, 5, 1]).all(axis=1).sum())


@pytest.mark.parametrize("name", REAL)
def test_it_finds_every_attribute_of_a_real_file_again(shared_data: Path, tmp_path: Path, name: str) -> None:
    path, _ = made_copc(shared_data / "cloud" / name, tmp_path)
    names = checking.attributes_of(shared_data / "cloud" / name)
    there = checking.attributes(shared_data / "cloud" / name, names, nodes=False)
    assert checking.attributes(path, names, nodes=True) == there
    assert_read_alike(path)
