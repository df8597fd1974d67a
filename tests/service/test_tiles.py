"""Tiles: who gets them, how they travel, when they stop."""

import gzip
import json
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update

from service.tiles.tokens import TileToken
from storage import clock
from storage.db import transaction
from storage.derivatives.tables import DerivativeFileRow
from tests.service.world import TILE, TILESET, World, derivative_of


@pytest.fixture(scope="module")
def public(world: World) -> dict[str, Any]:
    return world.make_published("public")


@pytest.fixture(scope="module")
def private(world: World) -> dict[str, Any]:
    return world.make_published("private")


def tile_path(version: dict[str, Any], way: str = "public", path: str = "tiles/0.glb") -> str:
    return f"/t/{way}/{derivative_of(version, 'tileset')}/{path}"


def test_it_sends_a_tile_to_anybody(world: World, public: dict[str, Any]) -> None:
    answer = world.ask(None, "GET", tile_path(public))
    assert answer.status_code == 200
    assert answer.content == TILE
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(TILE))


@pytest.mark.parametrize(
    ("asked", "content", "said"),
    [
        ("bytes=0-9", TILE[:10], f"bytes 0-9/{len(TILE)}"),
        ("bytes=100-", TILE[100:], f"bytes 100-{len(TILE) - 1}/{len(TILE)}"),
        ("bytes=-7", TILE[-7:], f"bytes {len(TILE) - 7}-{len(TILE) - 1}/{len(TILE)}"),
    ],
)
def test_it_sends_a_range(
    world: World, public: dict[str, Any], asked: str, content: bytes, said: str
) -> None:
    answer = world.ask(None, "GET", tile_path(public), Range=asked)
    assert (answer.status_code, answer.headers["content-range"]) == (206, said)
    assert answer.content == content


def test_it_refuses_a_range_beyond_the_end(world: World, public: dict[str, Any]) -> None:
    answer = world.ask(None, "GET", tile_path(public), Range=f"bytes={len(TILE)}-")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(TILE)}"
    assert answer.json()["kind"] == "range-not-satisfiable"


def test_it_sends_nothing_again_that_is_known(world: World, public: dict[str, Any]) -> None:
    etag = world.ask(None, "GET", tile_path(public)).headers["etag"]
    answer = world.ask(None, "GET", tile_path(public), **{"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


def test_it_tells_the_size_without_the_tile(world: World, public: dict[str, Any]) -> None:
    answer = world.ask(None, "HEAD", tile_path(public))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(TILE))


def test_it_compresses_json_for_who_takes_it(world: World, public: dict[str, Any]) -> None:
    path = tile_path(public, path="tileset.json")
    plain = world.ask(None, "GET", path, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == TILESET
    with world.stream(None, path, **{"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert json.loads(gzip.decompress(raw)) == TILESET


@pytest.mark.parametrize("path", ["tiles/1.glb", "index.json", "pack-0000.bin", "../index.json", ""])
def test_it_knows_only_what_the_index_names(world: World, public: dict[str, Any], path: str) -> None:
    assert world.ask(None, "GET", tile_path(public, path=path)).status_code == 404


def test_it_lets_other_pages_ask_first(world: World, public: dict[str, Any]) -> None:
    answer = world.ask(None, "OPTIONS", tile_path(public), Origin="https://museum.example")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Range" in answer.headers["access-control-allow-headers"]


def test_it_keeps_private_tiles_from_the_public_way(world: World, private: dict[str, Any]) -> None:
    assert world.ask(None, "GET", tile_path(private)).status_code == 404
    assert world.ask("viewer", "GET", tile_path(private)).status_code == 404
    shown = world.ask("viewer", "GET", tile_path(private, "s"))
    assert shown.content == TILE
    assert shown.headers["cache-control"].startswith("private, ")
    assert "access-control-allow-origin" not in shown.headers
    assert world.ask("other", "GET", tile_path(private, "s")).status_code == 404


def test_it_reads_tiles_with_a_cookie(world: World, private: dict[str, Any]) -> None:
    with httpx.Client(base_url=world.api.url) as browser:
        assert browser.get(tile_path(private, "s")).status_code == 404
        browser.post("/v1/sessions", json={"key": world.keys["viewer"]}).raise_for_status()
        assert browser.get(tile_path(private, "s")).content == TILE


def test_it_gives_a_token_to_viewers_that_can_send_nothing(world: World, private: dict[str, Any]) -> None:
    path = f"/v1/versions/{private['id']}/endpoint?access=token"
    endpoint = world.get("viewer", path)
    assert endpoint["url"] == world.get("viewer", path)["url"]
    assert endpoint["expires"] is not None
    answer = httpx.get(endpoint["url"])
    assert answer.json() == TILESET
    assert answer.headers["cache-control"].startswith("private, ")
    assert answer.headers["access-control-allow-origin"] == "*"


def token_of(world: World, who: str, version: dict[str, Any], days_ago: int = 0) -> str:
    person = UUID(world.get(who, "/v1/me")["person"]["id"])
    day = (clock.now() - timedelta(days=days_ago)).date()
    secret = world.api.settings.secret.get_secret_value().encode()
    return TileToken(person_id=person, version_id=UUID(version["id"]), day=day).sign(secret)


def test_it_refuses_a_token_past_its_day(world: World, private: dict[str, Any]) -> None:
    token = token_of(world, "viewer", private, days_ago=2)
    answer = world.ask(None, "GET", tile_path(private, token))
    assert (answer.status_code, answer.json()["kind"]) == (401, "token-expired")


def test_it_takes_a_token_for_its_own_version_only(world: World, private: dict[str, Any]) -> None:
    another = world.make_published("private")
    token = token_of(world, "viewer", another)
    assert world.ask(None, "GET", tile_path(another, token)).status_code == 200
    assert world.ask(None, "GET", tile_path(private, token)).status_code == 404


def test_a_token_opens_no_more_than_its_person_may(world: World, private: dict[str, Any]) -> None:
    assert world.ask(None, "GET", tile_path(private, token_of(world, "other", private))).status_code == 404


def test_it_gives_no_token_to_nobody(world: World, public: dict[str, Any]) -> None:
    answer = world.ask(None, "GET", f"/v1/versions/{public['id']}/endpoint?access=token")
    assert (answer.status_code, answer.json()["kind"]) == (401, "authentication-required")


def test_it_places_tiles_by_a_root_of_their_own(world: World, public: dict[str, Any]) -> None:
    endpoint = world.get(None, f"/v1/versions/{public['id']}/endpoint?placed=true")
    root = httpx.get(endpoint["url"]).json()["root"]
    assert len(root["transform"]) == 16
    assert root["boundingVolume"]["box"][:3] == [100, 200, 300]
    inner = httpx.URL(endpoint["url"]).join(root["content"]["uri"])
    assert httpx.get(inner).json() == TILESET


def test_it_places_nothing_by_the_placement_of_another_version(world: World, public: dict[str, Any]) -> None:
    another = world.make_published("public")
    placement = world.get(None, f"/v1/versions/{another['id']}/placements")["items"][0]["id"]
    path = tile_path(public, path=f"placed/{placement}/tileset.json")
    assert world.ask(None, "GET", path).status_code == 404


def test_it_stops_sending_a_withdrawn_version(world: World) -> None:
    """Here permission is remembered for half a second; by default for 30 s, under the promised 60."""
    version = world.make_published("public")
    assert world.ask(None, "GET", tile_path(version)).status_code == 200
    world.post("curator", f"/v1/versions/{version['id']}/withdraw", {"reason": "wrong"})
    deadline = time.monotonic() + 5
    while world.ask(None, "GET", tile_path(version)).status_code == 200:
        assert time.monotonic() < deadline
    assert world.ask(None, "GET", tile_path(version)).status_code == 404


def test_it_sends_files_of_derivatives_by_name(world: World, public: dict[str, Any]) -> None:
    answer = world.ask(None, "GET", public["picture"])
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    packs = f"/v1/derivatives/{derivative_of(public, 'tileset')}/files/pack-0000.bin"
    assert world.ask(None, "GET", packs).status_code == 404


def test_it_reads_a_pack_where_its_row_says_and_no_pack_without_one(world: World) -> None:
    version = world.make_published("public")
    derivative = derivative_of(version, "tileset")
    key, elsewhere = f"derivatives/{derivative}/pack-0000.bin", f"derivatives/{uuid4()}/pack-0000.bin"
    pack = world.store.get(key)
    index = json.loads(world.store.get(f"derivatives/{derivative}/index.json"))
    stranger = f"../{derivative_of(world.make_published('private'), 'tileset')}/pack-0000.bin"
    entries = index["entries"] | {"tiles/stolen.glb": [1, 0, 9, "model/gltf-binary"]}
    spoilt = json.dumps(index | {"packs": [*index["packs"], stranger], "entries": entries}).encode()
    world.store.put(f"derivatives/{derivative}/index.json", spoilt, media_type="application/json")
    world.store.put(elsewhere, pack, media_type="application/octet-stream")
    world.store.delete(key)
    with transaction(world.sessions) as db:
        row = update(DerivativeFileRow).where(DerivativeFileRow.derivative_id == derivative)
        db.execute(row.where(DerivativeFileRow.role == "pack").values(object_key=elsewhere))
        db.execute(row.where(DerivativeFileRow.role == "index").values(size_bytes=len(spoilt)))

    assert world.ask(None, "GET", tile_path(version)).content == TILE
    assert world.ask(None, "GET", tile_path(version, path="tiles/stolen.glb")).status_code == 404
