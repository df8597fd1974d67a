"""A real file system of 300 MiB fills up: uploads are refused with figures, and rows are still written."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import uuid

import pytest

from stack.components.ports import free_port
from stack.plan import answers_ok
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(600)

SIZE_MIB, FLOOR_MIB = 300, 64
ON_A_SMALL_DISK = """
mount -t tmpfs -o size={size}m none "$1" &&
exec "$2" -m stack up --data "$1/data" --port "$3" --workers 1
"""


class SmallMachine:
    """A stack whose data folder is the only thing on a small disk, in a mount namespace of its own."""

    def __init__(self, process, folder, port):
        self.process = process
        # What the stack sees below the folder; from outside, nothing is mounted there.
        self.disk = f"/proc/{process.pid}/root{folder}"
        self.url = f"http://localhost:{port}"

    def key(self):
        with open(f"{self.disk}/data/admin-key") as file:
            return file.read().strip()

    def ask(self, path, body=None):
        """Status and answer."""
        headers = {"Authorization": f"Bearer {self.key()}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.url + path, data, headers), timeout=60
            ) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def free_mib(self):
        found = os.statvfs(self.disk)
        return found.f_bavail * found.f_frsize >> 20

    @contextlib.contextmanager
    def full_to(self, free_mib):
        """Something else on the disk, for as long as the block lasts."""
        path = f"{self.disk}/ballast"
        with open(path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, (self.free_mib() - free_mib) << 20)
        try:
            yield
        finally:
            os.unlink(path)

    def make_subject(self):
        organisation = self.ask("/v1/organisations")[1]["items"][0]["id"]
        body = {"organisation_id": organisation, "kind": "site", "name": {"en": "Small"}}
        return self.ask(
            "/v1/subjects", body | {"code": f"small-{uuid.uuid4().hex[:8]}", "visibility": "public"}
        )


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    probe = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", str(folder)], capture_output=True
    )
    if probe.returncode != 0:
        pytest.skip("no mount namespace of one's own here")
    port = free_port()
    script = ON_A_SMALL_DISK.format(size=SIZE_MIB)
    command = ["unshare", "-m", "sh", "-c", script, "sh", str(folder), sys.executable, str(port)]
    with (folder.parent / "small.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    made = SmallMachine(process, folder, port)
    try:
        until(lambda: answers_ok(f"{made.url}/readyz") or process.poll() is not None, 180, "it to be ready")
        assert process.poll() is None, (folder.parent / "small.log").read_text()
        yield made
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def asset(small):
    subject = small.make_subject()[1]
    made = small.ask(f"/v1/subjects/{subject['id']}/assets", {"kind": "point_cloud", "name": "scan"})
    return made[1]["id"]


def promise(asset, size_bytes=1_000_000):
    return {"asset_id": asset, "files": [{"path": "scan.xyz", "size_bytes": size_bytes}]}


def test_it_refuses_new_uploads_below_the_floor_while_rows_are_written(small, asset):
    status, opened = small.ask("/v1/uploads", promise(asset))
    assert status == 201
    part = {"file_id": opened["files"][0]["id"], "number": 1, "size_bytes": 1_000_000, "sha256": "0" * 64}
    sign = (f"/v1/uploads/{opened['id']}/parts:sign", {"parts": [part]})

    with small.full_to(FLOOR_MIB - 4):
        refused, problem = small.ask("/v1/uploads", promise(asset))
        refused_part, _ = small.ask(*sign)
        # Each is a subject with its name, place and audit, committed to the disk.
        written = [small.make_subject()[0] for _ in range(100)]
        detail = small.ask("/readyz")[1]["checks"]["disk"]["detail"]
        ready = answers_ok(f"{small.url}/readyz")

    assert (refused, problem["kind"], refused_part) == (507, "disk-full", 507)
    assert problem["free_bytes"] < problem["floor_bytes"] == FLOOR_MIB << 20
    assert problem["total_bytes"] == SIZE_MIB << 20
    assert f"of {SIZE_MIB} MiB are free, {FLOOR_MIB} MiB must stay so" in problem["detail"]
    assert written == [201] * 100
    assert ready
    assert detail.startswith("LOW")
    assert small.ask(*sign)[0] == 200


def test_it_refuses_an_upload_that_would_not_fit(small, asset):
    too_many = (small.free_mib() - FLOOR_MIB + 2) << 20

    status, problem = small.ask("/v1/uploads", promise(asset, too_many))

    assert (status, problem["kind"], problem["wanted_bytes"]) == (507, "disk-full", too_many)
    assert small.ask("/v1/uploads", promise(asset, 1 << 20))[0] == 201
