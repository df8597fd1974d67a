"""Who lives: workers by what they consume, the dispatcher by what it sends, both on the database's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.jobs.tables import DispatcherRow, WorkerRow

DISPATCHER = "dispatcher"
"""The name of its row: an advisory lock sees to it that there is one."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """How long a worker slot has been silent."""

    name: str
    room: str
    silent_s: float


@dataclass(frozen=True, kw_only=True)
class DispatcherPulse:
    """How long ago the dispatcher swept, and how long ago the broker took a hint of it (None: never)."""

    swept_s: float
    hinted_s: float | None


def register_worker(db: Session, name: str, *, memory_mib: int, disk_mib: int, room: str) -> None:
    """Write that a worker slot has started, and what it has room for."""
    at = func.clock_timestamp()
    values = {
        "memory_mib": memory_mib,
        "disk_mib": disk_mib,
        "room": room,
        "started_at": at,
        "heartbeat_at": at,
        "retired_at": None,
    }
    statement = insert(WorkerRow).values(name=name, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def worker_alive(db: Session, name: str) -> None:
    """Write that a worker slot has consumed a hint, or still works on its job."""
    heard = {"heartbeat_at": func.clock_timestamp(), "retired_at": None}
    db.execute(update(WorkerRow).where(WorkerRow.name == name).values(heard))


def retire_worker(db: Session, name: str) -> None:
    """Write that a worker slot has left in order: nobody waits to hear of it."""
    leaving = update(WorkerRow).where(WorkerRow.name == name)
    db.execute(leaving.values(retired_at=func.clock_timestamp()))


def retire_all(db: Session) -> None:
    """Write that no worker runs: known to whoever starts them all on a machine of its own."""
    db.execute(
        update(WorkerRow).where(WorkerRow.retired_at.is_(None)).values(retired_at=func.clock_timestamp())
    )


def retire_silent(db: Session, *, silent_for: timedelta) -> Sequence[str]:
    """Give up workers that were silent for so long (a machine taken away); return which.

    Never the last one: a house without workers is not well because it has been without for long.
    """
    at = func.clock_timestamp()
    is_silent = WorkerRow.heartbeat_at < at - silent_for
    others_live = select(WorkerRow.name).where(WorkerRow.retired_at.is_(None), ~is_silent).exists()
    given_up = update(WorkerRow).where(WorkerRow.retired_at.is_(None), is_silent, others_live)
    return list(
        db.scalars(
            given_up.values(retired_at=at)
            .returning(WorkerRow.name)
            .execution_options(synchronize_session=False)
        )
    )


def worker_names(db: Session) -> Sequence[str]:
    """Return the worker slots that should be heard of."""
    return list(
        db.scalars(select(WorkerRow.name).where(WorkerRow.retired_at.is_(None)).order_by(WorkerRow.name))
    )


def worker_pulses(db: Session) -> Sequence[Pulse]:
    """Return the workers that should be heard of, and for how long they were not."""
    silent_s = func.extract("epoch", func.clock_timestamp() - WorkerRow.heartbeat_at)
    query = select(WorkerRow.name, WorkerRow.room, silent_s).where(WorkerRow.retired_at.is_(None))
    return [
        Pulse(name=name, room=room, silent_s=max(0.0, float(silent)))
        for name, room, silent in db.execute(query.order_by(WorkerRow.name))
    ]


def dispatcher_swept(db: Session, *, has_hinted: bool) -> None:
    """Write that the dispatcher has swept, and whether the broker took its hints this time."""
    at = func.clock_timestamp()
    values = {"swept_at": at} | ({"hinted_at": at} if has_hinted else {})
    statement = insert(DispatcherRow).values(name=DISPATCHER, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def dispatcher_pulse(db: Session) -> DispatcherPulse | None:
    """Return when the dispatcher was last heard of; None if it never was."""
    at = func.clock_timestamp()
    query = select(
        func.extract("epoch", at - DispatcherRow.swept_at),
        func.extract("epoch", at - DispatcherRow.hinted_at),
    ).where(DispatcherRow.name == DISPATCHER)
    found = db.execute(query).one_or_none()
    if found is None:
        return None
    swept_s, hinted_s = found
    return DispatcherPulse(swept_s=float(swept_s), hinted_s=None if hinted_s is None else float(hinted_s))
