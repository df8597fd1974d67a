"""The whole of one machine, as `heritwin up` starts it: killed in every way, and back each time."""

import json
import os
import signal
import uuid

import laspy
import numpy as np
import psutil
import pytest

from heritwin import jobs
from heritwin.api import Api
from heritwin.settings import Settings
from heritwin.uploads.transfer import UploadOptions, upload
from stack.components.ports import is_free
from stack.doctor.running import examine_running
from tests.support.waiting import until

PROGRAMS = ("postgres", "valkey", "seaweedfs", "api", "dispatcher", "worker-1", "worker-early", "caddy")
GONE_S = 20
POINTS = 300_000
JOB_S = 240


def gone(processes):
    """Wait for their end; what is left of them."""
    _, alive = psutil.wait_procs(processes, timeout=GONE_S)
    return [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_it_serves_everything_from_one_command(machine):
    status = json.loads(machine.command("status", "--json").stdout)

    assert status["ready"]
    assert sorted(program["name"] for program in status["programs"]) == sorted(PROGRAMS)
    assert machine.api("/v1/me")["server_admin"]


def test_it_keeps_keys_and_secrets_to_their_owner(machine):
    for name in ("admin-key", "secrets.json"):
        assert (machine.root / name).stat().st_mode & 0o777 == 0o600
    for name in ("postgres", "valkey", "seaweedfs", "caddy", "logs", "run"):
        assert (machine.root / name).stat().st_mode & 0o777 == 0o700
    everything = "".join(path.read_text("utf-8", "replace") for path in (machine.root / "logs").iterdir())
    assert machine.started.admin_key not in everything
    commands = [" ".join(process.cmdline()) for process in machine.processes()]
    secrets = list(vars(machine.started.folder.load_secrets()).values())
    assert not [command for command in commands for secret in secrets if secret in command]


def test_it_lets_whom_somebody_waits_for_come_before_long_work(machine):
    status = json.loads(machine.command("status", "--json").stdout)
    nice = {program["name"]: psutil.Process(program["pid"]).nice() for program in status["programs"]}

    assert nice["worker-1"] > nice["worker-early"] == nice["seaweedfs"] == nice["postgres"]
    assert nice["api"] == nice["caddy"]
    # Below others is anybody's; before others takes a right, such as root's.
    assert nice["api"] < nice["seaweedfs"] or os.geteuid() != 0


def test_it_refuses_a_second_start_on_the_same_folder(machine):
    second = machine.command("up")

    assert second.returncode == 1
    assert "already-running" in second.stderr
    assert str(machine.supervisor.pid) in second.stderr
    assert machine.readyz()


def test_it_takes_signed_bytes_through_the_public_address(machine):
    checks = {check.name: check for check in examine_running(machine.root)}

    assert checks["upload"].state == "ok", checks["upload"]
    assert checks["public address"].state == "ok"
    assert checks["stack"].state == "ok", checks["stack"]


# The early worker is a worker like the other.
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "worker-early"])
def test_it_brings_back_a_program_that_was_killed(machine, name):
    pid = machine.pid_of(name)
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    machine.kill([pid])

    machine.wait_back(name, pid)
    assert gone(family) == []
    assert machine.strays() == []


@pytest.fixture
def running_job(machine, tmp_path, request):
    """A job that runs now: the inspection of a scan just sent (each another, or its results were known)."""
    code = f"slope-{uuid.uuid4().hex[:8]}"
    organisation = machine.api("/v1/organisations")["items"][0]
    root = {"organisation_id": organisation["id"], "kind": "site", "code": code, "name": {"en": "Slope"}}
    subject = machine.api("/v1/subjects", root | {"visibility": "private"})
    asset = machine.api(f"/v1/subjects/{subject['id']}/assets", {"kind": "point_cloud", "name": "scan"})
    with Api(Settings(server=machine.started.address, key=machine.started.admin_key)) as api:
        sent = upload(api, asset["id"], [write_slope(tmp_path / f"{code}.laz")], UploadOptions())
    version = sent["version"]["id"]

    def runs():
        items = machine.api(f"/v1/versions/{version}/jobs")["items"]
        return next((job for job in items if is_running_inspection(job)), None)

    return until(runs, JOB_S, "its inspection to begin")


def write_slope(path):
    """Points on a slope, as LAZ; even a small scan's inspection runs for seconds: time to kill it."""
    header = laspy.LasHeader(point_format=2, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [100.0, 200.0, 10.0]
    las = laspy.LasData(header)
    chance = np.random.default_rng()
    las.x, las.y = chance.uniform(100, 130, POINTS), chance.uniform(200, 230, POINTS)
    las.z = 10 + 0.2 * (las.x - 100) + chance.normal(0, 0.003, POINTS)
    las.red, las.green, las.blue = (chance.integers(0, 2**16, POINTS, dtype=np.uint16) for _ in "rgb")
    las.write(path)
    return path


def is_running_inspection(job):
    return (job["operation"], job["state"]) == ("inspect-version", "running")


def ended(machine, job):
    """The job, once it has ended for good."""

    def at_rest():
        found = machine.api(f"/v1/jobs/{job['id']}")
        return found if found["state"] in jobs.AT_REST else None

    return until(at_rest, JOB_S, "the job to end")


def assert_done_once(machine, job):
    found = ended(machine, job)
    assert (found["state"], found["error"]) == ("succeeded", None)
    tries = [(attempt["number"], attempt["state"], attempt["error"]) for attempt in found["attempts"]]
    assert [number for number, _, _ in tries] == [1, 2], tries
    made = [item["kind"] for item in machine.api(f"/v1/versions/{job['version_id']}/derivatives")["items"]]
    assert sorted(kind for kind in made if kind in ("picture", "preview")) == ["picture", "preview"]
    assert machine.api(f"/v1/versions/{job['version_id']}")["points"] == POINTS


@pytest.mark.timeout(900)
def test_it_does_a_running_job_once_though_its_worker_is_killed(machine, running_job):
    pid = machine.pid_of("worker-1")
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    machine.kill([pid])

    assert_done_once(machine, running_job)
    assert gone(family) == []


@pytest.mark.timeout(900)
def test_it_resumes_with_its_running_job_when_the_supervisor_is_killed(machine, running_job):
    before, everyone = machine.api("/v1/organisations")["items"], machine.processes()

    machine.kill([machine.supervisor.pid])

    assert gone(everyone) == []
    machine.start()
    assert machine.readyz()
    assert machine.api("/v1/organisations")["items"] == before
    assert_done_once(machine, running_job)
    assert machine.strays() == []


@pytest.mark.timeout(900)
def test_it_resumes_with_its_running_job_when_everything_is_killed_at_once(machine, running_job):
    before, everyone = machine.api("/v1/me"), machine.processes()

    machine.kill([process.pid for process in everyone])

    assert gone(everyone) == []
    machine.start()
    assert machine.readyz()
    assert machine.api("/v1/me") == before
    assert_done_once(machine, running_job)
    assert machine.strays() == []


def test_it_stops_cleanly_when_asked(machine):
    everyone, ports = machine.processes(), machine.started.state.ports

    machine.supervisor.send_signal(signal.SIGTERM)

    assert machine.started.running.process.wait(60) == 0
    assert gone(everyone) == []
    assert all(is_free(port) for port in ports.values())
    assert machine.command("status").returncode == 1
