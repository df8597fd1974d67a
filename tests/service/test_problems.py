"""What is answered when something is wrong: kinds, languages, keys, origins, repeated requests."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from service import problems
from service.metrics import Metrics
from service.middleware import RequestContext
from storage.db import transaction
from tests.service.world import World

FAILS_AT_COMMIT = """
CREATE FUNCTION fails_at_commit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
CREATE CONSTRAINT TRIGGER fails_at_commit AFTER INSERT ON organisation DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.code = 'fails-at-commit') EXECUTE FUNCTION fails_at_commit();
"""
NOWHERE = "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10"


def test_it_refuses_an_unknown_key(world: World) -> None:
    answer = httpx.get(f"{world.api.url}/v1/me", headers={"Authorization": "Bearer ht_nonsense"})
    assert answer.status_code == 401
    assert answer.json()["kind"] == "unknown-key"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "ht_nonsense" not in answer.text


def test_it_refuses_a_revoked_key(world: World) -> None:
    person, key = world.make_person(world.organisation, "viewer")
    headers = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{world.api.url}/v1/me", headers=headers).status_code == 200
    keys = world.get("admin", f"/v1/organisations/{world.organisation}/keys?limit=200")["items"]
    mine = next(item["id"] for item in keys if item["person_id"] == person)
    assert world.ask("admin", "DELETE", f"/v1/keys/{mine}").status_code == 204
    answer = httpx.get(f"{world.api.url}/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["kind"]) == (401, "unknown-key")


def test_it_asks_who_you_are_where_somebody_is_needed(world: World) -> None:
    answer = world.ask(None, "GET", "/v1/me")
    assert (answer.status_code, answer.json()["kind"]) == (401, "authentication-required")


def test_it_speaks_both_languages(world: World) -> None:
    path = f"/v1/versions/{NOWHERE}"
    english = world.ask(None, "GET", path)
    vietnamese = world.ask(None, "GET", path, **{"Accept-Language": "vi-VN,vi;q=0.9"})
    assert english.json()["title"] == "There is no such thing here"
    assert vietnamese.json()["title"] == "Không có mục này"
    assert vietnamese.headers["content-language"] == "vi"
    assert english.json()["kind"] == vietnamese.json()["kind"] == "not-found"
    assert NOWHERE in english.json()["detail"]


def test_it_says_which_values_are_wrong(world: World) -> None:
    answer = world.ask("root", "POST", "/v1/organisations", {"code": "No Good", "extra": 1})
    problem = answer.json()
    assert (answer.status_code, problem["kind"]) == (422, "invalid-request")
    assert {tuple(error["loc"]) for error in problem["errors"]} == {
        ("body", "code"),
        ("body", "name"),
        ("body", "extra"),
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_it_answers_a_wrong_method_as_a_problem(world: World, method: str) -> None:
    answer = world.ask(None, method, "/v1/me")
    assert (answer.status_code, answer.json()["kind"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


def test_it_refuses_a_body_that_is_too_large(world: World) -> None:
    body = {"code": "x", "name": "y" * (5 * 1024 * 1024)}
    answer = world.ask("root", "POST", "/v1/organisations", body)
    assert (answer.status_code, answer.json()["kind"]) == (413, "too-many-bytes")


def test_it_answers_with_the_request_id(world: World) -> None:
    given = world.ask(None, "GET", f"/v1/versions/{NOWHERE}", **{"X-Request-ID": "survey-2022-05-01"})
    assert given.headers["x-request-id"] == "survey-2022-05-01"
    assert given.json()["request_id"] == "survey-2022-05-01"
    odd = world.ask(None, "GET", "/healthz", **{"X-Request-ID": "a b;c"})
    assert len(odd.headers["x-request-id"]) == 32


def test_it_tells_nothing_of_a_defect() -> None:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(RequestContext, metrics=Metrics(), crashed=problems.crashed)

    @app.get("/broken")
    def broken() -> None:
        raise KeyError("secret detail")

    transport = httpx.ASGITransport(app)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/broken")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["kind"]) == (500, "internal")
    assert "secret" not in answer.text


def test_it_does_a_repeated_request_once(world: World) -> None:
    body = {"code": world.word("once"), "name": "Once"}
    key = {"Idempotency-Key": world.word("key")}
    first = world.ask("root", "POST", "/v1/organisations", body, **key)
    second = world.ask("root", "POST", "/v1/organisations", body, **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "idempotent-replay" not in first.headers
    assert second.headers["idempotent-replay"] == "true"


def test_it_refuses_a_key_used_for_something_else(world: World) -> None:
    key = {"Idempotency-Key": world.word("key")}
    body = {"code": world.word("one"), "name": "One"}
    world.ask("root", "POST", "/v1/organisations", body, **key)
    answer = world.ask("root", "POST", "/v1/organisations", body | {"name": "Two"}, **key)
    assert (answer.status_code, answer.json()["kind"]) == (422, "idempotency-mismatch")


def test_it_remembers_no_request_that_failed(world: World) -> None:
    key = {"Idempotency-Key": world.word("key")}
    body = {"code": world.word("one"), "name": "One"}
    refused = world.ask("viewer", "POST", "/v1/organisations", body, **key)
    assert refused.status_code == 403
    again = world.ask("viewer", "POST", "/v1/organisations", body | {"name": "Two"}, **key)
    assert again.status_code == 403


def test_two_people_may_use_the_same_key(world: World) -> None:
    root = world.make_root()
    key = {"Idempotency-Key": world.word("key")}
    bodies = [{"kind": "mesh", "name": world.word("m")} for _ in range(2)]
    path = f"/v1/subjects/{root['id']}/assets"
    made = [
        world.ask(who, "POST", path, body, **key)
        for who, body in zip(("curator", "contributor"), bodies, strict=True)
    ]
    assert [answer.status_code for answer in made] == [201, 201]


def test_it_answers_only_after_the_commit(world: World) -> None:
    """A commit that fails must not have been answered as done."""
    with transaction(world.sessions) as db:
        db.execute(text(FAILS_AT_COMMIT))
    answer = world.ask("root", "POST", "/v1/organisations", {"code": "fails-at-commit", "name": "Never"})
    assert (answer.status_code, answer.json()["kind"]) == (500, "internal")
    assert "fails-at-commit" not in world.ask("root", "GET", "/v1/organisations?limit=200").text
