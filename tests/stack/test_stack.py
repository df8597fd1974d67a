"""The whole of one machine, as `heritwin up` starts it: killed in every way, and back each time."""

import json
import signal

import laspy
import numpy as np
import psutil
import pytest

from heritwin import jobs
from heritwin.api import Api
from heritwin.settings import Settings
from heritwin.uploads.transfer import UploadOptions, upload
from stack.components.ports import is_free
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("stack")

PROGRAMS = ("postgres", "valkey", "seaweedfs", "api", "dispatcher", "worker-1", "caddy")
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


def test_it_refuses_a_second_start_on_the_same_folder(machine):
    second = machine.command("up")

    assert second.returncode == 1
    assert "already-running" in second.stderr
    assert str(machine.supervisor.pid) in second.stderr
    assert machine.readyz()


def test_it_takes_signed_bytes_through_the_public_address(machine):
    doctor = json.loads(machine.command("doctor", "--json").stdout)

    checks = {check["name"]: check for check in doctor["checks"]}
    assert checks["upload"]["state"] == "ok", checks["upload"]
    assert checks["public address"]["state"] == "ok"


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_brings_back_a_program_that_was_killed(machine, name):
    pid = machine.pid_of(name)
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    machine.kill([pid])

    machine.wait_back(name, pid)
    assert gone(family) == []
    assert machine.strays() == []


def test_it_leaves_nothing_behind_when_the_supervisor_is_killed_and_resumes(machine):
    before = machine.api("/v1/organisations")["items"]
    everyone = machine.processes()

    machine.kill([machine.supervisor.pid])

    assert gone(everyone) == []
    machine.start()
    assert machine.readyz()
    assert machine.api("/v1/organisations")["items"] == before


def test_it_resumes_when_everything_was_killed_at_once(machine):
    before = machine.api("/v1/me")
    everyone = machine.processes()

    machine.kill([process.pid for process in everyone])

    assert gone(everyone) == []
    machine.start()
    assert machine.readyz()
    assert machine.api("/v1/me") == before
    assert machine.strays() == []


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """Points on a slope, as LAZ; even a small scan's jobs run for seconds, so that one can be killed."""
    header = laspy.LasHeader(point_format=2, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [100.0, 200.0, 10.0]
    las = laspy.LasData(header)
    chance = np.random.default_rng(1833)
    las.x, las.y = chance.uniform(100, 130, POINTS), chance.uniform(200, 230, POINTS)
    las.z = 10 + 0.2 * (las.x - 100) + chance.normal(0, 0.003, POINTS)
    las.red, las.green, las.blue = (chance.integers(0, 2**16, POINTS, dtype=np.uint16) for _ in "rgb")
    path = tmp_path_factory.mktemp("scan") / "slope.laz"
    las.write(path)
    return path


@pytest.mark.timeout(600)
def test_it_does_a_job_once_though_its_worker_was_killed_in_the_middle(machine, scan):
    organisation = machine.api("/v1/organisations")["items"][0]
    name = {"en": "Slope"}
    root = {"organisation_id": organisation["id"], "kind": "site", "code": "slope", "name": name}
    subject = machine.api("/v1/subjects", root | {"visibility": "private"})
    asset = machine.api(f"/v1/subjects/{subject['id']}/assets", {"kind": "point_cloud", "name": "scan"})
    with Api(Settings(server=machine.started.address, key=machine.started.admin_key)) as api:
        version = upload(api, asset["id"], [scan], UploadOptions())["version"]["id"]

    job = until(lambda: running(machine, version, "inspect-version"), JOB_S, "its inspection to begin")["id"]
    pid = machine.pid_of("worker-1")
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    machine.kill([pid])

    ended = until(lambda: at_rest(machine, job), JOB_S, "its inspection to end")
    assert gone(family) == []
    assert (ended["state"], ended["error"]) == ("succeeded", None)
    assert [attempt["number"] for attempt in ended["attempts"]] == [1, 2]
    made = [item["kind"] for item in machine.api(f"/v1/versions/{version}/derivatives")["items"]]
    assert sorted(kind for kind in made if kind in ("picture", "preview")) == ["picture", "preview"]
    assert machine.api(f"/v1/versions/{version}")["points"] == POINTS


def at_rest(machine, job):
    """The job, once it has ended for good."""
    found = machine.api(f"/v1/jobs/{job}")
    return found if found["state"] in jobs.AT_REST else None


def running(machine, version, operation):
    """The job of that operation, if it runs now."""
    items = machine.api(f"/v1/versions/{version}/jobs")["items"]
    return next((job for job in items if (job["operation"], job["state"]) == (operation, "running")), None)


def test_it_stops_cleanly_when_asked(machine):
    everyone, ports = machine.processes(), machine.started.state.ports

    machine.supervisor.send_signal(signal.SIGTERM)

    assert machine.started.running.process.wait(60) == 0
    assert gone(everyone) == []
    assert all(is_free(port) for port in ports.values())
    assert machine.command("status").returncode == 1
