"""A file as it was received, for whoever may read the version: whole, in ranges, and once it is verified."""

from urllib.parse import quote

import pytest

from tests.service.world import World

CONTENT = b"1 2 3\n4 5 6\n"
PATH = "m/tháp, 50%.xyz"


@pytest.fixture
def version(world: World) -> str:
    """A draft under a public root, of one file in a folder, received and not looked at."""
    asset = world.make_asset(world.make_root("public")["id"])["id"]
    files = [{"path": PATH, "size_bytes": len(CONTENT)}]
    done = world.make_draft(asset, CONTENT, files=files)
    return str(done["version"]["id"])


def address(version: str, path: str = PATH) -> str:
    return f"/v1/versions/{version}/files/{quote(path)}"


def test_it_gives_what_was_received_to_whoever_may_read_it(world: World, version: str) -> None:
    world.work()
    world.post("curator", f"/v1/versions/{version}/publish")

    answer = world.ask(None, "GET", address(version))
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''th%C3%A1p%2C%2050%25.xyz"
    assert answer.headers["access-control-allow-origin"] == "*"
    part = world.ask(None, "GET", address(version), Range="bytes=2-4")
    assert (part.status_code, part.content) == (206, CONTENT[2:5])
    known = world.ask(None, "GET", address(version), **{"If-None-Match": answer.headers["etag"]})
    assert known.status_code == 304

    world.post("curator", f"/v1/versions/{version}/withdraw", {"reason": "mislabelled"})
    assert world.ask(None, "GET", address(version)).status_code == 404
    assert world.ask("curator", "GET", address(version)).status_code == 200


def test_it_gives_a_draft_to_its_uploader_and_curators_only(world: World, version: str) -> None:
    world.work()
    seen = {who: world.ask(who, "GET", address(version)).status_code for who in ("contributor", "curator")}
    assert set(seen.values()) == {200}
    assert world.ask("viewer", "GET", address(version)).status_code == 404
    assert world.ask(None, "GET", address(version)).status_code == 404


def test_it_gives_nothing_that_was_not_hashed(world: World, version: str) -> None:
    answer = world.ask("contributor", "GET", address(version))
    assert (answer.status_code, answer.json()["kind"]) == (409, "version-not-verified")


@pytest.mark.parametrize("path", ["x.xyz", "m", "m/", "../secrets", "%2e%2e/m"])
def test_it_has_no_other_files(world: World, version: str, path: str) -> None:
    world.work()
    assert world.ask("contributor", "GET", address(version, path)).status_code == 404
