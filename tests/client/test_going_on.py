"""An upload goes on: after Ctrl-C, on another machine, with another key; and says early what it carries."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pye57
import pytest

from heritwin import Api
from heritwin.api import Json
from heritwin.errors import EarlyProblemError, FileChangedError, KeyExpiredError
from heritwin.settings import Settings
from heritwin.uploads.listening import Listener
from heritwin.uploads.transfer import UploadOptions, upload
from stack.started import Started
from tests.processing.points.making import surface, write_las
from tests.support.waiting import until

MIB = 1 << 20
# 5 Mbit a second.
FIELD_LINE = 625_000.0


@pytest.fixture(scope="module")
def asset(api: Api) -> Callable[[str], str]:
    """Make an asset of this module's subject."""
    organisation = api.get("/v1/me")["organisations"][0]["id"]
    body = {"organisation_id": organisation, "kind": "site", "code": "going-on", "name": {"vi": "Đi tiếp"}}
    subject = api.post("/v1/subjects", body)

    def make(name: str) -> str:
        return str(
            api.post(f"/v1/subjects/{subject['id']}/assets", {"kind": "point_cloud", "name": name})["id"]
        )

    return make


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A settings folder of this test's own, as on a machine of its own."""
    before = os.environ.get("HERITWIN_HOME")
    os.environ["HERITWIN_HOME"] = str(tmp_path / "home")
    yield tmp_path / "home"
    del os.environ["HERITWIN_HOME"]
    if before is not None:
        os.environ["HERITWIN_HOME"] = before


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """48 MiB: three parts."""
    path = tmp_path / "scan.bin"
    path.write_bytes(np.random.default_rng(9).bytes(48 * MIB))
    return path


class Heard(Listener):
    """Remembers what was said, and when."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.begun_at_s = self.early_at_s = 0.0
        self.words: dict[str, Json] = {}

    def begin(self, stage: str, total_bytes: int) -> None:
        self.notes.append(stage)
        self.begun_at_s = self.begun_at_s or time.monotonic()

    def note(self, text: str) -> None:
        self.notes.append(text)

    def early(self, upload: Json) -> None:
        self.early_at_s = time.monotonic()
        self.words |= {file["path"]: file["early"] for file in upload["files"]}


@pytest.fixture
def running(stack: Started, home: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start the command in the background; what still runs at the end is ended."""
    begun: list[subprocess.Popen] = []

    def start(*words: str, key: str | None = None) -> subprocess.Popen:
        environment = {
            **os.environ,
            "HERITWIN_HOME": str(home),
            "HERITWIN_SERVER": stack.address,
            "HERITWIN_KEY": key or stack.admin_key,
        }
        command = [sys.executable, "-m", "heritwin", *words]
        begun.append(
            subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def first_part(api: Api, asset_id: str) -> Json:
    """Wait until a part of the asset's open upload has arrived; return the upload."""

    def look() -> Json | None:
        mine = [u for u in api.items("/v1/uploads", state="open") if u["asset_id"] == asset_id]
        there = api.get(f"/v1/uploads/{mine[0]['id']}") if mine else None
        return there if there and any(file["received"] for file in there["files"]) else None

    return until(look, 60, "the first part")


def test_ctrl_c_leaves_it_resumable_and_says_so(api: Api, asset, running, scan: Path):
    asset_id = asset("interrupted")
    words = ("upload", "going-on/interrupted", str(scan), "--no-wait", "--limit", "4M", "--no-early")
    first = running(*words)
    begun = first_part(api, asset_id)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=30)

    again = running(*words[:-3])
    _, err = again.communicate(timeout=120)

    assert (first.returncode, again.returncode) == (75, 0), err
    assert "paused: Stopped. What arrived is kept." in said
    assert "Traceback" not in said
    assert api.get(f"/v1/uploads/{begun['id']}")["state"] in {"received", "verified"}


def test_it_goes_on_from_another_machine_with_the_same_files(api: Api, asset, home, running, scan: Path):
    asset_id = asset("moved")
    first = running("upload", "going-on/moved", str(scan), "--no-wait", "--limit", "8M", "--no-early")
    begun = first_part(api, asset_id)
    first.kill()
    first.communicate()
    for journal in (home / "uploads").glob("*"):
        journal.unlink()
    elsewhere = scan.parent / "usb" / "scan.bin"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(scan.read_bytes())
    heard = Heard()
    done = upload(api, asset_id, [elsewhere], UploadOptions(), heard)

    assert done["upload"]["id"] == begun["id"]
    assert heard.notes[:2] == ["comparing", "Going on with an unfinished upload."]


def test_it_never_mixes_another_file_of_the_same_name_and_size(api: Api, asset, home, running, scan: Path):
    asset_id = asset("mixed")
    first = running("upload", "going-on/mixed", str(scan), "--no-wait", "--limit", "8M", "--no-early")
    begun = first_part(api, asset_id)
    first.kill()
    first.communicate()
    scan.write_bytes(np.random.default_rng(10).bytes(48 * MIB))

    with pytest.raises(FileChangedError, match=r"scan\.bin is not the file"):
        upload(api, asset_id, [scan], UploadOptions())
    anew = upload(api, asset_id, [scan], UploadOptions(is_anew=True))

    assert anew["upload"]["id"] != begun["id"]


def second_key(api: Api) -> Json:
    organisation = api.get("/v1/me")["organisations"][0]["id"]
    return api.post(f"/v1/organisations/{organisation}/keys", {"name": "field laptop"})


def test_it_pauses_when_the_key_has_ended_and_goes_on_with_a_new_one(
    api: Api, asset, home: Path, stack: Started, scan: Path
):
    asset_id, key = asset("expired"), second_key(api)
    heard = Heard()

    class Revoking(Heard):
        """Ends the key when sending begins."""

        def begin(self, stage: str, total_bytes: int) -> None:
            api.delete(f"/v1/keys/{key['id']}")

    with Api(Settings(server=stack.address, key=key["key"])) as field:
        with pytest.raises(KeyExpiredError, match="no longer takes this key"):
            upload(field, asset_id, [scan], UploadOptions(early=False), Revoking())
        (home / "settings.json").write_text(json.dumps({"server": stack.address, "key": stack.admin_key}))
        done = upload(field, asset_id, [scan], UploadOptions(early=False, key_patience_s=30), heard)

    assert done["upload"]["state"] in {"received", "verified"}
    assert any("paused" in note for note in heard.notes)
    assert "Going on with the new key." in heard.notes


def test_it_hears_within_a_minute_on_a_field_line_what_is_wrong_and_stops(
    api: Api, asset, home: Path, tmp_path: Path
):
    write_las(tmp_path / "hall.las", surface(300_000))
    write_las(tmp_path / "cut.laz", surface(200_000))
    with (tmp_path / "cut.laz").open("r+b") as cut:
        cut.truncate((tmp_path / "cut.laz").stat().st_size - 100_000)
    rng = np.random.default_rng(1)
    with pye57.E57(str(tmp_path / "gate.e57"), mode="w") as e57:
        for station in range(2):
            points = {f"cartesian{axis}": rng.uniform(-9, 9, 200_000) for axis in "XYZ"}
            e57.write_scan_raw(points, name=f"S{station}")
    heard = Heard()
    options = UploadOptions(limit_bytes_per_s=FIELD_LINE, stops_on_problem=True)
    begun_at_s = time.monotonic()
    with pytest.raises(EarlyProblemError, match=r"cut\.laz: its chunk table"):
        # What was noted stands in the report if nothing was raised.
        upload(api, asset("early"), sorted(tmp_path.glob("*.*")), options, heard)

    assert heard.early_at_s - begun_at_s < 60
    assert heard.words["hall.las"]["points"] == 300_000
    assert [s["name"] for s in heard.words["gate.e57"]["stations"]] == ["S0", "S1"]
    assert heard.words["cut.laz"]["problems"][0]["kind"] == "truncated"
