"""A cloud measured and cleaned over the public address, by a worker, from the COPC file."""

from pathlib import Path

import laspy
import numpy as np
import pytest

from heritwin import Api
from tests.client.conftest import Command
from tests.client.test_cuts import add_subject, said, uploaded
from tests.processing.points.copc_reading import columns, names_of
from tests.processing.points.making import surface, write_las


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A surface of 60,000 points, and after them three strays."""
    path = tmp_path_factory.mktemp("kiln") / "scan.laz"
    strays = np.array([[1.0, 2.0, 5.0], [-9.0, 3.0, 7.0], [4.0, -8.0, 6.0]])
    write_las(path, np.concatenate([surface(60_000, seed=13), strays]))
    return path


@pytest.fixture(scope="module")
def version(api: Api, start: Command, scan: Path) -> str:
    """The scan as the version of a monument of its own."""
    add_subject(api, "kiln", "Lò nung")
    return uploaded(api, start, "kiln", scan)


def test_it_measures_and_cleans_a_scan(command: Command, version: str, scan: Path, tmp_path: Path):
    measures = said(command("measure", version, "--json"))
    asked = ("clean", version, "--most-spacing", "1", "--json", "-o")
    made = said(command(*asked, str(tmp_path / "clean.laz")))
    again = said(command(*asked, str(tmp_path / "again.laz")))

    assert measures["points"] == 60_003
    assert 0 < measures["spacing"]["median_m"] < 0.1
    original, read = laspy.read(scan), laspy.read(tmp_path / "clean.laz")
    names = names_of(original)
    np.testing.assert_array_equal(columns(read, names), columns(original.points[:60_000], names))
    assert (made["points_in"], made["points"], made["removed"]) == (60_003, 60_000, 3)
    assert made["derivative"] == again["derivative"]
    assert (tmp_path / "clean.laz").read_bytes() == (tmp_path / "again.laz").read_bytes()


def test_it_says_why_nothing_was_cleaned(command: Command, version: str, tmp_path: Path):
    wrong = {
        ("--voxel", "0"): "voxel_m",
        ("--voxel", "500"): "invalid-arguments",
        ("--most-spacing", "0.0000001"): "empty-result",
    }
    for options, words in wrong.items():
        ran = command("clean", version, *options, "-o", str(tmp_path / "no.laz"))
        _, err = ran.communicate()
        assert ran.returncode == 1
        assert words in err
        assert not (tmp_path / "no.laz").exists()
