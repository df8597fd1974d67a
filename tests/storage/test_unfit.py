"""Jobs that are too large for every worker there is."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.db import transaction
from storage.jobs.control import retry
from storage.jobs.liveness import register_worker
from storage.jobs.queries import one_job
from storage.jobs.unfit import fail_unfit

AT_ONCE = timedelta()


@pytest.fixture
def world(quiet_world):
    """An empty queue, and no worker heard of yet."""
    with transaction(quiet_world.sessions) as db:
        db.execute(text("DELETE FROM worker"))
    return quiet_world


def worker(world, name: str, memory_mib: int, disk_mib: int) -> None:
    """Register a worker slot."""
    with transaction(world.sessions) as db:
        register_worker(db, name, memory_mib=memory_mib, disk_mib=disk_mib, room="rlimits")


def swept(world, **more):
    """What one sweep fails."""
    with transaction(world.sessions) as db:
        return fail_unfit(db, **{"queued_for": AT_ONCE, **more})


def job(world, job_id):
    """The job as it is now."""
    with transaction(world.sessions) as db:
        return one_job(db, job_id)


@pytest.mark.parametrize(
    ("needs", "kind"),
    [({"memory_mib": 3000}, "memory-limit"), ({"disk_mib": 70_000}, "disk-limit")],
)
def test_it_fails_with_the_figures_what_no_worker_can_take(world, needs, kind):
    worker(world, "small", 2000, 60_000)
    large = world.job(parameters=needs, **needs)
    waiting = world.job(parameters={"after": kind}, needs=[large])
    fits = world.job(parameters={"fits": True}, memory_mib=2000, disk_mib=60_000)

    assert swept(world) == [large]
    failed = job(world, large)
    assert (failed.state, failed.error.kind) == ("failed", kind)
    assert str(next(iter(needs.values()))) in failed.error.message
    assert "2000 MiB" in failed.error.message
    assert "60000 MiB" in failed.error.message
    assert job(world, waiting).error.kind == "dependency-failed"
    assert job(world, fits).state == "queued"


def test_it_needs_one_worker_that_has_both(world):
    worker(world, "much memory", 8000, 100)
    worker(world, "much disk", 100, 8000)
    large = world.job(memory_mib=4000, disk_mib=4000)

    assert swept(world) == [large]
    assert job(world, large).error.kind == "disk-limit"


def test_it_fails_nothing_while_no_worker_was_heard_of_or_too_soon(world):
    large = world.job(memory_mib=4000)

    assert swept(world) == []
    worker(world, "small", 100, 100)
    assert swept(world, queued_for=timedelta(minutes=1)) == []
    assert job(world, large).state == "queued"


def test_it_does_it_after_all_once_there_is_a_larger_worker(world):
    worker(world, "small", 100, 100)
    large = world.job(memory_mib=4000, disk_mib=50)
    swept(world)
    worker(world, "large", 5000, 100)
    with transaction(world.sessions) as db:
        retry(db, world.curator, large)

    assert swept(world) == []
    assert world.claimed().job_id == large
