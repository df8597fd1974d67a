"""One board of jobs per process: woken by the database, read once for all who watch.

Whatever the number of streams and of changes, the board asks the database at most once a second, so each
job is told of at most once a second, and its last state is always told.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from starlette.concurrency import run_in_threadpool

from storage.errors import StorageError
from storage.jobs.records import Job

log = structlog.get_logger()

PERIOD_S = 1.0


class Watch:
    """What one stream has yet to tell: the newest record of each job, so a slow reader costs little."""

    def __init__(self) -> None:
        self._news: dict[UUID, Job] = {}
        self._arrived = asyncio.Event()
        self.is_closed = False

    def put(self, job: Job) -> None:
        """Add a record; an older one of the same job not yet told is dropped."""
        self._news[job.id] = job
        self._arrived.set()

    def close(self) -> None:
        """Tell the stream that the server is leaving."""
        self.is_closed = True
        self._arrived.set()

    async def take(self, timeout_s: float) -> list[Job]:
        """Return the news; none when the time passes without any, or when the watch was closed."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._arrived.wait()
        except TimeoutError:
            return []
        self._arrived.clear()
        news, self._news = list(self._news.values()), {}
        return news


class JobBoard:
    """Knows who watches which job or version, and brings them what changed."""

    def __init__(
        self, load: Callable[[Sequence[UUID]], Sequence[Job]], *, period_s: float = PERIOD_S
    ) -> None:
        self._load = load
        self._period_s = period_s
        self._watches: defaultdict[UUID, set[Watch]] = defaultdict(set)
        self._owners: Counter[UUID | None] = Counter()
        self._changed: set[UUID] = set()
        self._woken = asyncio.Event()
        self._is_closed = False

    @property
    def watches(self) -> int:
        """How many streams are open."""
        return sum(len(watches) for watches in self._watches.values())

    def watches_of(self, owner: UUID | None) -> int:
        """How many streams one person has open."""
        return self._owners[owner]

    @asynccontextmanager
    async def watch(self, subject_id: UUID, owner: UUID | None = None) -> AsyncIterator[Watch]:
        """Watch a job, or all jobs of a version, while the block lasts."""
        watch = Watch()
        self._owners[owner] += 1
        if self._is_closed:
            watch.close()
        self._watches[subject_id].add(watch)
        try:
            yield watch
        finally:
            self._owners[owner] -= 1
            if not self._owners[owner]:
                del self._owners[owner]
            self._watches[subject_id].discard(watch)
            if not self._watches[subject_id]:
                del self._watches[subject_id]

    def notice(self, job_id: UUID) -> None:
        """Take note that a job changed; nobody watching, nothing is read."""
        if self._watches:
            self._changed.add(job_id)
            self._woken.set()

    def close(self) -> None:
        """End every stream, now and from now on, so that the server can stop."""
        self._is_closed = True
        for watch in [watch for watches in self._watches.values() for watch in watches]:
            watch.close()

    async def run(self) -> None:
        """Bring news until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            changed, self._changed = self._changed, set()
            await self._bring(changed)
            await asyncio.sleep(self._period_s)

    async def _bring(self, changed: set[UUID]) -> None:
        try:
            jobs = await run_in_threadpool(self._load, list(changed))
        except StorageError as error:
            # The streams read again by themselves at their next keep-alive.
            log.warning("jobs.unread", kind=error.kind, jobs=len(changed))
            return
        for job in jobs:
            watching = self._watches.get(job.id, set())
            if job.version_id is not None:
                watching = watching | self._watches.get(job.version_id, set())
            for watch in watching:
                watch.put(job)
