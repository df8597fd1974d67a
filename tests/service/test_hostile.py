"""Requests by people who mean harm, or programs that are broken: each gets a problem, none a crash."""

import base64
import json

import pytest

NUL = chr(0)
PATHS = ("9" * 40,)


def cursor_of(value: object) -> str:
    """A cursor made by a stranger, in the form of ours."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "value", ["a b!", "..", "", NUL, "a" + NUL, "\ud800", "é", "x" * 700, 5, [1], None, "9" * 40]
)
@pytest.mark.parametrize(
    "path", ["/v1/subjects", "/v1/organisations", "/v1/jobs", "/v1/uploads", "/v1/events"]
)
def test_it_refuses_cursors_it_never_gave(world, path, value):
    answer = world.ask("curator", "GET", f"{path}?cursor={cursor_of(value)}")

    # A text that could be a path begins a list after that path; it opens nothing.
    assert answer.status_code == (200 if path == "/v1/subjects" and value in PATHS else 422), answer.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"\\ud800": 1}',
        b'{"kind": "site", "code": "a", "name": {"\\ud800": "x"}}',
        b'{"kind": "site", "code": "a\\ud800", "name": {"vi": "\\ud800"}}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe",
        b"NaN",
        b'{"parent_id": 1e999}',
        b'{"code": ' + b"9" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("path", ["/v1/subjects", "/v1/uploads", "/v1/events", "/v1/sessions"])
def test_it_answers_a_broken_body_with_a_problem(world, path, body):
    answer = world.http.post(
        path, content=body, headers=world.headers("curator", {"Content-Type": "application/json"})
    )
    world.http.cookies.clear()

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "é"])
def test_it_refuses_odd_idempotency_keys(world, key):
    body = {
        "organisation_id": world.organisation,
        "kind": "site",
        "code": world.word("i"),
        "name": {"vi": "a"},
    }
    answer = world.http.post(
        "/v1/subjects",
        json=body,
        headers={**world.headers("curator", {}), "Idempotency-Key": key.encode("utf-8")},
    )

    assert answer.status_code in (201, 400, 422), answer.text


@pytest.mark.parametrize(
    "authorization", [b"Bearer \xff", b"Bearer " + b"a" * 7000, b"Bearer \xc3\xa9", b"Basic eA=="]
)
def test_it_answers_odd_keys_with_401(world, authorization):
    answer = world.http.get("/v1/me", headers={"Authorization": authorization})

    assert answer.status_code == 401, answer.text


def test_it_takes_odd_cookies_for_nobody(world):
    answer = world.http.get("/v1/me", headers={"Cookie": b"heritwin_session=\xff\xfe; a=b"})

    assert answer.status_code == 401, answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/s/a%00b",
        "/s/%ff",
        "/assets/%00",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/" + "a" * 3000,
        "/s/" + "a." * 900 + "a",
        "/s/" + "a" * 300,
        "/v1/subjects/by-code/a%00",
        "/v1/subjects?under=" + "a." * 900 + "a",
        "/v1/subjects?under=" + "a" * 300,
        "/v1/subjects/by-code/" + "a" * 300,
    ],
)
def test_it_answers_odd_addresses_without_a_crash(world, path):
    answer = world.http.get(path)

    assert answer.status_code < 500, answer.text
