"""A cloud measured and cleaned over the public address, by a worker, from the COPC file."""

from pathlib import Path

import laspy
import numpy as np
import pytest

from heritwin import Api
from tests.client.conftest import Command
from tests.client.test_cuts import asset_of, said
from tests.processing.points.copc_reading import columns, names_of
from tests.processing.points.making import surface, write_las


@pytest.fixture(scope="module")
def subject(api: Api) -> str:
    """A monument of its own."""
    organisation = api.get("/v1/me")["organisations"][0]["id"]
    body = {"organisation_id": organisation, "kind": "site", "code": "kiln", "name": {"vi": "Lò nung"}}
    api.post("/v1/subjects", body | {"visibility": "private"})
    return "kiln"


def test_it_measures_and_cleans_a_scan(command: Command, api: Api, subject: str, tmp_path: Path):
    strays = np.array([[1.0, 2.0, 5.0], [-9.0, 3.0, 7.0], [4.0, -8.0, 6.0]])
    write_las(tmp_path / "scan.laz", np.concatenate([surface(60_000, seed=13), strays]))
    said(command("upload", f"{subject}/scan", str(tmp_path / "scan.laz"), "--kind", "point_cloud", "--json"))
    version = next(api.items(f"/v1/assets/{asset_of(api, subject)}/versions"))["id"]

    measures = said(command("measure", version, "--json"))
    asked = ("clean", version, "--most-spacing", "1", "--json", "-o")
    made = said(command(*asked, str(tmp_path / "clean.laz")))
    again = said(command(*asked, str(tmp_path / "again.laz")))

    assert measures["points"] == 60_003
    assert 0 < measures["spacing"]["median_m"] < 0.1
    original, read = laspy.read(tmp_path / "scan.laz"), laspy.read(tmp_path / "clean.laz")
    names = names_of(original)
    np.testing.assert_array_equal(columns(read, names), columns(original.points[:60_000], names))
    assert (made["points_in"], made["points"], made["removed"]) == (60_003, 60_000, 3)
    assert made["derivative"] == again["derivative"]
    assert (tmp_path / "clean.laz").read_bytes() == (tmp_path / "again.laz").read_bytes()


def test_it_says_why_nothing_was_cleaned(command: Command, api: Api, subject: str, tmp_path: Path):
    version = next(api.items(f"/v1/assets/{asset_of(api, subject)}/versions"))["id"]
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
