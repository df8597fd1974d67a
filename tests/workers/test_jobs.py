"""Jobs are done once, whatever dies on the way."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from storage import db as database
from storage.derivatives.commands import begin
from storage.derivatives.keys import object_key, prefix
from storage.jobs import claims
from storage.jobs.control import cancel
from tests.support.line import line_to
from tests.support.waiting import until
from tests.workers.rooms import PROGRAMS, command_of
from tests.workers.test_escape import processes_in
from tests.workers.world import World
from workers.attempts import attempt
from workers.reaping import reap_lost_derivatives

CLOUD = {"scan.xyz": b"0 0 0\n1 0 0\n0 1 1\n"}
LONG_LEASE = {"HERITWIN_LEASE_S": "600", "HERITWIN_HEARTBEAT_S": "60"}


def is_in(operation: str, *states: str):
    return lambda jobs: operation in jobs and jobs[operation].state in states


def is_held(jobs) -> bool:
    """Whether the inspection is in mid-run, held by the gate."""
    return "inspect-version" in jobs and jobs["inspect-version"].stage == "reading"


def derivatives(world: World) -> list[tuple[str, str]]:
    """Return kind and state of all derivatives, reaped ones included."""
    with database.transaction(world.sessions) as db:
        rows = db.connection().exec_driver_sql("SELECT kind, state FROM derivative ORDER BY kind, state")
        return [tuple(row) for row in rows]


def test_it_does_what_an_upload_asks_for(world: World):
    with world.dispatcher(), world.worker():
        world.upload(CLOUD)
        jobs = world.wait(lambda jobs: len(jobs) == 4 and all(job.ended_at for job in jobs.values()))

    assert {name: job.state for name, job in jobs.items()} == {
        "verify-upload": "succeeded",
        "inspect-version": "succeeded",
        "tile-version": "succeeded",
        "copc-version": "succeeded",
    }
    assert derivatives(world) == [
        ("copc", "ready"),
        ("picture", "ready"),
        ("preview", "ready"),
        ("tileset", "ready"),
    ]
    (attempt_made,) = jobs["tile-version"].attempts
    assert attempt_made.limits["room"].startswith("bubblewrap")
    assert attempt_made.software["numpy"]
    assert list((world.folder / "data" / "rooms" / "hue-1").iterdir()) == []


def test_it_does_a_job_again_when_its_worker_was_killed(world: World, gate: Path):
    with world.dispatcher(), world.worker(str(gate)) as first:
        world.upload(CLOUD)
        world.wait(is_held)
        folder = world.folder / "data" / "rooms" / "hue-1"
        first.send_signal(signal.SIGKILL)
        first.wait()
        with world.worker(str(gate), HERITWIN_WORKER_NAME="other"):
            (gate / "open").touch()
            jobs = world.wait(is_in("tile-version", "succeeded", "failed"))

    tries = [(one.worker, one.state) for one in jobs["inspect-version"].attempts]
    assert tries == [("hue-1", "lost"), ("other-1", "succeeded")]
    assert derivatives(world) == [("picture", "ready"), ("preview", "ready"), ("tileset", "ready")]
    assert not any(processes_in(one) for one in folder.iterdir())


def test_it_spends_no_attempt_while_the_store_does_not_answer(world: World):
    store = urlsplit(world.environment["HERITWIN_S3_ENDPOINT"])
    log = world.folder / "processes.log"
    with (
        line_to(store.hostname, store.port) as line,
        world.dispatcher(),
        world.worker(HERITWIN_S3_ENDPOINT=f"http://127.0.0.1:{line.port}"),
    ):
        line.cut()
        world.upload(CLOUD)
        until(lambda: log.read_text().count("worker.waits_for_store") > 1, 60, "the worker to miss the store")
        line.mend()
        jobs = world.wait(is_in("inspect-version", "succeeded", "failed"))

    assert [one.state for one in jobs["inspect-version"].attempts] == ["succeeded"]


def test_it_keeps_a_job_for_longer_than_the_lease(world: World, gate: Path):
    def outlives_the_lease(jobs) -> bool:
        if not is_held(jobs):
            return False
        (first,) = jobs["inspect-version"].attempts
        return (first.heartbeat_at - first.started_at).total_seconds() > 8

    with world.dispatcher(), world.worker(str(gate), HERITWIN_LEASE_S="5"):
        world.upload(CLOUD)
        world.wait(outlives_the_lease)
        (gate / "open").touch()
        jobs = world.wait(is_in("inspect-version", "succeeded", "failed"))

    assert [one.state for one in jobs["inspect-version"].attempts] == ["succeeded"]


def test_it_takes_its_own_lease_back_when_started_again(world: World, gate: Path):
    with world.dispatcher():
        with world.worker(str(gate), **LONG_LEASE) as first:
            world.upload(CLOUD)
            world.wait(is_held)
            first.send_signal(signal.SIGKILL)
            first.wait()
        with world.worker(str(gate), **LONG_LEASE):
            (gate / "open").touch()
            jobs = world.wait(is_in("inspect-version", "succeeded", "failed"), timeout_s=30)

    assert [one.state for one in jobs["inspect-version"].attempts] == ["lost", "succeeded"]


def test_it_cancels_a_running_job_within_five_seconds(world: World, gate: Path):
    with world.dispatcher(), world.worker(str(gate)):
        world.upload(CLOUD)
        jobs = world.wait(is_held)
        with database.transaction(world.sessions) as db:
            cancel(db, world.caller, jobs["inspect-version"].id)
        asked_at_s = time.monotonic()
        jobs = world.wait(is_in("inspect-version", "cancelled"))
        elapsed_s = time.monotonic() - asked_at_s

    assert elapsed_s < 5
    assert [one.state for one in jobs["inspect-version"].attempts] == ["cancelled"]
    assert derivatives(world) == []


def test_it_gives_its_job_back_when_told_to_stop(world: World, gate: Path):
    with world.dispatcher():
        with world.worker(str(gate), HERITWIN_DRAIN_S="0.5", **LONG_LEASE) as first:
            world.upload(CLOUD)
            world.wait(is_held)
            first.send_signal(signal.SIGTERM)
            first.wait(timeout=20)
        assert world.jobs()["inspect-version"].state == "queued"
        with world.worker(str(gate), HERITWIN_WORKER_NAME="other"):
            (gate / "open").touch()
            world.wait(is_in("inspect-version", "succeeded"))

    assert first.returncode == 0


def test_it_finds_queued_jobs_after_the_dispatcher_was_killed(world: World):
    with world.worker():
        with world.dispatcher() as first:
            first.send_signal(signal.SIGKILL)
            first.wait()
        world.upload(CLOUD)
        with world.dispatcher():
            jobs = world.wait(is_in("tile-version", "succeeded"))

    assert len(jobs["tile-version"].attempts) == 1


def test_it_lets_only_the_holder_of_the_lease_finish(world: World, own_runtime):
    world.upload(CLOUD)
    with own_runtime(command_of("surveyor.py"), read_only=(PROGRAMS,)) as runtime:
        stale = claim(world, runtime)
        with database.transaction(world.sessions) as db:
            claims.take_back(db, runtime.slot.name)
        holder = claim(world, runtime)

        attempt(runtime, stale)
        after_stale = derivatives(world)
        attempt(runtime, holder)

    assert (stale.job_id, stale.fence + 1) == (holder.job_id, holder.fence)
    assert after_stale == []
    assert derivatives(world) == [("picture", "ready"), ("preview", "ready")]
    assert [one.state for one in world.jobs()["inspect-version"].attempts] == ["lost", "succeeded"]


def test_it_fails_a_job_whose_result_makes_no_sense(world: World, own_runtime):
    world.upload(CLOUD)
    with own_runtime(command_of("liar.py"), read_only=(PROGRAMS,)) as runtime:
        attempt(runtime, claim(world, runtime))

    job = world.jobs()["inspect-version"]
    assert (job.state, job.error.kind) == ("failed", "output-refused")
    assert {state for _, state in derivatives(world)} <= {"lost"}


def test_it_reaps_the_objects_of_an_attempt_that_lost(world: World, own_runtime):
    world.upload(CLOUD)
    with own_runtime(command_of("surveyor.py"), read_only=(PROGRAMS,)) as runtime:
        claimed = claim(world, runtime)
        with database.transaction(world.sessions) as db:
            made = begin(db, claimed, kind="picture", operation="picture")
        world.store.put(object_key(made, "picture.webp"), b"RIFF", media_type="image/webp")
        with database.transaction(world.sessions) as db:
            claims.take_back(db, runtime.slot.name)

        reaped = reap_lost_derivatives(world.sessions, world.store)

    assert reaped == 1
    assert list(world.store.list(prefix(made))) == []
    assert derivatives(world) == [("picture", "reaped")]


def claim(world: World, runtime):
    """Claim the inspection for a runtime of this process."""
    with database.transaction(world.sessions) as db:
        found = claims.claim_next(
            db,
            worker=runtime.slot.name,
            memory_mib=1 << 20,
            disk_mib=1 << 20,
            lease_s=60,
            operations=["inspect-version"],
        )
    assert found is not None
    return found


def test_it_does_a_job_again_when_its_child_was_killed_and_gives_it_up_after_three(world: World, gate: Path):
    def kill_child(number: int):
        def is_running(jobs) -> bool:
            return is_held(jobs) and len(jobs["inspect-version"].attempts) == number

        def is_over(jobs) -> bool:
            if jobs["inspect-version"].attempts[number - 1].state != "running":
                return True
            # Whatever has begun since is killed too: one look may come between two of them.
            for room in (world.folder / "data" / "rooms" / "hue-1").iterdir():
                for pid in processes_in(room):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            return False

        world.wait(is_running)
        world.wait(is_over)

    with world.dispatcher(), world.worker(str(gate)):
        world.upload(CLOUD)
        for number in (1, 2, 3):
            kill_child(number)
        jobs = world.wait(is_in("inspect-version", "succeeded", "failed"))

    job = jobs["inspect-version"]
    assert (job.state, job.error.kind) == ("failed", "worker-lost")
    assert "killed from outside" in job.error.message
    assert [(one.number, one.state) for one in job.attempts] == [(1, "failed"), (2, "failed"), (3, "failed")]
    assert all(one.seconds is not None and one.limits for one in job.attempts)
