"""The worker process: Celery's consumer around one slot, which does one job at a time."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from workers.celery_app import make_app
from workers.runtime import Runtime
from workers.tasks import register_tasks

log = structlog.get_logger()


def run_worker(runtime: Runtime) -> int:
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
