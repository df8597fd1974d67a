"""The way in: parts straight to S3, held to their digests; nothing half-made."""

import hashlib
from typing import Any
from uuid import UUID

import httpx
import pytest

from storage.organisations.queries import authenticate_key
from storage.uploads import completing
from tests.service.world import World

CONTENT = b"1 2 3\n4 5 6\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def asset(world: World) -> str:
    return str(world.make_asset(world.make_root()["id"])["id"])


def sign(world: World, upload: dict[str, Any], content: bytes, **changes: Any) -> httpx.Response:
    part = {
        "file_id": upload["files"][0]["id"],
        "number": 1,
        "size_bytes": len(content),
        "sha256": sha256(content),
    } | changes
    return world.ask("contributor", "POST", f"/v1/uploads/{upload['id']}/parts:sign", {"parts": [part]})


def complete(world: World, upload: dict[str, Any]) -> httpx.Response:
    return world.ask("contributor", "POST", f"/v1/uploads/{upload['id']}/complete", {})


def test_it_takes_a_file_and_begins_to_work(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT, represents_edtf="2022-05")
    assert (upload["state"], upload["files"][0]["parts"], upload["files"][0]["received"]) == ("open", 1, [])
    world.send(upload, CONTENT)
    done = complete(world, upload).json()
    assert done["upload"]["state"] == "received"
    assert done["version"]["state"] == "draft"
    assert done["version"]["number"] is None
    assert done["version"]["represents_edtf"] == "2022-05"
    assert {job["operation"] for job in done["jobs"]} == {"verify-upload", "inspect-version"}
    assert {job["state"] for job in done["jobs"]} == {"queued"}


def test_it_answers_the_same_when_completed_again(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    world.send(upload, CONTENT)
    first, second = complete(world, upload).json(), complete(world, upload).json()
    assert first["version"]["id"] == second["version"]["id"]
    assert [job["id"] for job in first["jobs"]] == [job["id"] for job in second["jobs"]]


def test_it_says_which_parts_are_there(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    world.send(upload, CONTENT)
    received = world.get("contributor", f"/v1/uploads/{upload['id']}")["files"][0]["received"]
    assert received == [{"number": 1, "size_bytes": len(CONTENT), "sha256": sha256(CONTENT)}]


def test_s3_refuses_a_part_with_other_bytes(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    signed = sign(world, upload, CONTENT).json()["parts"][0]
    other = CONTENT[:-1] + b"7"
    refused = httpx.put(signed["url"], content=other, headers=signed["headers"])
    assert refused.status_code == 400
    assert world.get("contributor", f"/v1/uploads/{upload['id']}")["files"][0]["received"] == []


def test_it_refuses_parts_that_do_not_add_up_with_both_digests(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    sign(world, upload, CONTENT)
    answer = complete(world, upload)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["kind"] == "upload-parts-mismatch"
    assert problem["missing"] == [1]
    assert problem["promised"] != problem["found"]
    assert world.get("contributor", f"/v1/uploads/{upload['id']}")["state"] == "open"


def test_it_refuses_a_file_whose_own_digest_differs(world: World, asset: str) -> None:
    files = [{"path": "scan.xyz", "size_bytes": len(CONTENT), "sha256": sha256(b"something else")}]
    upload = world.post("contributor", "/v1/uploads", {"asset_id": asset, "files": files})
    world.send(upload, CONTENT)
    version = complete(world, upload).json()["version"]["id"]
    world.work("verify-upload")
    refused = world.get("contributor", f"/v1/uploads/{upload['id']}")
    assert refused["state"] == "refused"
    assert refused["error"]["files"][0]["promised_sha256"] == sha256(b"something else")
    assert refused["error"]["files"][0]["found_sha256"] == sha256(CONTENT)
    assert sha256(CONTENT) in refused["error"]["message"]
    publish = world.ask("curator", "POST", f"/v1/versions/{version}/publish")
    assert (publish.status_code, publish.json()["kind"]) == (409, "version-not-verified")


@pytest.mark.parametrize(
    "changes",
    [
        {"size_bytes": 5},
        {"number": 2},
        {"sha256": "xyz"},
        {"file_id": "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10"},
    ],
)
def test_it_signs_no_part_the_file_does_not_have(world: World, asset: str, changes: dict[str, Any]) -> None:
    upload = world.open_upload(asset, CONTENT)
    assert sign(world, upload, CONTENT, **changes).status_code == 422


@pytest.mark.parametrize("path", ["../scan.xyz", "/etc/passwd", "a/../../b", "a//b", "", "a\\b"])
def test_it_takes_no_path_that_leads_outside(world: World, asset: str, path: str) -> None:
    body = {"asset_id": asset, "files": [{"path": path, "size_bytes": 1}]}
    assert world.ask("contributor", "POST", "/v1/uploads", body).status_code == 422


def test_it_gives_an_upload_up(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    assert world.ask("contributor", "DELETE", f"/v1/uploads/{upload['id']}").status_code == 204
    assert world.get("contributor", f"/v1/uploads/{upload['id']}")["state"] == "abandoned"
    answer = sign(world, upload, CONTENT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "upload-not-open")


def test_it_keeps_what_the_sender_states_of_axis_and_unit(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT, up_axis="y", unit_m=0.001)
    assert (upload["up_axis"], upload["unit_m"]) == ("y", 0.001)
    world.send(upload, CONTENT)
    version = complete(world, upload).json()["version"]
    assert version["stated"] == {"up_axis": "y", "unit_m": 0.001}
    silent = world.open_upload(asset, CONTENT)
    assert (silent["up_axis"], silent["unit_m"]) == (None, None)


@pytest.mark.parametrize("stated", [{"up_axis": "x"}, {"unit_m": 0}, {"unit_m": -1}, {"unit_m": 1001}])
def test_it_refuses_an_axis_or_a_unit_that_is_none(world: World, asset: str, stated: dict[str, Any]) -> None:
    files = [{"path": "a.obj", "size_bytes": 10}]
    answer = world.ask("contributor", "POST", "/v1/uploads", {"asset_id": asset, "files": files, **stated})
    assert (answer.status_code, answer.json()["kind"]) == (422, "invalid-request")


def test_it_lists_uploads_by_state(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    mine = world.get("contributor", "/v1/uploads?state=open&limit=200")["items"]
    assert upload["id"] in {item["id"] for item in mine}
    assert {item["state"] for item in mine} == {"open"}


def put(world: World, signed: httpx.Response, content: bytes) -> int:
    part = signed.json()["parts"][0]
    return world.http.put(part["url"], content=content, headers=part["headers"]).status_code


def test_it_goes_on_after_a_part_was_signed_anew_and_not_sent(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    world.send(upload, CONTENT)
    changed = CONTENT[:-2] + b"7\n"
    sign(world, upload, changed)

    refused = complete(world, upload)
    there = world.get("contributor", f"/v1/uploads/{upload['id']}")["files"][0]["received"]
    sent = put(world, sign(world, upload, changed), changed)

    assert (refused.status_code, refused.json()["kind"]) == (422, "upload-parts-mismatch")
    assert there == []
    assert sent == 200
    assert complete(world, upload).status_code == 200


def test_it_takes_no_part_by_an_older_signature_for_other_bytes(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    older = sign(world, upload, CONTENT)
    changed = CONTENT[:-2] + b"7\n"
    sign(world, upload, changed)

    assert put(world, older, CONTENT) == 404
    assert complete(world, upload).status_code == 422
    assert put(world, sign(world, upload, changed), changed) == 200
    assert complete(world, upload).status_code == 200


def test_it_says_that_all_is_there_when_the_store_finished_and_the_answer_was_lost(
    world: World, asset: str
) -> None:
    upload = world.open_upload(asset, CONTENT)
    world.send(upload, CONTENT)
    with world.sessions() as db:  # closed without a commit, as by a power failure
        caller = authenticate_key(db, world.keys["contributor"])
        completing.complete(db, caller, world.store, UUID(upload["id"]))

    there = world.get("contributor", f"/v1/uploads/{upload['id']}")["files"][0]["received"]

    assert [part["number"] for part in there] == [1]
    assert complete(world, upload).status_code == 200


def test_it_tells_early_what_heads_and_tails_show(world: World, asset: str) -> None:
    upload = world.open_upload(asset, CONTENT)
    file = upload["files"][0]["id"]
    piece = {"file_id": file, "offset_bytes": 0, "size_bytes": len(CONTENT), "sha256": sha256(CONTENT)}
    path = f"/v1/uploads/{upload['id']}"
    signed = world.ask("contributor", "POST", f"{path}/early:sign", {"pieces": [piece]}).json()["pieces"][0]
    refused = world.http.put(signed["url"], content=CONTENT[:-1] + b"9", headers=signed["headers"])
    before = world.ask("contributor", "POST", f"{path}/early", {}).json()["early"]
    taken = world.http.put(signed["url"], content=CONTENT, headers=signed["headers"])
    asked = world.ask("contributor", "POST", f"{path}/early", {})

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert before is None
    assert (asked.status_code, asked.json()["early"]["state"]) == (202, "queued")
    there = world.get("contributor", f"{path}?parts=false")["files"][0]
    assert (there["early"], there["received"]) == (None, [])
