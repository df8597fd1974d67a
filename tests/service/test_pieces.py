"""Small parts that need no server: languages, ranges, caches, tokens, boxes, masks."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from service.errors import RangeNotSatisfiableError, TokenExpiredError
from service.logs import masked
from service.messages import detail_of, language_of
from service.tiles.caches import WeightedCache
from service.tiles.placed import moved_box, placed_tileset
from service.tiles.ranges import asked_range, matches_etag
from service.tiles.tokens import TileToken, read_token

SECRET = b"0123456789abcdef"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def token() -> TileToken:
    return TileToken(person_id=uuid4(), version_id=uuid4(), day=NOON.date())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("vi", "vi"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en;q=0.3, vi;q=0.7", "vi"),
        ("fr, en;q=0.5", "en"),
        ("vi;q=0", "en"),
        ("vi;q=nonsense", "en"),
    ],
)
def test_it_chooses_the_language_liked_best(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-3", (0, 4)),
        ("bytes=4-", (4, 6)),
        ("bytes=-3", (7, 3)),
        ("bytes=-99", (0, 10)),
        ("bytes=8-99", (8, 2)),
        ("bytes=0-1,4-5", None),
        ("bytes=5-2", None),
        ("lines=1-2", None),
        ("bytes=-", None),
    ],
)
def test_it_reads_a_byte_range(header: str | None, expected: tuple[int, int] | None) -> None:
    assert asked_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_it_refuses_a_range_beyond_the_end(header: str) -> None:
    with pytest.raises(RangeNotSatisfiableError):
        asked_range(header, 10)


@pytest.mark.parametrize(
    ("header", "matches"),
    [(None, False), ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False)],
)
def test_it_compares_validators(header: str | None, matches: bool) -> None:
    assert matches_etag(header, '"a"') is matches


def test_it_lets_the_least_used_go_when_the_cache_is_full() -> None:
    cache: WeightedCache[str, str] = WeightedCache(10)
    cache.put("a", "A", 4)
    cache.put("b", "B", 4)
    assert cache.get("a") == "A"
    cache.put("c", "C", 4)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")
    assert cache.weight == 8


def test_it_never_holds_what_is_heavier_than_the_cache() -> None:
    cache: WeightedCache[str, str] = WeightedCache(10)
    cache.put("a", "A", 11)
    assert (len(cache), cache.weight) == (0, 0)


def test_it_counts_a_replaced_value_once() -> None:
    cache: WeightedCache[str, str] = WeightedCache(10)
    cache.put("a", "A", 4)
    cache.put("a", "B", 6)
    assert (cache.get("a"), cache.weight) == ("B", 6)


def test_it_forgets_what_grew_old() -> None:
    moment = [0.0]
    cache: WeightedCache[str, str] = WeightedCache(10, max_age_s=30, clock=lambda: moment[0])
    cache.put("a", "A")
    moment[0] = 30.0
    assert cache.get("a") == "A"
    moment[0] = 30.1
    assert cache.get("a") is None
    assert cache.weight == 0


def test_it_gives_the_same_token_all_day() -> None:
    given = token()
    assert given.sign(SECRET) == given.sign(SECRET)
    assert read_token(given.sign(SECRET), SECRET, NOON) == given


def test_it_refuses_a_token_after_its_day() -> None:
    given = token()
    assert given.expires == datetime(2026, 3, 5, 6, tzinfo=UTC)
    with pytest.raises(TokenExpiredError):
        read_token(given.sign(SECRET), SECRET, given.expires)


def test_it_refuses_a_token_made_with_another_secret() -> None:
    with pytest.raises(TokenExpiredError):
        read_token(token().sign(b"another secret, also long"), SECRET, NOON)


def test_it_refuses_a_token_of_which_any_character_changed() -> None:
    text = token().sign(SECRET)
    for place in range(len(text) - 1):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(TokenExpiredError):
            read_token(changed, SECRET, NOON)


@pytest.mark.parametrize("text", ["", "x", "é", "a" * 200, "!!!!"])
def test_it_refuses_what_is_no_token(text: str) -> None:
    with pytest.raises(TokenExpiredError):
        read_token(text, SECRET, NOON)


def test_it_masks_tokens_and_keys_in_logs() -> None:
    text = token().sign(SECRET)
    assert text not in masked(f"/t/{text}/abc/tileset.json")
    assert masked("/t/public/abc/x.glb") == "/t/public/abc/x.glb"
    assert masked("bad ht_abcdefghijklmnop here") == "bad ht_… here"


def test_it_puts_a_box_where_its_tile_stands() -> None:
    quarter_turn_and_shift = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 10, 20, 30, 1]
    box = [1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 6]
    assert moved_box(box, quarter_turn_and_shift) == [8, 21, 33, 0, 4, 0, -5, 0, 0, 0, 0, 6]


def test_it_places_tiles_by_a_root_of_their_own() -> None:
    tileset = {
        "geometricError": 4.0,
        "root": {"boundingVolume": {"box": [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]}, "refine": "ADD"},
    }
    site_from_scan = [[1, 0, 0, 7], [0, 1, 0, 8], [0, 0, 1, 9], [0, 0, 0, 1]]
    root = placed_tileset(tileset, site_from_scan)["root"]
    assert root["transform"] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 7, 8, 9, 1]
    assert root["content"] == {"uri": "../../tileset.json"}
    assert root["geometricError"] == 4.0


def test_it_keeps_the_message_when_the_catalogue_has_no_sentence() -> None:
    assert detail_of("truncated", "vi", "ends at byte 12 of 99", {}) == "ends at byte 12 of 99"
