"""A surveyor's upload over the public address: seen through to the end, and gone on with after a kill."""

import json
from pathlib import Path

import numpy as np
import pytest

from heritwin import Api
from tests.client.conftest import Command

MIB = 1 << 20


@pytest.fixture(scope="module")
def subject(api: Api) -> str:
    """A public site with a monument."""
    organisation = api.get("/v1/me")["organisations"][0]["id"]
    root = api.post(
        "/v1/subjects",
        {
            "organisation_id": organisation,
            "kind": "site",
            "code": "hue",
            "name": {"vi": "Huế"},
            "visibility": "public",
        },
    )
    api.post(
        "/v1/subjects",
        {"parent_id": root["id"], "kind": "monument", "code": "ngo-mon", "name": {"vi": "Ngọ Môn"}},
    )
    return "hue.ngo-mon"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A scan as a text file: a wavy square of 20,000 points."""
    grid = np.random.default_rng(3).uniform(0, 10, (20_000, 2))
    heights = np.sin(grid[:, 0]) * np.cos(grid[:, 1])
    np.savetxt(tmp_path / "scan.xyz", np.column_stack([grid, heights]), fmt="%.4f")
    return tmp_path / "scan.xyz"


def test_it_sends_a_scan_follows_the_work_and_publishes(command: Command, subject: str, scan: Path):
    ran = command("upload", f"{subject}/scan", str(scan), "--kind", "point_cloud", "--publish", "--json")
    out, err = ran.communicate()

    assert ran.returncode == 0, err
    version = json.loads(out)["version"]
    assert (version["number"], version["points"], version["format"]) == (1, 20_000, "xyz")
    assert version["placement"]["state"] == "accepted"


def test_it_says_what_is_wrong_with_a_file_and_what_to_do(command: Command, subject: str, tmp_path: Path):
    (tmp_path / "hall.laz").write_bytes(b"LASF" + bytes(400))
    ran = command("upload", f"{subject}/broken", str(tmp_path / "hall.laz"), "--kind", "point_cloud")
    _, err = ran.communicate()

    assert ran.returncode == 1
    assert "hall.laz" in err
    assert "→" in err
    assert "Traceback" not in err


def test_it_goes_on_after_a_kill_and_sends_only_what_is_missing(
    command: Command, api: Api, subject: str, tmp_path: Path
):
    path = tmp_path / "long.bin"
    path.write_bytes(np.random.default_rng(5).bytes(96 * MIB))
    words = ("upload", f"{subject}/long", str(path), "--kind", "point_cloud", "--unstable", "--no-wait")
    first = command(*words)
    journal = tmp_path / "home" / "uploads"
    received: list[dict] = []
    while first.poll() is None and not received:
        kept = list(journal.glob("*.json"))
        upload = json.loads(kept[0].read_text("utf-8")).get("upload_id") if kept else None
        if upload:
            received = api.get(f"/v1/uploads/{upload}")["files"][0]["received"]
    first.kill()
    first.communicate()
    assert 0 < len(received) < 6, "the upload was over before it could be killed"

    second = command(*words)
    _, err = second.communicate()

    assert second.returncode == 0, err
    assert "Going on with an unfinished upload" in err
    assert api.get(f"/v1/uploads/{upload}")["state"] in {"received", "verified"}
    assert list(journal.glob("*.json")) == []


def test_it_names_a_server_that_does_not_answer(command: Command):
    ran = command("whoami", "--server", "http://127.0.0.1:1")
    _, err = ran.communicate()

    assert ran.returncode == 1
    assert err.startswith("unreachable: http://127.0.0.1:1 does not answer")
