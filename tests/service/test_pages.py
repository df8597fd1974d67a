"""Pages, permanent addresses, health, and the headers that protect people."""

from pathlib import Path

import httpx
import pytest

from storage.db import transaction
from storage.organisations import queries as organisations
from storage.subjects import commands as subjects
from tests.service.conftest import INDEX
from tests.service.serving import serving
from tests.service.world import World


@pytest.mark.parametrize(
    "path", ["/", "/login", "/upload", "/s/hue.citadel", "/s/hue/tls/v3", "/embed/0198a7c2"]
)
def test_it_serves_the_pages(world: World, path: str) -> None:
    answer = world.ask(None, "GET", path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "'wasm-unsafe-eval'" in policy
    assert ("frame-ancestors *" in policy) == path.startswith("/embed/")


def test_it_serves_scripts_for_ever(world: World) -> None:
    answer = world.ask(None, "GET", "/assets/main-abc123.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/index.html", "/assets//etc/passwd", "/x"],
)
def test_it_serves_no_other_file(world: World, path: str) -> None:
    answer = world.ask(None, "GET", path)
    assert (answer.status_code, answer.json()["kind"]) == (404, "not-found")


def test_it_says_how_to_build_missing_pages(service_environment: dict[str, str], tmp_path: Path) -> None:
    with serving(service_environment, tmp_path) as api:
        assert "make pages" in httpx.get(api.url).text


def test_it_leads_from_an_old_code_to_the_new_one(world: World) -> None:
    root = world.make_root("public")
    old = world.make_part(root["id"])
    new_parent = world.make_part(root["id"])
    with transaction(world.sessions) as db:
        caller = organisations.authenticate_key(db, world.keys["curator"])
        moved = subjects.move_subject(db, caller, old["id"], parent_id=new_parent["id"])
    answer = world.ask(None, "GET", f"/s/{old['path']}/tls/v3?x=1")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/s/{moved.path}/tls/v3?x=1")
    assert world.get(None, f"/v1/subjects/by-code/{old['path']}")["path"] == moved.path
    assert world.ask(None, "GET", f"/s/{moved.path}").status_code == 200


def test_it_never_lets_an_answer_run_as_a_page(world: World) -> None:
    answer = world.ask(None, "GET", "/v1/subjects")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


def test_it_is_not_ready_without_a_worker(world: World) -> None:
    answer = world.ask(None, "GET", "/readyz")
    checks = answer.json()["checks"]
    assert answer.status_code == 503
    ready = {name for name, check in checks.items() if check["ok"]}
    assert ready == {"database", "objects", "broker", "disk"}


def test_it_says_what_does_not_answer(service_environment: dict[str, str], static_dir: Path) -> None:
    broken = service_environment | {"HERITWIN_BROKER_URL": "redis://:secret@127.0.0.1:1/0"}
    with serving(broken, static_dir) as api:
        answer = httpx.get(f"{api.url}/readyz")
    assert answer.json()["checks"]["broker"]["ok"] is False
    assert "secret" not in answer.text


def test_it_lives_while_the_database_is_away(service_environment: dict[str, str], static_dir: Path) -> None:
    broken = service_environment | {"HERITWIN_DATABASE_URL": "postgresql+psycopg://x:secret@127.0.0.1:1/x"}
    with serving(broken, static_dir) as api:
        assert httpx.get(f"{api.url}/healthz").json() == {"ok": True}
        assert httpx.get(f"{api.url}/readyz").status_code == 503
        answer = httpx.get(f"{api.url}/v1/subjects")
    assert (answer.status_code, answer.json()["kind"]) == (503, "storage-unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text


def test_it_measures_by_route_and_not_by_address(world: World) -> None:
    world.ask(None, "GET", "/v1/versions/0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10")
    text = world.ask(None, "GET", "/metrics").text
    assert 'route="/v1/versions/{version_id}",status="404"' in text
    assert "0198a7c2" not in text
    assert "heritwin_jobs{" in text
