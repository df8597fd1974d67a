"""The API as a process: it starts from its environment, and stops in time with streams open."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.service.world import World


@pytest.fixture
def process(service_environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = os.environ | service_environment | {"HERITWIN_API_PORT": port}
    running = subprocess.Popen([sys.executable, "-m", "service"], env=environment, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    wait_until_it_answers(url, running)
    yield running, url
    running.kill()
    running.wait()


def wait_until_it_answers(url: str, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    transport = httpx.HTTPTransport(retries=3)
    with httpx.Client(transport=transport) as client:
        while time.monotonic() < deadline and running.poll() is None:
            try:
                client.get(f"{url}/healthz").raise_for_status()
            except httpx.TransportError:
                continue
            return
    raise AssertionError("the API did not start")


def test_it_stops_in_time_although_somebody_listens(
    world: World, process: tuple[subprocess.Popen[bytes], str]
) -> None:
    running, url = process
    asset = world.make_asset(world.make_root()["id"])
    version = world.make_draft(asset["id"])["version"]["id"]
    headers = {"Authorization": f"Bearer {world.keys['contributor']}"}
    path = f"{url}/v1/versions/{version}/events"
    with httpx.stream("GET", path, headers=headers, timeout=60) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: job"
        running.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        assert "event: end" not in list(lines)
    assert running.wait(timeout=20) in (0, -signal.SIGTERM)
    assert time.monotonic() - asked < 15
    world.work()


def test_it_says_what_its_environment_lacks() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HERITWIN_")}
    done = subprocess.run(
        [sys.executable, "-m", "service"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "database_url" in done.stderr
