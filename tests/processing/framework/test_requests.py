"""A request as the worker sends it: steps, ranged inputs over a socket pair, result.json."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pye57
import pytest

from tests.processing.meshes.making import sphere, write_obj
from tests.processing.points.making import surface, write_las

REFUSED = 0xFFFFFFFF


def serve(connection: socket.socket, files: dict[int, bytes], asked: list[tuple[int, int, int]]) -> None:
    """Answer ranges as the worker's end does; unknown inputs are refused."""
    while True:
        head = connection.recv(16, socket.MSG_WAITALL)
        if len(head) < 16:
            return
        number, offset, length = struct.unpack("<IQI", head)
        asked.append((number, offset, length))
        data = files.get(number)
        if data is None:
            connection.sendall(struct.pack("<I", REFUSED))
            continue
        piece = data[offset : offset + length]
        connection.sendall(struct.pack("<I", len(piece)) + piece)


def run(job: Path, request: dict, files: dict[int, bytes] | None = None) -> tuple[int, dict, list]:
    """Run a request in a child, as the worker does; answer its exit code, stdout and the ranges asked."""
    ours, theirs = socket.socketpair()
    asked: list[tuple[int, int, int]] = []
    server = threading.Thread(target=serve, args=(ours, files or {}, asked), daemon=True)
    server.start()
    request = {"schema": 1, "range_fd": theirs.fileno() if files is not None else None} | request
    (job / "REQUEST.json").write_text(json.dumps(request))
    done = subprocess.run(
        [sys.executable, "-m", "processing", "run", str(job / "REQUEST.json")],
        cwd=job,
        env={
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "PATH": "/usr/bin:/bin",
            "NUMBA_CACHE_DIR": os.environ["NUMBA_CACHE_DIR"],
        },
        pass_fds=(theirs.fileno(),),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    theirs.close()
    server.join(10)
    ours.close()
    envelope = json.loads(done.stdout.splitlines()[-1])
    assert envelope == json.loads((job / "result.json").read_text())
    return done.returncode, envelope, asked


def step(name: str, **arguments: object) -> dict:
    return {"id": name, "verb": name, "arguments": arguments}


@pytest.fixture(scope="module")
def las(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("las") / "scan.laz"
    write_las(path, surface(40_000))
    return path.read_bytes()


def test_it_reads_ranged_inputs_as_it_reads_files(tmp_path: Path, las: bytes) -> None:
    results = []
    for kind in ("local", "ranged"):
        job = tmp_path / kind
        job.mkdir()
        (job / "scan.laz").write_bytes(las)
        item = {"number": 7, "path": "site/scan.laz", "size": len(las), "group": None}
        item["local"] = "scan.laz" if kind == "local" else None
        steps = [step("inspect"), step("picture"), step("preview", packed=True), step("tile", packed=True)]
        files = {7: las} if kind == "ranged" else None
        code, envelope, asked = run(job, {"inputs": [item], "steps": steps}, files)
        assert (code, envelope["ok"], envelope["error"]) == (0, True, None)
        assert bool(asked) == (kind == "ranged")
        assert all(number == 7 and length <= 8 << 20 for number, _, length in asked)
        made = {f["path"]: (job / f["path"]).read_bytes() for s in envelope["steps"] for f in s["files"]}
        assert all(f["bytes"] == len(made[f["path"]]) for s in envelope["steps"] for f in s["files"])
        results.append(([s["result"] for s in envelope["steps"]], made))
    assert results[0] == results[1]
    roles = {path.rsplit("/", 1)[1] for path in results[0][1]}
    assert roles == {"picture.webp", "index.json", "pack-0000.bin"}


def test_it_copies_an_e57_once_for_all_steps_and_leaves_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "scan.e57"
    file = pye57.E57(str(path), mode="w")
    xyz = surface(20_000)
    file.write_scan_raw({f"cartesian{axis}": xyz[:, i].copy() for i, axis in enumerate("XYZ")})
    file.close()
    job = tmp_path / "job"
    job.mkdir()
    item = {"number": 0, "path": "scan.e57", "size": path.stat().st_size, "local": None, "group": None}
    steps = [step("inspect"), step("preview", packed=True)]
    code, envelope, asked = run(job, {"inputs": [item], "steps": steps}, {0: path.read_bytes()})
    assert (code, envelope["steps"][0]["result"]["points"]) == (0, 20_000)
    # Heads are looked at a few times; the whole comes once.
    whole = sum(length for _, _, length in asked if length > 256 << 10)
    assert whole <= path.stat().st_size * 1.1
    assert {p.name for p in job.iterdir()} == {"REQUEST.json", "result.json", "out"}
    assert not list(job.rglob(".work"))


class Watched(dict):
    """Files to serve; whenever a piece of one is asked for, it is seen what a folder holds."""

    def __init__(self, files: dict[int, bytes], folder: Path) -> None:
        super().__init__(files)
        self.folder, self.seen = folder, set()

    def get(self, number: int) -> bytes | None:
        self.seen |= {path.name for path in self.folder.rglob("*.bin")}
        return super().get(number)


def test_it_writes_what_is_as_large_as_the_file_into_the_folder_of_the_job(tmp_path: Path) -> None:
    """The room's /tmp is half a gigabyte of memory."""
    path = write_obj(tmp_path / "a.obj", *sphere(60))
    job = tmp_path / "job"
    job.mkdir()
    item = {"number": 0, "path": "a.obj", "size": path.stat().st_size, "local": None, "group": None}
    files = Watched({0: path.read_bytes()}, job)
    steps = [step("inspect", large_triangles=1000), step("picture", large_triangles=1000)]
    code, envelope, _ = run(job, {"inputs": [item], "steps": steps}, files)
    assert (code, envelope["error"]) == (0, None)
    assert "large-mesh" in {warning["kind"] for warning in envelope["steps"][0]["result"]["warnings"]}
    assert "corners.bin" in files.seen
    assert {p.name for p in job.iterdir()} == {"REQUEST.json", "result.json", "out"}


def test_it_keeps_steps_before_a_failing_one_and_says_why(tmp_path: Path, las: bytes) -> None:
    (tmp_path / "scan.laz").write_bytes(las[: len(las) // 2])
    item = {"number": 0, "path": "scan.laz", "size": 1, "local": "scan.laz", "group": None}
    code, envelope, _ = run(tmp_path, {"inputs": [item], "steps": [step("inspect"), step("tile")]})
    assert (code, envelope["ok"], envelope["steps"]) == (65, False, [])
    assert envelope["error"]["step"] == "inspect"
    assert envelope["error"]["kind"] == "truncated"
    assert "scan.laz" in envelope["error"]["message"]
    assert envelope["error"]["hint"]


def test_it_fails_when_the_worker_refuses_a_range(tmp_path: Path, las: bytes) -> None:
    item = {"number": 3, "path": "scan.laz", "size": len(las), "local": None, "group": None}
    code, envelope, _ = run(tmp_path, {"inputs": [item], "steps": [step("inspect")]}, {0: las})
    assert (code, envelope["error"]["kind"]) == (65, "storage-unavailable")


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"steps": []},
        {"steps": [{"id": "../x", "verb": "inspect"}]},
        {"steps": [{"id": "a", "verb": "format-disk"}]},
        {"inputs": [{"number": 0, "path": "a.las", "size": 1, "local": "../../etc/passwd"}]},
        {"inputs": [{"number": 0, "path": "a.las", "size": 1, "local": None}]},
    ],
)
def test_it_refuses_a_request_it_does_not_understand(tmp_path: Path, change: dict) -> None:
    request = {"inputs": [], "steps": [step("inspect")]} | change
    code, envelope, _ = run(tmp_path, request)
    assert (code, envelope["error"]["kind"]) == (65, "invalid-arguments")


def test_it_measures_seconds_and_memory_of_every_step(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "scan.xyz", surface(1000), fmt="%.3f")
    item = {"number": 0, "path": "scan.xyz", "size": 1, "local": "scan.xyz", "group": None}
    _, envelope, _ = run(tmp_path, {"inputs": [item], "steps": [step("inspect")]})
    (only,) = envelope["steps"]
    assert only["seconds"] > 0
    assert 20 < only["peak_mib"] < 1500
    assert envelope["peak_mib"] >= only["peak_mib"]
