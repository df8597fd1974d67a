"""What a worker process holds from start to end: its slot, its room, its way to rows and bytes."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

import storage.tables  # noqa: F401  # rows of one domain refer to tables of others
from storage import db as database
from storage.db import Sessions
from storage.jobs import claims, liveness
from storage.objects.opening import open_store
from storage.objects.store import ObjectStore
from storage.settings import StorageSettings
from workers.room.probe import probe
from workers.room.room import Room, remove_folder
from workers.room.sandbox import package_folder
from workers.settings import WorkerSettings
from workers.slots import Slot, take_slot

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Passed down to everything a worker does."""

    settings: WorkerSettings
    engine: Engine
    sessions: Sessions
    store: ObjectStore
    room: Room
    slot: Slot
    draining: threading.Event = field(default_factory=threading.Event)
    is_proven: threading.Event = field(default_factory=threading.Event)
    """Set once the store has kept and given back a byte, until a job finds that it does not."""

    def close(self) -> None:
        """Say that this worker leaves, and give back the slot and the connections."""
        try:
            with database.transaction(self.sessions) as db:
                liveness.retire_worker(db, self.slot.name)
        except DBAPIError as error:
            log.warning("worker.leaves_unheard", error=str(error)[:300])
        self.slot.release()
        self.engine.dispose()


def processing_room(settings: WorkerSettings) -> Room:
    """Return the room that runs ``python -m processing run``."""
    package = package_folder("processing")
    return Room(
        isolation=probe(),
        # -P: the job's folder, which a stranger's files share, is never on the import path.
        command=(sys.executable, "-P", "-s", "-B", "-m", "processing", "run", "REQUEST.json"),
        code_folders=(package,),
        numba_cache=settings.numba_cache,
        threads=settings.room_threads,
        is_strict=settings.room == "strict",
    )


def open_runtime(settings: WorkerSettings, storage: StorageSettings, *, room: Room | None = None) -> Runtime:
    """Take a slot, find out what room there is, take back what the slot's last life left running."""
    engine = database.make_engine(storage.database_url, pool_size=4)
    runtime = Runtime(
        settings=settings,
        engine=engine,
        sessions=database.make_sessions(engine),
        store=open_store(storage),
        room=room or processing_room(settings),
        slot=take_slot(settings.rooms_dir, settings.worker_name),
    )
    remove_folder(settings.rooms_dir / runtime.slot.name)
    register(runtime)
    take_back_leases(runtime)
    return runtime


def register(runtime: Runtime) -> None:
    """Say that this worker is there, and what it offers."""
    with database.transaction(runtime.sessions) as db:
        liveness.register_worker(
            db,
            runtime.slot.name,
            memory_mib=runtime.settings.room_memory_mib,
            disk_mib=runtime.settings.disk_mib(),
            room=runtime.room.isolation.name,
        )
    log.info("worker.registered", worker=runtime.slot.name, room=runtime.room.isolation.name)


def take_back_leases(runtime: Runtime) -> None:
    """Return to the queue what this slot held in a life that was killed."""
    with database.transaction(runtime.sessions) as db:
        taken = claims.take_back(db, runtime.slot.name)
    if taken:
        log.info("worker.leases_returned", worker=runtime.slot.name, jobs=[str(job) for job in taken])
