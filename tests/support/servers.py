"""Real servers for one test run: `python -m tests.support.servers FOLDER PARENT` while PARENT lives.

They start together, on first need, and are shared by all workers of the run. Each writes FOLDER/<name>.json
when it is ready; nothing is fsynced, and FOLDER is deleted at the end.
"""

import json
import os
import secrets
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil

from stack.components.ports import free_port
from stack.components.postgres import Postgres
from stack.components.program import Program
from stack.components.running import Running
from stack.components.seaweedfs import PORTS, SeaweedFS
from stack.components.valkey import Valkey


def publish(folder: Path, name: str, facts: dict[str, object]) -> None:
    """Write FOLDER/<name>.json in one step."""
    partial = folder / f"{name}.partial"
    partial.write_text(json.dumps(facts))
    os.replace(partial, folder / f"{name}.json")


def postgres(folder: Path) -> tuple[Program, dict[str, object]]:
    """A cluster without fsync."""
    facts: dict[str, object] = {
        "port": free_port(),
        "admin_password": secrets.token_hex(8),
        "password": secrets.token_hex(8),
    }
    server = Postgres(folder=folder / "postgres", is_durable=False, **facts)
    server.prepare()
    return server.program(), facts


def valkey(folder: Path) -> tuple[Program, dict[str, object]]:
    """A broker."""
    facts: dict[str, object] = {"port": free_port(), "password": secrets.token_hex(8)}
    server = Valkey(folder=folder / "valkey", **facts)
    server.prepare()
    return server.program(), facts


def seaweedfs(folder: Path) -> tuple[Program, dict[str, object]]:
    """An object store."""
    ports: dict[str, int] = {}
    for name in PORTS:
        ports[name] = free_port(list(ports.values()))
    facts: dict[str, object] = {"ports": ports, "access_key": "tests", "secret_key": secrets.token_hex(16)}
    server = SeaweedFS(folder=folder / "seaweedfs", **facts)
    server.prepare()
    return server.program(), facts


STARTERS: dict[str, Callable[[Path], tuple[Program, dict[str, object]]]] = {
    "postgres": postgres,
    "valkey": valkey,
    "seaweedfs": seaweedfs,
}


def main() -> None:
    """Start, publish, wait for the parent's end or SIGTERM, stop, delete."""
    folder, parent = Path(sys.argv[1]), psutil.Process(int(sys.argv[2]))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started: list[Running] = []
    try:
        programs = {name: starter(folder) for name, starter in STARTERS.items()}
        # From the main thread: the servers die with the thread that starts them.
        running = {name: Running(program, folder / f"{name}.log") for name, (program, _) in programs.items()}
        started.extend(running.values())

        def announce(name: str) -> None:
            running[name].wait_ready()
            publish(folder, name, programs[name][1])

        for name in running:
            threading.Thread(target=announce, args=(name,), daemon=True).start()
        parent.wait()
    finally:
        for server in started:
            server.process.kill()
            server.process.wait()
        if started:
            SeaweedFS(folder=folder / "seaweedfs", **programs["seaweedfs"][1]).remove_sockets()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
