"""The text of an event stream: what is, then what changes, then the end."""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from service.events.board import JobBoard
from storage.errors import ForbiddenError, NotFoundError, UnauthorizedError
from storage.jobs.records import Job

AT_REST = frozenset({"succeeded", "failed", "cancelled"})
KEEP_ALIVE_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def job_events(
    board: JobBoard,
    watched_id: UUID,
    read: Callable[[], Sequence[Job]],
    show: Callable[[Job], dict[str, Any]],
    *,
    once: bool,
    owner: UUID | None = None,
    keep_alive_s: float = KEEP_ALIVE_S,
) -> AsyncIterator[str]:
    """Yield the stream: `job` for each job as it is and as it changes, `end` when all are at rest.

    The watch begins before the first reading, so nothing falls between the two. Every so often everything is
    read again, news or not: a notification lost with its connection is made good then, and a reader whose
    right was withdrawn is told nothing more.
    """
    states: dict[UUID, tuple[str, Any]] = {}
    async with board.watch(watched_id, owner) as watch:
        news: Sequence[Job] = await run_in_threadpool(read)
        read_at_s = time.monotonic()
        while True:
            for job in news:
                mark = (job.state, (job.changed_at, job.stage, job.done, job.total))
                if states.get(job.id) != mark:
                    states[job.id] = mark
                    yield event("job", show(job))
            if once or watch.is_closed or all(state in AT_REST for state, _ in states.values()):
                break
            left_s = keep_alive_s - (time.monotonic() - read_at_s)
            news = await watch.take(left_s) if left_s > 0 else []
            if time.monotonic() - read_at_s >= keep_alive_s and not watch.is_closed:
                yield ": keep-alive\n\n"
                try:
                    news = await run_in_threadpool(read)
                except (NotFoundError, UnauthorizedError, ForbiddenError):
                    return
                read_at_s = time.monotonic()
    if not watch.is_closed:
        yield event("end", {"states": {str(job_id): state for job_id, (state, _) in states.items()}})


def event(name: str, data: dict[str, Any]) -> str:
    """Return one event; JSON has no line breaks, so its data is one line."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
