"""Many scans at once: a manifest or folders bind files to subjects; rows that fit nothing are listed."""

import json
from pathlib import Path

import pytest

from heritwin import Api
from heritwin.commands.upload import read_limit, read_unit
from heritwin.errors import ClientError
from heritwin.uploads.manifest import likely_kind, read_folders, read_manifest
from tests.client.conftest import Command

POINTS = "1 2 3\n4 5 6\n7 8 9\n"


def survey(folder: Path, manifest: str, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(POINTS)
    (folder / "scans.csv").write_text(manifest, "utf-8-sig")
    return folder / "scans.csv"


def test_it_reads_files_folders_and_patterns_whatever_parts_the_columns(tmp_path: Path):
    text = "File;Subject;Capture\r\na.xyz;G6;tls\r\nstations\\s*.xyz;G7;\r\nwing;G8;tls\r\n\r\n"
    listed = read_manifest(
        survey(tmp_path, text, "a.xyz", "stations/s1.xyz", "stations/s2.xyz", "wing/w.xyz")
    )

    assert [(row.where, row.subject, len(row.paths), row.capture) for row in listed.rows] == [
        ("line 2", "G6", 1, "tls"),
        ("line 3", "G7", 2, None),
        ("line 4", "G8", 1, "tls"),
    ]
    assert (listed.unmatched, listed.unlisted) == ([], [])


def test_it_finds_names_however_their_accents_are_written(tmp_path: Path):
    listed = read_manifest(survey(tmp_path, "file,subject\nĐiện Thái Hòa.xyz,G6\n", "Điện Thái Hòa.xyz"))

    assert [path.name for row in listed.rows for path in row.paths] == ["Điện Thái Hòa.xyz"]


def test_it_lists_rows_without_a_file_doubled_files_and_scans_that_no_row_names(tmp_path: Path):
    text = "file,subject\na.xyz,G6\na.xyz,G7\ngone.xyz,G8\n,G9\nb.xyz,\n"
    listed = read_manifest(survey(tmp_path, text, "a.xyz", "b.xyz", "c.laz"))

    assert [(row.where, row.why) for row in listed.unmatched] == [
        ("line 3", "the same file stands in line 2"),
        ("line 4", "gone.xyz is not there"),
        ("line 5", "the column file is empty"),
        ("line 6", "the column subject is empty"),
    ]
    assert [path.name for path in listed.unlisted] == ["b.xyz", "c.laz"]


def test_it_says_what_is_wrong_with_a_table(tmp_path: Path):
    with pytest.raises(ClientError, match="no column subject"):
        read_manifest(survey(tmp_path, "file,code\n"))
    (tmp_path / "old.csv").write_bytes("file,subject\nđá.xyz,G6\n".encode("cp1258", "replace") + b"\xd0")
    with pytest.raises(ClientError, match="is not UTF-8"):
        read_manifest(tmp_path / "old.csv")


def test_it_takes_folders_named_by_local_codes(tmp_path: Path):
    survey(tmp_path, "", "G6/a.xyz", "G6/b/c.xyz", "G7/d.xyz")
    (tmp_path / "G8").mkdir()
    listed = read_folders(tmp_path)

    assert [row.subject for row in listed.rows] == ["G6", "G7"]
    assert [(row.where, row.why.split(",")[0]) for row in listed.unmatched] == [
        ("G8", "the folder is empty"),
        ("scans.csv", "it lies beside the folders"),
    ]
    assert likely_kind([]) is None


@pytest.mark.parametrize(("text", "rate"), [("500K", 5e5), ("2M", 2e6), ("1.5 mb/s", 1.5e6), ("900", 900.0)])
def test_it_reads_a_limit(text: str, rate: float):
    assert read_limit(text) == rate


@pytest.mark.parametrize("text", ["fast", "0", "-2M", "2 Mbit"])
def test_it_refuses_a_limit_that_is_none(text: str):
    with pytest.raises(ClientError, match="is no rate"):
        read_limit(text)


@pytest.mark.parametrize(
    ("text", "unit_m"), [("mm", 1e-3), ("FT", 0.3048), ("us-ft", 1200 / 3937), ("2.5", 2.5)]
)
def test_it_reads_a_unit(text: str, unit_m: float):
    assert read_unit(text) == unit_m


@pytest.mark.parametrize("text", ["yard", "0", "-1", "nan", "1e9"])
def test_it_refuses_a_unit_that_is_none(text: str):
    with pytest.raises(ClientError, match="is no unit of length"):
        read_unit(text)


@pytest.fixture(scope="module")
def columns(api: Api) -> str:
    """A site of this module with two columns, known by local codes."""
    organisation = api.get("/v1/me")["organisations"][0]["id"]
    body = {"organisation_id": organisation, "kind": "site", "code": "many", "name": {"vi": "Nhiều"}}
    root = api.post("/v1/subjects", body)
    for code in ("g6", "g7"):
        api.post(
            "/v1/subjects",
            {
                "parent_id": root["id"],
                "kind": "component",
                "code": code,
                "local_code": f"THD-{code.upper()}",
                "name": {"vi": code},
            },
        )
    captured = {"code": "tls-22", "method": "terrestrial_laser", "date_edtf": "2022-04"}
    api.post(f"/v1/subjects/{root['id']}/captures", captured)
    return "many"


def test_a_dry_run_lists_every_row_that_fits_nothing_and_sends_nothing(
    api: Api, command: Command, columns: str, tmp_path: Path
):
    text = (
        "file,subject,capture,kind\na.xyz,THD-G6,tls-22,\nb.xyz,THD-G9,,\nc.xyz,many.g7,tls-99,\n"
        "d.xyz,many.g7,,point_cloud\n"
    )
    manifest = survey(tmp_path, text, "a.xyz", "b.xyz", "c.xyz", "d.xyz")
    before = list(api.items("/v1/uploads", state="open"))
    out, err = (ran := command("upload", "--manifest", str(manifest), "--dry-run", "--json")).communicate()
    said = json.loads(out)

    assert ran.returncode == 1, err
    assert [(row["subject"], row["makes_asset"]) for row in said["uploads"]] == [
        ("many.g6", True),
        ("many.g7", True),
    ]
    assert {row["where"]: row["why"] for row in said["unmatched"]} == {
        "line 3": "no subject has the code or local code THD-G9",
        "line 4": "many.g7 has no capture called tls-99, nor has anything above it",
    }
    assert list(api.items("/v1/uploads", state="open")) == before


def test_it_sends_a_manifest_once_however_often_it_is_run(
    api: Api, command: Command, columns: str, tmp_path: Path
):
    manifest = survey(tmp_path, "file,subject,capture\na.xyz,THD-G6,tls-22\nb.xyz,THD-G7,tls-22\n", "a.xyz")
    (tmp_path / "b.xyz").write_text(POINTS * 2)
    words = ("upload", "--manifest", str(manifest), "--json")
    out, err = (first := command(*words)).communicate()
    again, _ = (second := command(*words)).communicate()

    assert (first.returncode, second.returncode) == (0, 0), err
    sent = json.loads(out)["sent"]
    assert [each["version"]["subject"]["path"] for each in sent] == ["many.g6", "many.g7"]
    assert [each["version"]["points"] for each in sent] == [3, 6]
    assert [each.get("was_there") for each in json.loads(again)["sent"]] == [True, True]

    # Another word on the same files makes other versions of them.
    said, _ = command(*words, "--no-wait", "--unit", "ft").communicate()
    assert [each["version"]["stated"] for each in json.loads(said)["sent"]] == [{"unit_m": 0.3048}] * 2
