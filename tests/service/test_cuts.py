"""Cuts over the API: asked for, made once, fetched by name; nonsense is refused at once."""

from typing import Any

import pytest

from storage.db import transaction
from storage.jobs.inputs import inputs_of
from tests.service.world import World, derivative_of

BOX = [0.5, 0.5, 0.0, 2.0, 2.0, 1.5]


def test_it_makes_a_cut_once_and_hands_it_out(world: World) -> None:
    version = world.make_published("public")
    where = f"/v1/versions/{version['id']}/cuts"
    first = world.ask("contributor", "POST", where, {"box": BOX})
    again = world.ask("curator", "POST", where, {"box": BOX, "coordinates": "frame"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["job"]["id"] == again.json()["job"]["id"]
    assert (first.json()["job"]["operation"], first.json()["derivative"]) == ("cut-version", None)
    world.work()
    answer = world.ask("contributor", "POST", where, {"box": BOX})
    assert (answer.status_code, answer.json()["job"]) == (200, None)
    derivative = answer.json()["derivative"]
    (file,) = derivative["files"]
    fetched = world.ask(None, "GET", file["url"])
    assert (fetched.status_code, fetched.content) == (200, b"LASF cut")
    assert "filename*=UTF-8''cut.copc.laz" in fetched.headers["Content-Disposition"]
    other = world.ask("contributor", "POST", where, {"box": BOX, "spacing_m": 0.05})
    assert other.status_code == 202
    world.work()
    listed = [item["id"] for item in world.get(None, where)["items"]]
    assert len(listed) == 2
    assert derivative["id"] in listed


def test_it_reads_the_copc_file_and_never_the_master(world: World) -> None:
    version = world.make_worked_draft()
    world.post("contributor", f"/v1/versions/{version['id']}/cuts", {"box": BOX})
    claim = world.claim("cut-version")
    assert claim is not None
    with transaction(world.sessions) as db:
        (file,) = inputs_of(db, claim)
    assert file.object_key == f"derivatives/{derivative_of(version, 'copc')}/cloud.copc.laz"
    assert claim.arguments == {"box": BOX, "coordinates": "frame"}
    world.fail(claim, "empty-result", "no point lies in the region")


def test_it_waits_for_a_copc_file_that_is_not_there_yet(world: World) -> None:
    asset = world.make_asset(world.make_root()["id"])
    version = world.make_draft(asset["id"])["version"]["id"]
    early = world.ask("contributor", "POST", f"/v1/versions/{version}/cuts", {"box": BOX})
    assert (early.status_code, early.json()["kind"]) == (409, "version-not-inspected")
    world.work("verify-upload", "inspect-version")
    cut = world.post("contributor", f"/v1/versions/{version}/cuts", {"box": BOX})["job"]
    jobs = {job["id"]: job for job in world.get("contributor", f"/v1/versions/{version}/jobs")["items"]}
    (needed,) = cut["depends_on"]
    assert (cut["state"], jobs[needed]["operation"]) == ("waiting", "copc-version")
    claim = world.claim("copc-version")
    assert claim is not None
    world.fail(claim, "corrupt-data", "chunk 3 cannot be decoded")
    lost = world.get("contributor", f"/v1/jobs/{cut['id']}")
    assert (lost["state"], lost["error"]["kind"]) == ("failed", "dependency-failed")
    # Asked again, the COPC file is tried again too.
    cut = world.post("contributor", f"/v1/versions/{version}/cuts", {"box": BOX})["job"]
    assert cut["depends_on"] != [needed]
    world.work()
    assert world.get("contributor", f"/v1/jobs/{cut['id']}")["state"] == "succeeded"


@pytest.fixture(scope="module")
def draft(world: World) -> dict[str, Any]:
    """A version that is only asked about."""
    return world.make_worked_draft()


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({}, "invalid-region", "one of the two"),
        ({"box": BOX, "prism": {"polygon": [[0, 0], [1, 0], [0, 1]]}}, "invalid-region", "one of the two"),
        ({"box": [2, 0, 0, 1, 1, 1]}, "invalid-region", "x = 2.0 to 1.0"),
        ({"prism": {"polygon": [[0, 0], [1, 1], [0, 0]]}}, "invalid-region", "2 different corners"),
        ({"prism": {"polygon": [[0, 0], [2, 2], [2, 0], [0, 2]]}}, "invalid-region", "edges 1 and 3"),
        ({"prism": {"polygon": [[0, 0], [1, 0], [0, 1]], "bottom": 3, "top": 1}}, "invalid-region", "3.0"),
        ({"box": [559e3, 182e4, 0, 560e3, 183e4, 9]}, "region-outside", "(4.000, 3.000, 2.000)"),
        ({"box": [0, 0, 0, 1, 1]}, "invalid-request", ""),
        ({"box": BOX, "spacing_m": 0}, "invalid-request", ""),
        ({"box": BOX, "spacing_m": -0.1}, "invalid-request", ""),
        ({"box": BOX, "coordinates": "feet"}, "invalid-request", ""),
        ({"prism": {"polygon": [[0, 0]] * 501}}, "invalid-request", ""),
    ],
)
def test_it_refuses_at_once_what_makes_no_sense(
    world: World, draft: dict[str, Any], body: dict[str, Any], kind: str, words: str
) -> None:
    answer = world.ask("contributor", "POST", f"/v1/versions/{draft['id']}/cuts", body)
    assert (answer.status_code, answer.json()["kind"]) == (422, kind)
    assert words in answer.json()["detail"]


def test_it_takes_coordinates_of_the_crs_without_comparing_them_with_metres(world: World) -> None:
    version = world.make_worked_draft()
    body = {"box": [559e3, 182e4, 0, 560e3, 183e4, 9], "coordinates": "crs"}
    assert world.ask("contributor", "POST", f"/v1/versions/{version['id']}/cuts", body).status_code == 202
    world.work()
