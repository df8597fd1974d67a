"""One world and one running API for all specs of this folder; specs make their own things in it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service import logs
from tests.service.serving import Api, serving
from tests.service.world import World
from tests.support.run import Run

logs.configure("error")

INDEX = "<!doctype html><title>Heritwin</title><div id=app></div>"


@pytest.fixture(scope="session")
def static_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built pages, as small as they can be."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "index.html").write_text(INDEX)
    (folder / "assets").mkdir()
    (folder / "assets" / "main-abc123.js").write_text("export {}")
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder


@pytest.fixture(scope="session")
def service_environment(
    run: Run, template: str, worker: str, base_environment: dict[str, str]
) -> dict[str, str]:
    """The API's environment, with a database of these specs alone."""
    url = run.create_database(f"service_{worker}", template)
    return {**base_environment, "HERITWIN_DATABASE_URL": url}


@pytest.fixture(scope="session")
def api(service_environment: dict[str, str], static_dir: Path) -> Iterator[Api]:
    """The API, running."""
    with serving(service_environment, static_dir, access_cache_s=0.5, streams_of_person=3) as running:
        yield running


@pytest.fixture(scope="session")
def world(api: Api) -> Iterator[World]:
    """People, organisations and what they made."""
    services = api.app.state.services
    # One client for all: making one reads the machine's certificates, which costs more than a request.
    with httpx.Client(base_url=api.url, timeout=60) as http:
        yield World(api=api, sessions=services.sessions, store=services.store, http=http)
