"""Workers and the dispatcher are known by what they do, not by being there."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.db import transaction
from storage.jobs.liveness import (
    dispatcher_pulse,
    dispatcher_swept,
    register_worker,
    retire_all,
    retire_silent,
    retire_worker,
    worker_alive,
    worker_names,
    worker_pulses,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def db(quiet_world):
    """A database with two workers."""
    with transaction(quiet_world.sessions) as session:
        for name in ("hue-1", "hue-2"):
            register_worker(session, name, memory_mib=1000, disk_mib=1000, room="bubblewrap")
        yield session


def silence(db, name, minutes):
    """Let so much time pass since a worker was heard of."""
    db.execute(
        text("UPDATE worker SET heartbeat_at = now() - make_interval(mins => :m) WHERE name = :n"),
        {"m": minutes, "n": name},
    )


def test_it_tells_each_workers_silence(db):
    silence(db, "hue-2", 10)
    first, second = worker_pulses(db)

    assert (first.name, second.name) == ("hue-1", "hue-2")
    assert first.silent_s < 60 < 590 < second.silent_s
    worker_alive(db, "hue-2")
    assert max(pulse.silent_s for pulse in worker_pulses(db)) < 60


def test_it_waits_for_no_worker_that_left(db):
    retire_worker(db, "hue-1")
    assert worker_names(db) == ["hue-2"]

    retire_all(db)
    assert worker_names(db) == []

    register_worker(db, "hue-1", memory_mib=1000, disk_mib=1000, room="bubblewrap")
    assert worker_names(db) == ["hue-1"]


def test_it_gives_up_a_worker_silent_for_an_hour_but_never_the_last(db):
    silence(db, "hue-1", 61)
    silence(db, "hue-2", 59)
    assert retire_silent(db, silent_for=HOUR) == ["hue-1"]

    silence(db, "hue-2", 90)
    assert retire_silent(db, silent_for=HOUR) == []
    assert worker_names(db) == ["hue-2"]


def test_it_knows_a_sweep_from_a_hint_the_broker_took(db):
    assert dispatcher_pulse(db) is None
    dispatcher_swept(db, has_hinted=False)
    assert dispatcher_pulse(db).hinted_s is None
    dispatcher_swept(db, has_hinted=True)
    assert dispatcher_pulse(db).hinted_s < 60
