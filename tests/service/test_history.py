"""Structure and time over HTTP, and by the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RECORDS = Path(__file__).parents[1] / "storage" / "chronology" / "records.json"
SAID = {
    "predicate": "location",
    "value": {"place": "east"},
    "edtf": "1900/..",
    "basis": "source",
    "certainty": 3,
}


@pytest.fixture(scope="module")
def historian(world):
    """The key of a curator that may state history."""
    where = f"/v1/organisations/{world.organisation}"
    person = world.post("root", f"{where}/members", {"name": "Historian", "role": "curator"})["person_id"]
    scopes = ["read", "write", "curate", "history:import"]
    key = world.post("root", f"{where}/keys", {"person_id": person, "name": "history", "scopes": scopes})[
        "key"
    ]
    world.keys["historian"] = key
    return key


def run(world, key, *words, language=None):
    """Run the command as a person would; return the process."""
    environment = {
        **os.environ,
        "HERITWIN_SERVER": world.api.url,
        "HERITWIN_KEY": key,
        "HERITWIN_HOME": os.devnull,
    }
    return subprocess.run(
        [sys.executable, "-m", "heritwin", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def temple(world, historian):
    """The small records, taken in by the command."""
    done = run(world, historian, "import", str(RECORDS), "--organisation", "hmcc", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_takes_in_a_record_file_by_the_command(temple):
    assert temple["counts"]["statements"] == {"added": 7, "kept": 0}
    assert temple["was_there"] is False


def test_it_says_by_the_command_that_it_was_there(world, historian, temple):
    again = run(world, historian, "import", str(RECORDS), "--organisation", "hmcc")

    assert again.returncode == 0
    assert "taken in before" in again.stderr


def test_it_prints_a_timeline_and_statements(world, historian, temple):
    line = run(world, historian, "timeline", "temple", "--as-of", "1901", "--json")
    held = run(world, historian, "statements", "temple", "--concept", "timber", "--json")

    assert [row["code"] for row in json.loads(line.stdout)["items"]] == ["stood", "re-roofed", "undated"]
    assert {row["code"] for row in json.loads(held.stdout)["items"]} == {"a1-lim", "a10-timber"}
    assert run(world, historian, "timeline", "temple").returncode == 0
    assert run(world, historian, "statements", "temple").returncode == 0


def test_it_needs_the_scope_to_state_history(world):
    records = json.loads(RECORDS.read_text("utf-8"))
    body = {"organisation_id": world.organisation, "records": records}
    refused = world.ask("admin", "POST", "/v1/imports", body)

    assert (refused.status_code, refused.json()["kind"]) == (403, "history-scope-needed")


def test_it_names_every_unknown_code(world):
    statement = {"code": "x1", "subject": "no.such.place", **SAID}
    body = {
        "organisation_id": world.organisation,
        "records": {"schema": "heritage-records/1", "statements": [statement]},
    }
    refused = world.ask("curator", "POST", "/v1/imports", body)

    assert (refused.status_code, refused.json()["kind"]) == (422, "unknown-code")
    assert refused.json()["codes"] == ["no.such.place"]


def test_it_says_the_moment_it_answers_for(world, temple):
    found = world.get("viewer", "/v1/statements?subject=temple&known_at=2020-06-01T00:00:00Z")

    assert found["known_at"] == "2020-06-01T00:00:00Z"
    assert [each["code"] for each in found["items"]] == ["stands"]
    assert found["items"][0]["subject"]["path"] == "temple"


def test_it_shows_a_subject_and_its_tree_as_known_then(world, temple):
    top = world.get("viewer", "/v1/subjects/by-code/temple")["id"]
    then = "known_at=2020-06-01T00:00:00Z"
    subject = world.get("viewer", f"/v1/subjects/{top}?as_of=2024&{then}")
    tree = world.get("viewer", f"/v1/subjects/{top}/tree?as_of=2024")

    assert [each["value"] for each in subject["existence"]] == [{"existence": "extant"}]
    assert (subject["known_at"], subject["versions"]) == ("2020-06-01T00:00:00Z", None)
    assert [each["value"] for each in tree["subject"]["existence"]] == [{"existence": "lost"}]
    assert {child["subject"]["path"] for child in tree["children"]} == {"temple.pillars", "temple.rite"}
    early = f"/v1/subjects/{top}?known_at=2001-01-01T00:00:00Z"
    assert world.ask("viewer", "GET", early).status_code == 404


def test_it_corrects_and_keeps_what_was_held(world):
    part = world.make_part(world.make_root()["id"])["id"]
    old = world.post("contributor", "/v1/statements", {"subject_id": part, **SAID})
    corrections = f"/v1/statements/{old['id']}/corrections"
    body = {**SAID, "value": {"place": "west"}, "reason": "north was up on the plan"}
    new = world.post("curator", corrections, body)
    again = world.ask("curator", "POST", corrections, body)
    held = world.get("viewer", f"/v1/subjects/{part}/statements")["items"]
    before = world.get("viewer", f"/v1/subjects/{part}/statements?known_at={old['recorded_from']}")["items"]

    assert new["supersedes"] == old["code"]
    assert (again.status_code, again.json()["kind"]) == (409, "statement-superseded")
    assert [each["value"] for each in held] == [{"place": "west"}]
    assert [each["value"] for each in before] == [{"place": "east"}]
    assert before[0]["recorded_to"] is None


@pytest.mark.parametrize(
    ("changes", "kind", "status"),
    [
        ({"edtf": "/1805"}, "invalid-date", 422),
        ({"predicate": "colour"}, "unknown-code", 422),
        ({"value": {"place": "a\u0000b"}}, "invalid-record", 422),
        ({"certainty": 6}, "invalid-request", 422),
    ],
)
def test_it_refuses_by_kind(world, changes, kind, status):
    part = world.make_part(world.make_root()["id"])["id"]
    refused = world.ask("contributor", "POST", "/v1/statements", {"subject_id": part, **SAID, **changes})

    assert (refused.status_code, refused.json()["kind"]) == (status, kind)


def test_it_refuses_what_excludes_another(world):
    part = world.make_part(world.make_root()["id"])["id"]
    world.post("contributor", "/v1/statements", {"subject_id": part, **SAID})
    refused = world.ask("contributor", "POST", "/v1/statements", {"subject_id": part, **SAID, "edtf": "1950"})

    assert (refused.status_code, refused.json()["kind"]) == (409, "exclusive-conflict")


def test_it_hides_another_organisation_s_history(world, temple):
    assert world.get("other", "/v1/statements?under=temple")["items"] == []
    assert world.get("other", "/v1/events?under=temple")["items"] == []
    assert world.get("other", "/v1/relations?to=temple")["items"] == []
    assert world.get("other", "/v1/search?q=upper temple")["items"] == []


def test_it_lists_the_predicates_of_the_house(world):
    found = world.get(None, "/v1/concepts?scheme=predicate")["items"]

    assert {each["code"] for each in found} >= {"material", "condition", "existence", "location"}
    assert {each["code"] for each in found if each["is_exclusive"]} == {"location", "existence"}


def test_it_shows_the_version_of_a_day(world):
    asset = world.make_asset(world.make_root()["id"])
    version = world.make_draft(asset["id"], represents_edtf="2022-05")["version"]["id"]
    world.work()
    world.post("curator", f"/v1/versions/{version}/publish")
    where = f"/v1/subjects/{asset['subject_id']}/version"

    assert world.get("viewer", f"{where}?as_of=2022")["id"] == version
    assert world.ask("viewer", "GET", f"{where}?as_of=2021").status_code == 404


def test_it_refuses_a_capture_whose_date_is_no_date(world):
    part = world.make_part(world.make_root()["id"])["id"]
    body = {"code": "c", "method": "tls", "date_edtf": "1805/"}
    refused = world.ask("contributor", "POST", f"/v1/subjects/{part}/captures", body)

    assert (refused.status_code, refused.json()["kind"]) == (422, "invalid-date")


@pytest.mark.parametrize("known_at", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("path", ["/v1/statements?", "/v1/events?", "/v1/search?q=a&", "/v1/relations?"])
def test_it_answers_at_the_ends_of_time(world, path, known_at):
    assert world.ask("viewer", "GET", f"{path}known_at={known_at}").status_code == 200


@pytest.mark.parametrize("as_of", ["-9999/9999", "Y-5000000", "../..", "2001-21", "%7B1970,1981..1982%7D"])
def test_it_answers_as_of_any_date(world, as_of):
    assert world.ask("viewer", "GET", f"/v1/statements?as_of={as_of}").status_code == 200
