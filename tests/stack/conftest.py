"""One real stack for the specs of this folder, killed and started again by them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest

from stack.components.ports import free_port
from stack.orphans import marked
from stack.started import Started, launch
from tests.support.waiting import until

ARGUMENTS = ("--workers", "1", "--lease-s", "5", "--log-level", "info")
BACK_S = 60


class Machine:
    """A data folder with a stack that runs on it."""

    def __init__(self, folder):
        self.root = folder
        self.port = free_port()
        self.started: Started | None = None
        self.start()

    def start(self):
        if self.started is not None:
            self.started.running.process.wait()
        started = launch(self.root, [*ARGUMENTS, "--port", str(self.port)])
        self.started = started
        started.running.wait_ready()
        return started

    @property
    def supervisor(self):
        return psutil.Process(self.started.running.process.pid)

    def pid_of(self, name):
        return next(program.pid for program in self.started.state.programs if program.name == name)

    def names(self):
        return [program.name for program in self.started.state.programs]

    def processes(self):
        """The supervisor, all that descends from it, and all that carries the folder's mark."""
        mark = self.started.folder.load_secrets().mark
        found = [self.supervisor, *self.supervisor.children(recursive=True), *marked(mark)]
        return list({process.pid: process for process in found}.values())

    def strays(self):
        """Processes with the folder's mark that no longer belong to the supervisor."""
        family = {process.pid for process in self.supervisor.children(recursive=True)}
        mark = self.started.folder.load_secrets().mark
        return [process for process in marked(mark) if process.pid not in family and process.is_running()]

    def readyz(self):
        try:
            with urllib.request.urlopen(f"{self.started.address}/readyz", timeout=20) as answer:
                return answer.status == 200
        except OSError:
            return False

    def wait_back(self, name, old_pid):
        def is_back():
            program = next(program for program in self.started.state.programs if program.name == name)
            return program.state == "running" and program.pid not in (None, old_pid) and self.readyz()

        until(is_back, BACK_S, f"{name} to come back")

    def kill(self, pids):
        for pid in pids:
            # One of them may have died with another a moment ago.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def command(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "stack", *arguments, "--data", str(self.root)],
            capture_output=True,
            text=True,
            timeout=120,
        )

    def api(self, path, body=None, method=None):
        headers = {"Authorization": f"Bearer {self.started.admin_key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.started.address}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from error


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    made = Machine(tmp_path_factory.mktemp("machine"))
    yield made
    made.started.running.stop()
