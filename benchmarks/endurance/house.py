"""The house under test: a stack with a short lease, its surveyors, and a look into its rows."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from stack.components.ports import free_port
from stack.plan import answers_ok, make_postgres
from stack.started import Started, launch

LEASE_S = 5.0
WORKERS = 2
SURVEYORS = 2
LOOK_EVERY_S = 0.1
LEAVE_S = 240.0

Json = dict[str, Any]


@dataclass(kw_only=True)
class House:
    """A running stack and those who send to it."""

    root: Path
    started: Started
    surveyors: list[subprocess.Popen[bytes]] = field(default_factory=list)
    journals: list[Path] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The public address."""
        return self.started.address

    def ask(self, path: str, body: Json | None = None, method: str | None = None) -> Json:
        """An answer of the API to the admin."""
        headers = {"Authorization": f"Bearer {self.started.admin_key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.loads(answer.read()))

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of its database; none while that does not answer."""
        folder = self.started.folder
        postgres = make_postgres(folder, folder.load_secrets(), self.started.state.ports)
        with psycopg.connect(postgres.admin_url("heritwin"), connect_timeout=5) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def rows_if_any(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows, or none if the database is away."""
        with suppress(psycopg.OperationalError):
            return self.rows(query, *values)
        return []

    def program(self, name: str) -> tuple[int | None, str]:
        """The pid of a program, and its state."""
        found = next(one for one in self.started.state.programs if one.name == name)
        return found.pid, found.state

    def children(self) -> list[psutil.Process]:
        """Processes of jobs in their rooms: what descends from workers."""
        found: list[psutil.Process] = []
        for number in range(1, WORKERS + 1):
            pid, _ = self.program(f"worker-{number}")
            with suppress(psutil.NoSuchProcess):
                found += [] if pid is None else psutil.Process(pid).children(recursive=True)
        return found

    def journal(self) -> list[Json]:
        """Everything the surveyors wrote, whole lines only."""
        lines = [
            line for path in self.journals if path.exists() for line in path.read_text().split("\n")[:-1]
        ]
        return sorted((json.loads(line) for line in lines), key=lambda line: float(line["at"]))

    def is_ready(self) -> bool:
        """Whether all of it says so."""
        return answers_ok(f"{self.started.state.api}/readyz") and answers_ok(f"{self.url}/healthz")

    def send_surveyors(self) -> None:
        """Let them begin."""
        organisation = self.ask("/v1/organisations")["items"][0]["id"]
        for number in range(SURVEYORS):
            journal = self.root / f"journal-{number}.jsonl"
            words = [self.url, self.started.admin_key, organisation, str(journal), str(number)]
            command = [sys.executable, "-m", "benchmarks.endurance.surveyor", *words]
            with (self.root / f"surveyor-{number}.log").open("wb") as log:
                self.surveyors.append(subprocess.Popen(command, stdout=log, stderr=log))
            self.journals.append(journal)

    def call_surveyors_home(self) -> int:
        """Let them end what they have in hand; return how many ended badly."""
        for one in self.surveyors:
            one.terminate()
        bad = 0
        for one in self.surveyors:
            try:
                bad += one.wait(LEAVE_S) != 0
            except subprocess.TimeoutExpired:
                one.kill()
                bad += 1
        return bad


@contextmanager
def house(root: Path) -> Iterator[House]:
    """A ready house with surveyors at work; all of it ends with the block."""
    options = ["--workers", str(WORKERS), "--lease-s", str(LEASE_S), "--port", str(free_port())]
    started = launch(root / "data", [*options, "--canary-s", "1", "--free-floor-mib", "0"])
    made = House(root=root, started=started)
    try:
        started.running.wait_ready()
        yield made
    finally:
        for one in made.surveyors:
            if one.poll() is None:
                one.kill()
                one.wait()
        started.running.stop()


def until(question: Any, longest_s: float) -> bool:
    """Ask until yes; False when it took too long."""
    deadline = time.monotonic() + longest_s
    while time.monotonic() < deadline:
        with suppress(OSError, urllib.error.URLError, psycopg.Error):
            if question():
                return True
        time.sleep(LOOK_EVERY_S)
    return False
