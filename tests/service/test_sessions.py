"""Signing in: keys into cookies, links that work once, and other sites' pages kept out."""

from collections.abc import Iterator

import httpx
import pytest

from tests.service.world import World


@pytest.fixture
def browser(world: World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.api.url) as client:
        yield client


def test_it_exchanges_a_key_for_a_cookie(world: World, browser: httpx.Client) -> None:
    answer = browser.post("/v1/sessions", json={"key": world.keys["curator"]})
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert browser.get("/v1/me").json()["person"] == answer.json()["person"]


def test_it_forgets_a_session_that_was_closed(world: World, browser: httpx.Client) -> None:
    browser.post("/v1/sessions", json={"key": world.keys["curator"]})
    cookie = browser.cookies["heritwin_session"]
    closed = browser.delete("/v1/sessions/current", headers={"Origin": world.api.url})
    assert closed.status_code == 204
    assert "heritwin_session" not in browser.cookies
    again = httpx.get(f"{world.api.url}/v1/me", cookies={"heritwin_session": cookie})
    assert again.status_code == 401


def test_it_signs_in_by_a_link_once(world: World, browser: httpx.Client) -> None:
    link = world.post("curator", "/v1/login-links")["url"]
    assert link.startswith(f"{world.api.url}/login#")
    token = link.partition("#")[2]
    assert browser.post("/v1/sessions", json={"link": token}).status_code == 201
    assert browser.get("/v1/me").json()["organisations"][0]["role"] == "curator"
    again = httpx.post(f"{world.api.url}/v1/sessions", json={"link": token})
    assert (again.status_code, again.json()["kind"]) == (401, "unknown-key")


@pytest.mark.parametrize("body", [{}, {"key": "ht_a", "link": "b"}, {"key": ""}])
def test_it_takes_a_key_or_a_link(world: World, body: dict[str, str]) -> None:
    assert world.ask(None, "POST", "/v1/sessions", body).status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "same-origin"}, 403),
    ],
)
def test_it_lets_no_other_page_write_with_our_cookie(
    world: World, browser: httpx.Client, headers: dict[str, str], status: int
) -> None:
    browser.post("/v1/sessions", json={"key": world.keys["curator"]})
    answer = browser.post("/v1/login-links", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["kind"] == "bad-origin"


def test_it_lets_our_own_pages_write(world: World, browser: httpx.Client) -> None:
    browser.post("/v1/sessions", json={"key": world.keys["curator"]}, headers={"Origin": world.api.url})
    assert browser.post("/v1/login-links", headers={"Origin": world.api.url}).status_code == 201


def test_it_lets_no_other_page_sign_its_visitor_in(world: World) -> None:
    answer = world.ask(
        None, "POST", "/v1/sessions", {"key": world.keys["viewer"]}, Origin="https://elsewhere.example"
    )
    assert (answer.status_code, answer.json()["kind"]) == (403, "bad-origin")
    assert "set-cookie" not in answer.headers


def test_it_shows_public_things_to_an_old_cookie(world: World, browser: httpx.Client) -> None:
    root = world.make_root("public")
    browser.cookies.set("heritwin_session", "long gone")
    assert browser.get(f"/v1/subjects/{root['id']}").status_code == 200
    assert browser.get("/v1/me").status_code == 401


def test_a_key_may_do_no_more_than_its_scopes(world: World) -> None:
    where = f"/v1/organisations/{world.organisation}/keys"
    key = world.post("curator", where, {"name": "reading", "scopes": ["read"]})["key"]
    root = world.make_root()
    headers = {"Authorization": f"Bearer {key}"}
    body = {"kind": "mesh", "name": "m"}
    path = f"{world.api.url}/v1/subjects/{root['id']}"
    assert httpx.get(path, headers=headers).status_code == 200
    assert httpx.post(f"{path}/assets", json=body, headers=headers).status_code == 403
