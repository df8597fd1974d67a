"""The worker process: Celery's consumer around one slot, which does one job at a time."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from storage.settings import StorageSettings
from workers.celery_app import make_app
from workers.room.room import Room
from workers.runtime import Runtime, open_runtime
from workers.settings import WorkerSettings
from workers.tasks import register_tasks

log = structlog.get_logger()


def run_worker(settings: WorkerSettings, storage: StorageSettings, *, room: Room | None = None) -> int:
    """Open a worker, and consume hints until SIGTERM; it leaves in order even where that comes early."""
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    runtime = open_runtime(settings, storage, room=room)
    try:
        # From here on, until Celery takes the signal over: what is open is closed by the way out.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        return 0 if asked.is_set() else _work(runtime)
    finally:
        runtime.close()


def _work(runtime: Runtime) -> int:
    """Consume hints until SIGTERM; a job then still running has ``drain_s`` to end, and goes back if not.

    The solo pool: the job's child is watched from the main thread, whose death the kernel tells the room
    of, and a worker that hangs is seen because it no longer consumes.
    """
    app = make_app(runtime.settings, runtime.slot.name)
    register_tasks(app, runtime)

    def drain(**_: Any) -> None:
        log.info("worker.stopping", worker=runtime.slot.name)
        runtime.draining.set()

    def begin(**_: Any) -> None:
        log.info("worker.ready", worker=runtime.slot.name)

    worker_shutting_down.connect(drain, weak=False)
    worker_ready.connect(begin, weak=False)
    return _consume(app, runtime)


def _consume(app: Celery, runtime: Runtime) -> int:
    worker = app.Worker(
        hostname=f"{runtime.slot.name}@heritwin",
        pool_cls="solo",
        concurrency=1,
        optimization="fair",
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
