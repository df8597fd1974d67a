"""The one Celery task: a hint that there may be work."""

from __future__ import annotations

import structlog
from celery import Celery
from sqlalchemy.exc import DBAPIError

from workers.attempts import work_through
from workers.celery_app import HINT_TASK
from workers.runtime import Runtime

log = structlog.get_logger()


def register_tasks(app: Celery, runtime: Runtime) -> None:
    """Give the app its task.

    A hint names no job: the worker claims the next one it has memory for, so a lost, doubled or late hint
    changes nothing but when work begins.
    """

    def hint() -> None:
        try:
            work_through(runtime)
        except DBAPIError as error:
            log.warning("worker.database_unavailable", error=str(error)[:300])

    app.task(hint, name=HINT_TASK, ignore_result=True)
