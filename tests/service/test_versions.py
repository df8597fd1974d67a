"""Versions: who sees a draft, what publishing and withdrawing do, where to stream from."""

from tests.service.world import INSPECTED, World, derivative_of


def test_it_shows_what_inspection_found(world: World) -> None:
    version = world.make_worked_draft()
    for field in ("kind", "format", "points", "bounds", "units", "attributes"):
        assert version[field] == INSPECTED[field]
    assert version["files"][0]["path"] == "scan.xyz"
    assert len(version["files"][0]["sha256"]) == 64
    assert {item["kind"] for item in version["derivatives"]} == {"copc", "picture", "preview", "tileset"}
    assert version["picture"].endswith("/files/picture.webp")


def test_it_shows_a_draft_to_its_uploader_and_curators_only(world: World) -> None:
    version = world.make_worked_draft("public")
    path = f"/v1/versions/{version['id']}"
    wanted = {
        "root": 200,
        "admin": 200,
        "curator": 200,
        "contributor": 200,
        "viewer": 404,
        "other": 404,
        None: 404,
    }
    assert {who: world.ask(who, "GET", path).status_code for who in wanted} == wanted
    listed = world.get("viewer", f"/v1/assets/{version['asset_id']}/versions")["items"]
    assert listed == []


def test_it_hides_another_organisations_version(world: World) -> None:
    version = world.make_published("private")
    answer = world.ask("other", "GET", f"/v1/versions/{version['id']}")
    assert (answer.status_code, answer.json()["kind"]) == (404, "not-found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_it_numbers_a_version_when_it_is_published(world: World) -> None:
    version = world.make_published()
    assert (version["state"], version["number"]) == ("published", 1)
    assert len(version["manifest_sha256"]) == 64
    again = world.post("curator", f"/v1/versions/{version['id']}/publish")
    assert (again["number"], again["manifest_sha256"]) == (1, version["manifest_sha256"])


def test_it_publishes_nothing_that_was_not_hashed(world: World) -> None:
    asset = world.make_asset(world.make_root()["id"])
    version = world.make_draft(asset["id"])["version"]["id"]
    answer = world.ask("curator", "POST", f"/v1/versions/{version}/publish")
    assert (answer.status_code, answer.json()["kind"]) == (409, "version-not-verified")
    world.work()


def test_it_shows_a_published_version_of_a_public_root_to_anybody(world: World) -> None:
    version = world.make_published("public")
    shown = world.get(None, f"/v1/versions/{version['id']}")
    assert shown["public"] is True
    assert shown["credit"] == "HMCC"
    endpoint = world.get(None, f"/v1/versions/{version['id']}/endpoint")
    assert endpoint["access"] == "public"
    assert endpoint["quality"] == "full"
    assert endpoint["expires"] is None
    assert endpoint["url"] == f"{world.api.url}/t/public/{derivative_of(version, 'tileset')}/tileset.json"


def test_it_lets_pages_of_any_origin_ask_as_strangers(world: World) -> None:
    version = world.make_published("public")
    for path in ("", "/endpoint"):
        answer = world.ask(None, "GET", f"/v1/versions/{version['id']}{path}", Origin="https://page.example")
        assert answer.headers["access-control-allow-origin"] == "*"
        # A cookie would open what is not for everybody.
        assert "access-control-allow-credentials" not in answer.headers


def test_it_streams_the_preview_before_the_tiles_are_there(world: World) -> None:
    asset = world.make_asset(world.make_root()["id"])
    version = world.make_draft(asset["id"])["version"]["id"]
    before = world.ask("contributor", "GET", f"/v1/versions/{version}/endpoint")
    assert (before.status_code, before.json()["kind"]) == (409, "no-tiles-yet")
    world.work("inspect-version")
    assert world.get("contributor", f"/v1/versions/{version}/endpoint")["quality"] == "preview"
    world.work()
    assert world.get("contributor", f"/v1/versions/{version}/endpoint")["quality"] == "full"


def test_it_gives_no_public_address_of_a_private_version(world: World) -> None:
    version = world.make_published("private")
    answer = world.ask("viewer", "GET", f"/v1/versions/{version['id']}/endpoint?access=public")
    assert (answer.status_code, answer.json()["kind"]) == (409, "not-public")


def test_it_leaves_a_tombstone_of_a_withdrawn_version(world: World) -> None:
    version = world.make_published("public")
    path = f"/v1/versions/{version['id']}"
    world.post("curator", f"{path}/withdraw", {"reason": "wrong epoch on the label"})
    tombstone = world.get(None, path)
    assert (tombstone["state"], tombstone["withdrawn_reason"]) == ("withdrawn", "wrong epoch on the label")
    assert tombstone["derivatives"] == []
    assert tombstone["public"] is False


def test_it_shows_the_newest_version_and_picture_beside_the_asset_and_subject(world: World) -> None:
    version = world.make_published("public")
    asset = world.get(None, f"/v1/assets/{version['asset_id']}")
    assert asset["latest"]["id"] == version["id"]
    assert asset["latest"]["points"] == INSPECTED["points"]
    subject = world.get(None, f"/v1/subjects/{version['subject_id']}")
    assert (subject["versions"], subject["picture"]) == (1, version["picture"])


def test_it_decides_on_a_placement_under_a_name(world: World) -> None:
    version = world.make_published()
    placement = world.get("curator", f"/v1/versions/{version['id']}/placements")["items"][0]
    body = {"state": "rejected", "reason": "the door is on the wrong side"}
    decided = world.post("curator", f"/v1/placements/{placement['id']}/decisions", body)
    assert decided["state"] == "rejected"
    assert [item["state"] for item in decided["decisions"]] == [placement["state"], "rejected"]
    assert decided["decisions"][-1]["decided_by"] == world.get("curator", "/v1/me")["person"]["id"]
    placed = world.ask("curator", "GET", f"/v1/versions/{version['id']}/endpoint?placed=true")
    assert (placed.status_code, placed.json()["kind"]) == (409, "not-placed")


def test_it_has_a_version_registered_on_request(world: World) -> None:
    version = world.make_published()
    marks = [{"name": f"P{i}", "moving": [i, i * i, 0], "fixed": [i, i * i, 1]} for i in range(4)]
    job = world.post("contributor", f"/v1/versions/{version['id']}/placements", {"control": marks})["job"]
    assert job["operation"] == "register-version"


def test_it_publishes_by_itself_when_asked_to(world: World) -> None:
    asset = world.make_asset(world.make_root()["id"])
    content = b"0 0 0\n2 2 2\n"
    body = {
        "asset_id": asset["id"],
        "files": [{"path": "scan.xyz", "size_bytes": len(content)}],
        "publish": True,
    }
    upload = world.post("curator", "/v1/uploads", body)
    world.send(upload, content, "curator")
    version = world.post("curator", f"/v1/uploads/{upload['id']}/complete", {})["version"]
    assert (version["state"], version["publish_on_finish"]) == ("draft", True)
    world.work()
    assert world.get("viewer", f"/v1/versions/{version['id']}")["state"] == "published"
