"""A job in the room cannot get out; the same job outside the room can."""

import json
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.rooms import Bench, command_of
from workers.room.limits import Limits

FORKS = 400


class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"hello")


@pytest.fixture
def port() -> Iterator[int]:
    """A server on the loopback interface."""
    with socketserver.TCPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def attempts(port: int, tmp_path: Path) -> dict:
    """What the probe shall try."""
    outside = tmp_path / "secret"
    outside.write_text("the planted secret")
    outside.chmod(0o644)
    neighbour = tmp_path / "job-of-another" / "input"
    neighbour.parent.mkdir()
    neighbour.write_text("another job's bytes")
    return {"port": port, "outside": str(outside), "neighbour": str(neighbour), "forks": FORKS, "link": 0}


def test_it_lets_a_job_reach_nothing_outside(bench: Bench, attempts: dict):
    outcome = bench.run("probe", program="probe.py", limits=Limits(tasks=100, wall_s=60), **attempts)

    assert outcome.failure is None
    managed = outcome.result.step("probe").result
    assert managed == {"network": False, "outside": False, "neighbour": False, "forks": 0}


def test_it_refuses_a_linked_output(bench: Bench, attempts: dict):
    size = Path(attempts["outside"]).stat().st_size

    outcome = bench.run("probe", program="probe.py", **{**attempts, "link": size})

    assert outcome.failure.kind == "output-refused"
    assert outcome.result is None


def test_it_would_have_managed_everything_without_a_room(attempts: dict, tmp_path: Path):
    folder = tmp_path / "unsandboxed"
    folder.mkdir()
    size = Path(attempts["outside"]).stat().st_size
    steps = [{"arguments": {**attempts, "link": size}}]
    (folder / "REQUEST.json").write_text(json.dumps({"steps": steps}))

    subprocess.run(command_of("probe.py"), cwd=folder, check=True, timeout=60)

    (step,) = json.loads((folder / "result.json").read_text())["steps"]
    assert step["result"] == {"network": True, "outside": True, "neighbour": True, "forks": FORKS}
    assert (folder / step["files"][0]["path"]).read_text() == "the planted secret"


def test_it_lets_a_job_start_no_process(bench: Bench):
    outcome = bench.run("fork")

    assert outcome.result.step("step").result == {"children": 0}


def test_it_lets_a_job_start_only_so_many_threads(bench: Bench):
    outcome = bench.run("threads", count=300, limits=Limits(tasks=100, wall_s=60))

    assert outcome.result.step("step").result["threads"] < 100


def test_it_shows_a_job_an_empty_world(bench: Bench):
    outcome = bench.run("look")

    facts = outcome.result.step("step").result
    assert facts["interfaces"] == ["lo"]
    assert facts["processes"] <= 3
    assert facts["writable"] == []
    assert int(facts["capabilities"], 16) == 0
    assert facts["uid"] != 0
    assert facts["unshare"] != 0
    assert not any(name.startswith("HERITWIN") for name in facts["environment"])
    # Three standard ones, the range socket, and the one that lists the folder.
    assert len(facts["descriptors"]) == 5


def test_it_gives_each_job_a_copy_of_the_warm_numba_cache(bench: Bench, tmp_path: Path):
    bench.numba_cache = tmp_path / "cache"
    bench.numba_cache.mkdir()
    (bench.numba_cache / "kernel.nbi").write_bytes(b"compiled")

    outcome = bench.run("look")

    assert outcome.result.step("step").result["cache"] == ["kernel.nbi"]


def test_it_starts_without_a_numba_cache(bench: Bench, tmp_path: Path):
    bench.numba_cache = tmp_path / "absent"

    outcome = bench.run("look")

    assert outcome.failure is None


def processes_in(folder: Path) -> list[int]:
    """Return the processes whose working folder is this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").samefile(folder):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
