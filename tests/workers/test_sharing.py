"""A cloud too large for one worker is tiled by many, on machines that share only rows, hints and objects."""

import hashlib
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from processing.progress import SilentProgress
from processing.verbs import verb
from storage import db as database
from storage.derivatives.queries import current, object_keys
from storage.jobs.control import cancel, retry
from storage.jobs.queries import one_job
from storage.jobs.records import Job
from tests.processing.points.making import inputs, surface, write_las
from tests.workers.test_tidying import dispatcher
from tests.workers.world import WORKER, World
from workers.reaping import reap_lost_derivatives

POINTS = 260_000
SHARED = {"HERITWIN_SPREAD_POINTS": "100000", "HERITWIN_GROUP_POINTS": "60000"}
ALL_SHARED = {"HERITWIN_SPREAD_POINTS": "1", "HERITWIN_LEASE_S": "60"}
OPERATIONS = ("spread-version", "tile-group", "join-tiles")
# Rooms start anew for every part, and kernels are compiled where no warm cache is at hand.
PATIENCE_S = 400.0


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud above the threshold of these specs."""
    path = tmp_path_factory.mktemp("scan") / "scan.las"
    write_las(path, surface(POINTS))
    return path


@pytest.fixture(scope="module")
def by_one(scan: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digest of every piece of the tileset that one child makes of it, by key."""
    folder = tmp_path_factory.mktemp("one")
    verb("tile")(inputs(scan), {"packed": True}, folder, SilentProgress())
    index = json.loads((folder / "index.json").read_bytes())
    packs = [(folder / name).read_bytes() for name in index["packs"]]
    return {
        key: hashlib.sha256(packs[number][offset : offset + length]).hexdigest()
        for key, (number, offset, length, _) in index["entries"].items()
    }


@contextmanager
def machine(world: World, name: str) -> Iterator[Any]:
    """A real worker with folders of its own."""
    folder = str(world.folder / name)
    with world.process(
        "-m", "workers", "worker", HERITWIN_DATA_DIR=folder, HERITWIN_WORKER_NAME=name, **SHARED
    ) as process:
        yield process


def all_jobs(world: World, *operations: str) -> list[Job]:
    """Return the jobs of some operations, oldest first."""
    with database.transaction(world.sessions) as db:
        rows = db.connection().exec_driver_sql("SELECT id, operation FROM job ORDER BY id").all()
        return [one_job(db, job_id) for job_id, operation in rows if operation in operations]


def served(world: World, version_id: Any) -> tuple[dict[str, str], str]:
    """Digests of the pieces of the version's tileset as its files lie in the store, and of its index."""
    with database.transaction(world.sessions) as db:
        found = current(db, version_id, "tileset")
        places = object_keys(db, found.id)
    raw = world.store.get(places["index.json"])
    index = json.loads(raw)
    pieces = {
        key: hashlib.sha256(world.store.get_range(places[index["packs"][number]], offset, length)).hexdigest()
        for key, (number, offset, length, _) in index["entries"].items()
    }
    return pieces, hashlib.sha256(raw).hexdigest()


def left_work(world: World) -> list[str]:
    """Return what lies under the work of this database's derivatives, once the reaper has been."""
    reap_lost_derivatives(world.sessions, world.store)
    with database.transaction(world.sessions) as db:
        made = db.connection().exec_driver_sql("SELECT id FROM derivative WHERE kind = 'work'").scalars()
        ids = list(made)
    assert ids
    return [item.key for each in ids for item in world.store.list(f"work/{each}/")]


def ended(operation: str):
    return lambda jobs: operation in jobs and jobs[operation].state in ("succeeded", "failed")


INDEXES: set[str] = set()


@pytest.mark.parametrize("workers", [1, 3])
def test_it_makes_the_same_tiles_with_any_number_of_workers(
    world: World, scan: Path, by_one: dict[str, str], workers: int
):
    with world.dispatcher(), ExitStack() as running:
        for number in range(workers):
            running.enter_context(machine(world, f"machine-{number}"))
        # Before the last of them listens, the first might have done it all.
        log = world.folder / "processes.log"
        world.wait(lambda _: log.read_text().count("worker.ready") == workers)
        done = world.upload({"scan.las": scan.read_bytes()})
        jobs = world.wait(ended("join-tiles"), timeout_s=PATIENCE_S)

    assert jobs["join-tiles"].state == "succeeded", jobs["join-tiles"].error
    assert "tile-version" not in jobs
    parts = all_jobs(world, "tile-group")
    took = {attempt.worker for part in parts for attempt in part.attempts}
    assert len(parts) > 3
    assert len(took) >= min(2, workers)
    pieces, index = served(world, done.version.id)
    INDEXES.add(index)
    assert pieces == by_one
    assert len(INDEXES) == 1
    assert left_work(world) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_does_again_what_a_killed_worker_was_at(
    world: World, scan: Path, by_one: dict[str, str], operation: str
):
    def is_running(jobs: dict[str, Job]) -> bool:
        return any(job.state == "running" for job in all_jobs(world, operation))

    with world.dispatcher():
        with machine(world, "first") as first:
            done = world.upload({"scan.las": scan.read_bytes()})
            world.wait(is_running, timeout_s=PATIENCE_S)
            first.send_signal(signal.SIGKILL)
            first.wait()
        with machine(world, "other"):
            jobs = world.wait(ended("join-tiles"), timeout_s=PATIENCE_S)

    tries = [[(one.worker, one.state) for one in job.attempts] for job in all_jobs(world, operation)]
    assert [("first-1", "lost"), ("other-1", "succeeded")] in tries
    assert jobs["join-tiles"].state == "succeeded", jobs["join-tiles"].error
    assert served(world, done.version.id)[0] == by_one
    assert left_work(world) == []


def stand_in(world: World, folder: Path) -> Any:
    """A worker whose room makes three groups of small fixed files of everything."""
    return world.process(str(WORKER), "sharer.py", str(folder), **ALL_SHARED)


def test_it_gives_a_part_up_after_three_attempts_and_goes_on_from_there(world: World, gate: Path):
    (gate / "poison").touch()
    with world.dispatcher(), stand_in(world, gate):
        done = world.upload({"scan.xyz": b"0 0 0\n1 0 0\n0 1 1\n"})
        jobs = world.wait(ended("join-tiles"), timeout_s=PATIENCE_S)
        poisoned = next(job for job in all_jobs(world, "tile-group") if job.arguments["group"] == 1)
        (gate / "poison").unlink()
        with database.transaction(world.sessions) as db:
            retry(db, world.caller, poisoned.id)
        again = world.wait(lambda jobs: jobs["join-tiles"].state == "succeeded", timeout_s=PATIENCE_S)

    assert [one.state for one in poisoned.attempts] == ["failed"] * 3
    assert poisoned.error.kind == "internal"
    assert "this part is poison" in poisoned.attempts[-1].log_head
    assert jobs["join-tiles"].error.kind == "dependency-failed"
    assert str(poisoned.id) in jobs["join-tiles"].error.message
    assert "internal" in jobs["join-tiles"].error.message
    assert len(again["spread-version"].attempts) == 1
    with database.transaction(world.sessions) as db:
        found = current(db, done.version.id, "tileset")
    assert {file.path for file in found.files} == {
        "index.json",
        "pack-0000.bin",
        *(f"parts/{number:04d}/pack-0000.bin" for number in range(3)),
    }
    assert left_work(world) == []


def test_it_stops_all_parts_when_one_is_cancelled(world: World, gate: Path):
    (gate / "hold").touch()

    def is_held(jobs: dict[str, Job]) -> bool:
        # One look at the rows may come before the parts are asked for and the next after it.
        return "join-tiles" in jobs and any(job.state == "running" for job in all_jobs(world, "tile-group"))

    with world.dispatcher(), stand_in(world, gate):
        world.upload({"scan.xyz": b"0 0 0\n1 0 0\n0 1 1\n"})
        jobs = world.wait(is_held)
        with database.transaction(world.sessions) as db:
            cancel(db, world.caller, jobs["join-tiles"].id)
        asked_at_s = time.monotonic()
        world.wait(lambda _: all(job.ended_at for job in all_jobs(world, "tile-group")))
        elapsed_s = time.monotonic() - asked_at_s

    assert elapsed_s < 5
    assert [job.state for job in all_jobs(world, "tile-group", "join-tiles")] == ["cancelled"] * 4


def test_it_takes_away_the_work_of_a_tiling_nobody_came_back_to(world: World, gate: Path):
    (gate / "poison").touch()
    with world.dispatcher(), stand_in(world, gate):
        world.upload({"scan.xyz": b"0 0 0\n1 0 0\n0 1 1\n"})
        world.wait(ended("join-tiles"), timeout_s=PATIENCE_S)
        world.wait(lambda jobs: all(job.ended_at for job in all_jobs(world, *OPERATIONS)))
    tidying = dispatcher(world)
    tidying.tidy()
    kept = left_work(world)
    with database.transaction(world.sessions) as db:
        db.connection().exec_driver_sql("UPDATE job SET changed_at = now() - interval '8 days'")
    tidying.tidy()

    assert any(key.endswith("chunks-0001.bin") for key in kept)
    assert left_work(world) == []
    with database.transaction(world.sessions) as db:
        kinds = db.connection().exec_driver_sql(
            "SELECT DISTINCT state FROM derivative WHERE kind IN ('part', 'work')"
        )
        assert list(kinds.scalars()) == ["reaped"]
