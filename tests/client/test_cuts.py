"""A part of a scan fetched over the public address: cut by a worker from the COPC file, whole records."""

import json
from pathlib import Path

import laspy
import numpy as np
import pytest

from heritwin import Api
from tests.client.conftest import Command
from tests.processing.points.copc_reading import columns, names_of
from tests.processing.points.making import surface, write_las

BOX = "-3.0005,-2.0005,-1,4.0005,5.0005,0.25"


def add_subject(api: Api, code: str, name: str) -> None:
    """A monument of its own."""
    organisation = api.get("/v1/me")["organisations"][0]["id"]
    body = {"organisation_id": organisation, "kind": "site", "code": code, "name": {"vi": name}}
    api.post("/v1/subjects", body | {"visibility": "private"})


def uploaded(api: Api, start: Command, subject: str, path: Path) -> str:
    """Upload a scan of a monument; answers its version."""
    said(start("upload", f"{subject}/scan", str(path), "--kind", "point_cloud", "--json"))
    owner = api.get(f"/v1/subjects/by-code/{subject}")["id"]
    asset = next(api.items(f"/v1/subjects/{owner}/assets"))["id"]
    return next(api.items(f"/v1/assets/{asset}/versions"))["id"]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A surface of 150,000 points."""
    path = tmp_path_factory.mktemp("gate") / "scan.laz"
    write_las(path, surface(150_000, seed=12))
    return path


@pytest.fixture(scope="module")
def version(api: Api, start: Command, scan: Path) -> str:
    """The scan as the version of a monument of its own."""
    add_subject(api, "gate", "Cổng")
    return uploaded(api, start, "gate", scan)


def said(ran) -> dict:
    out, err = ran.communicate()
    assert ran.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def test_it_fetches_a_box_and_a_prism_of_a_scan(
    command: Command, api: Api, version: str, scan: Path, tmp_path: Path
):
    # Not waiting for the COPC file: the cut does.
    made = said(command("cut", version, "--box", BOX, "-o", str(tmp_path / "box.laz"), "--json"))
    again = said(command("cut", version, "--box", BOX, "-o", str(tmp_path / "again.laz"), "--json"))
    (tmp_path / "prism.json").write_text('{"polygon": [[-5.1, -5.1], [6.1, -4.2], [0.3, 7.7]]}')
    prism = ["--prism", str(tmp_path / "prism.json"), "--spacing", "0.5"]
    coarse = said(command("cut", version, *prism, "-o", str(tmp_path / "prism.laz"), "--json"))

    xyz = surface(150_000, seed=12)
    low, high = np.array([-3.0005, -2.0005, -1]), np.array([4.0005, 5.0005, 0.25])
    chosen = ((xyz >= low) & (xyz <= high)).all(axis=1)
    original, read = laspy.read(scan), laspy.read(tmp_path / "box.laz")
    names = names_of(original)
    np.testing.assert_array_equal(columns(read, names), columns(original.points[chosen], names))
    assert made["derivative"] == again["derivative"] != coarse["derivative"]
    assert (tmp_path / "box.laz").read_bytes() == (tmp_path / "again.laz").read_bytes()
    assert 100 < coarse["points"] == len(laspy.read(tmp_path / "prism.laz")) < 60_000
    cuts = [job for job in api.items(f"/v1/versions/{version}/jobs") if job["operation"] == "cut-version"]
    assert [job["state"] for job in cuts] == ["succeeded"] * 2
    assert not list(tmp_path.glob("*.part"))


def test_it_says_why_nothing_was_cut(command: Command, version: str, tmp_path: Path):
    wrong = {
        "559000,1820000,0,559010,1820010,9": "region-outside",
        "3,0,0,1,1,1": "invalid-region",
        "-19,-14,7,-18,-13,8": "empty-result",
        "1,2,3": "six numbers",
    }
    for box, words in wrong.items():
        ran = command("cut", version, "--box", box, "-o", str(tmp_path / "no.laz"))
        _, err = ran.communicate()
        assert ran.returncode == 1
        assert words in err
        assert not (tmp_path / "no.laz").exists()
