"""The servers of this test run, as seen by one worker: found or started, databases and buckets made."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from stack.components.postgres import ROLE, Postgres
from stack.components.seaweedfs import SeaweedFS
from stack.components.valkey import Valkey

REPOSITORY = Path(__file__).parents[2]
TEMPLATE = "heritwin_template"
START_S, STOP_S = 180, 60


class Run:
    """One test run; `folder` is shared by its workers, `parent` is the process the servers live with."""

    def __init__(self, folder: Path, parent: int) -> None:
        self.folder = folder
        self.parent = parent

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """One worker at a time."""
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def facts(self, name: str) -> dict[str, object]:
        """What a server says of itself once it is ready; starts the servers if no worker did before."""
        with self.lock("keeper"):
            keeper = self.folder / "keeper.pid"
            if not keeper.exists():
                with (self.folder / "keeper.log").open("wb") as log:
                    process = subprocess.Popen(
                        [sys.executable, "-m", "tests.support.servers", str(self.folder), str(self.parent)],
                        cwd=REPOSITORY,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                keeper.write_text(str(process.pid))
                # Whoever happens to start the keeper does not wait for it: it outlives this worker.
                process.returncode = 0
            pid = int(keeper.read_text())
        path, deadline = self.folder / f"{name}.json", time.monotonic() + START_S
        while not path.exists():
            if time.monotonic() > deadline or not psutil.pid_exists(pid):
                logs = [self.folder / "keeper.log", self.folder / f"{name}.log"]
                raise RuntimeError(
                    "\n".join(log.read_text("utf-8", "replace") for log in logs if log.exists())
                )
            time.sleep(0.05)
        return json.loads(path.read_text())

    def stop(self) -> None:
        """Stop the servers, if any started, and remove the folder."""
        keeper = self.folder / "keeper.pid"
        if keeper.exists():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(int(keeper.read_text()))
                process.terminate()
                try:
                    process.wait(STOP_S)
                except psutil.TimeoutExpired:
                    # Its servers die with it.
                    process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def postgres(self) -> Postgres:
        """The run's PostgreSQL."""
        return Postgres(folder=self.folder / "postgres", is_durable=False, **self.facts("postgres"))

    def valkey(self) -> Valkey:
        """The run's Valkey."""
        return Valkey(folder=self.folder / "valkey", **self.facts("valkey"))

    def seaweedfs(self) -> SeaweedFS:
        """The run's SeaweedFS."""
        return SeaweedFS(folder=self.folder / "seaweedfs", **self.facts("seaweedfs"))

    def ensure_template(self, environment: dict[str, str]) -> str:
        """The migrated database that all others are copied from, made once in a run."""
        server = self.postgres()
        with self.lock("template"):
            done = self.folder / "template.done"
            if not done.exists():
                server.ensure_database(TEMPLATE)
                if (REPOSITORY / "storage" / "__main__.py").exists():
                    subprocess.run(
                        [sys.executable, "-m", "storage", "migrate"],
                        cwd=REPOSITORY,
                        env={**os.environ, **environment, "HERITWIN_DATABASE_URL": server.url(TEMPLATE)},
                        check=True,
                    )
                done.touch()
        return TEMPLATE

    def create_database(self, name: str, template: str | None) -> str:
        """A database of that name owned by the product's role, and its SQLAlchemy address."""
        server = self.postgres()
        if template is None:
            server.ensure_database(name)
            return server.url(name)
        # One copy at a time: PostgreSQL refuses to copy a template that somebody is connected to.
        with self.lock("template"), psycopg.connect(server.admin_url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(ROLE), sql.Identifier(template)
                )
            )
        return server.url(name)

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        with psycopg.connect(self.postgres().admin_url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
