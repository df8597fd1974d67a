"""Workers take jobs: each one once, and a lost one again."""

import threading
from collections import Counter

import psycopg
import pytest
from sqlalchemy import text

from storage.db import transaction
from storage.jobs.channel import CHANNEL
from storage.jobs.claims import (
    claim_next,
    heartbeat,
    requeue_expired,
    take_back,
)
from storage.jobs.control import cancel
from storage.jobs.errors import LostLeaseError
from storage.jobs.finishing import confirm_cancelled, fail, finish, give_back
from storage.jobs.queries import one_job
from storage.jobs.records import Outputs, Progress


@pytest.fixture
def world(quiet_world):
    """An empty queue."""
    return quiet_world


def expire(world) -> None:
    """Let every lease run out, as time would."""
    with transaction(world.sessions) as db:
        db.execute(
            text("UPDATE job SET lease_ends_at = now() - interval '1 s' WHERE lease_ends_at IS NOT NULL")
        )


def job(world, job_id):
    """The job as it is now."""
    with transaction(world.sessions) as db:
        return one_job(db, job_id)


def test_it_never_gives_one_job_to_two_workers(world):
    jobs = {world.job(parameters={"n": n}) for n in range(40)}
    taken: list = []

    def work(name: str) -> None:
        while True:
            with transaction(world.sessions) as db:
                claim = claim_next(db, worker=name, memory_mib=9999, disk_mib=9999, lease_s=60)
            if claim is None:
                return
            taken.append(claim.job_id)
            with transaction(world.sessions) as db:
                finish(db, world.store, claim, Outputs())

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert Counter(taken) == dict.fromkeys(jobs, 1)
    assert all(job(world, each).state == "succeeded" for each in jobs)


def test_it_takes_the_most_urgent_then_the_least_served_then_the_oldest(world):
    old = world.job(parameters={"n": 1})
    young = world.job(parameters={"n": 2})
    other = world.job(parameters={"n": 3}, organisation_id=world.hanoi)
    urgent = world.job(parameters={"n": 4}, priority=10)

    order = [world.claimed().job_id for _ in range(4)]

    assert order == [urgent, other, old, young]


def test_it_gives_a_worker_only_what_it_has_room_for(world):
    world.job(memory_mib=4000)
    small = world.job(parameters={"small": True}, memory_mib=500)
    with transaction(world.sessions) as db:
        claim = claim_next(db, worker="w", memory_mib=1000, disk_mib=9999, lease_s=60)
        nothing = claim_next(db, worker="w", memory_mib=1000, disk_mib=9999, lease_s=60)

    assert claim.job_id == small
    assert nothing is None


def test_it_does_a_lost_job_again_and_refuses_the_first_worker(world):
    made = world.job()
    first = world.claimed(worker="lost")
    expire(world)
    with transaction(world.sessions) as db:
        assert requeue_expired(db) == [made]
    second = world.claimed(worker="found")

    with pytest.raises(LostLeaseError):
        world.finish(first)
    with transaction(world.sessions) as db, pytest.raises(LostLeaseError):
        heartbeat(db, first, lease_s=60)
    with transaction(world.sessions) as db, pytest.raises(LostLeaseError):
        fail(db, first, kind="internal", message="late")
    done = world.finish(second)

    assert (second.number, second.fence) == (2, first.fence + 1)
    assert done.state == "succeeded"
    assert [attempt.state for attempt in done.attempts] == ["lost", "succeeded"]


def test_it_fails_a_job_that_was_lost_three_times_with_its_reason(world):
    made = world.job()
    for _ in range(3):
        world.claimed()
        expire(world)
        with transaction(world.sessions) as db:
            requeue_expired(db)

    failed = job(world, made)
    assert world.claim() is None
    assert (failed.state, failed.error.kind) == ("failed", "worker-lost")
    assert [attempt.state for attempt in failed.attempts] == ["lost"] * 3


def test_it_leaves_jobs_alone_whose_lease_runs(world):
    world.job()
    claim = world.claimed()
    with transaction(world.sessions) as db:
        beat = heartbeat(db, claim, lease_s=600)
        assert requeue_expired(db) == []

    assert beat.lease_ends_at > claim.lease_ends_at


def test_it_lets_a_worker_take_back_its_own_jobs_at_start(world):
    mine, other = world.job(parameters={"n": 1}), world.job(parameters={"n": 2})
    world.claimed(worker="slot-1")
    world.claimed(worker="slot-2")
    with transaction(world.sessions) as db:
        assert take_back(db, "slot-1") == [mine]

    assert job(world, mine).state == "queued"
    assert job(world, other).state == "running"


def test_it_shows_progress(world):
    made = world.job()
    claim = world.claimed()
    with transaction(world.sessions) as db:
        progress = Progress(stage="sorting", done=3, total=10, unit="points")
        assert heartbeat(db, claim, lease_s=60, progress=progress).cancelling is False

    seen = job(world, made)
    assert (seen.stage, seen.done, seen.total, seen.unit) == ("sorting", 3, 10, "points")


def test_it_cancels_a_running_job_by_its_heartbeat(world):
    made = world.job()
    claim = world.claimed()
    with transaction(world.sessions) as db:
        assert cancel(db, world.contributor, made).state == "cancelling"
        assert heartbeat(db, claim, lease_s=60).cancelling is True
        assert confirm_cancelled(db, claim).state == "cancelled"


def test_it_drops_what_a_cancelled_job_still_made(world):
    made = world.job()
    claim = world.claimed()
    with transaction(world.sessions) as db:
        cancel(db, world.contributor, made)

    assert world.finish(claim).state == "cancelled"


def test_it_tries_again_what_may_pass_by_itself_and_nothing_else(world):
    passing, lasting = world.job(parameters={"n": 1}), world.job(parameters={"n": 2})
    first, second = world.claimed(), world.claimed()
    with transaction(world.sessions) as db:
        fail(db, first, kind="storage-unavailable", message="S3 is away")
        fail(db, second, kind="truncated", message="ends early", hint="send it again")

    assert job(world, passing).state == "queued"
    failed = job(world, lasting)
    assert (failed.state, failed.error.kind, failed.error.hint) == ("failed", "truncated", "send it again")


def test_it_takes_back_a_job_of_a_stopping_worker_without_counting_it(world):
    made = world.job()
    for _ in range(5):
        claim = world.claimed()
        with transaction(world.sessions) as db:
            give_back(db, claim)

    assert job(world, made).state == "queued"


def test_it_has_one_live_job_per_work_key_and_makes_a_new_one_after_it(world):
    first = world.job(parameters={"same": True})
    assert world.job(parameters={"same": True}) == first
    assert world.job(parameters={"same": False}) != first
    world.finish(world.claimed())

    assert world.job(parameters={"same": True}) != first


def test_it_tells_listeners_of_every_change(world):
    plain = world.url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        made = world.job()
        world.finish(world.claimed())
        heard = [note.payload for note in listener.notifies(timeout=10, stop_after=3)]

    assert heard == [str(made)] * 3
