"""The dispatcher: tells workers of queued jobs, returns expired leases, fails what fits nobody, reaps."""

from __future__ import annotations

import signal
import threading
import time
from datetime import timedelta
from types import FrameType

import psycopg
import structlog
from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import DBAPIError

import storage.tables  # noqa: F401  # rows of one domain refer to tables of others
from storage import db as database
from storage.db import Sessions
from storage.errors import StorageError
from storage.jobs import claims, liveness, queries
from storage.jobs.channel import CHANNEL
from storage.jobs.unfit import fail_unfit
from storage.objects.opening import open_store
from storage.objects.store import ObjectStore
from storage.settings import StorageSettings
from workers.celery_app import make_app
from workers.hints import send_canaries, send_hints
from workers.reaping import (
    abort_orphans,
    drop_unneeded_blobs,
    forget_answers,
    reap_deleted_blobs,
    reap_idle_sharings,
    reap_idle_uploads,
    reap_lost_derivatives,
    reap_pieces,
)
from workers.settings import WorkerSettings

log = structlog.get_logger()

SWEEP_EVERY_S = 2.0
# Jobs often come several in one transaction, and progress notifies too: look once for a burst.
BURST_S = 0.05
REAP_EVERY_S = 60.0
ORPHANS_EVERY_S = 3600.0
# A worker that says nothing for so long was taken away; its row is no longer waited for.
WORKER_GONE_AFTER = timedelta(hours=1)
RECONNECT_EVERY_S = 1.0

# Any fixed number: the advisory lock that only one dispatcher of a database holds.
LOCK_KEY = 0x48455249


class Dispatcher:
    """Wakes on notifications and every two seconds; holds no state that a restart would miss."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        listen_url: str,
        app: Celery,
        store: ObjectStore,
        idle_days: float,
        canary_s: float,
    ) -> None:
        self._sessions = sessions
        self._listen_url = listen_url
        self._app = app
        self._store = store
        self._idle_days = idle_days
        self._canary_s = canary_s
        self._stopping = threading.Event()
        self._canaries_at_s = 0.0
        self._told_at_s = 0.0
        self._reaped_at_s = time.monotonic()
        self._orphans_at_s = float("-inf")

    def stop(self) -> None:
        """End after the sweep in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Sweep until stopped, through failures of the database and the broker."""
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._listen_url, autocommit=True, connect_timeout=10) as connection:
                    if self._is_the_one(connection):
                        self._listen(connection)
            except psycopg.Error as error:
                log.warning("dispatcher.database_unavailable", error=str(error)[:300])
            self._stopping.wait(RECONNECT_EVERY_S)

    def _is_the_one(self, connection: psycopg.Connection) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone()
        return row is not None and bool(row[0])

    def _listen(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {CHANNEL}".encode())
        log.info("dispatcher.started")
        while not self._stopping.is_set():
            self.sweep()
            for _ in connection.notifies(timeout=SWEEP_EVERY_S, stop_after=1):
                self._stopping.wait(BURST_S)

    def sweep(self) -> int:
        """Return expired leases, send hints, reap now and then; return how many jobs are queued."""
        queued = 0
        try:
            with database.transaction(self._sessions) as db:
                expired = claims.requeue_expired(db)
                queued = queries.queued_count(db)
            if expired:
                log.warning("leases.expired", jobs=[str(job) for job in expired])
            self._hint(queued)
            self._tell(has_hinted=True)
            self._reap()
        except DBAPIError as error:
            log.warning("dispatcher.database_unavailable", error=str(error)[:300])
        except StorageError as error:
            log.warning("dispatcher.store_unavailable", error=error.message[:300])
        except BrokerError as error:
            log.warning("dispatcher.broker_unavailable", error=str(error)[:300])
            self._tell(has_hinted=False)
        return queued

    def _hint(self, queued: int) -> None:
        """Wake workers for what is queued; now and then each one by itself, to see that it consumes."""
        if queued:
            send_hints(self._app, queued)
        now_s = time.monotonic()
        if now_s - self._canaries_at_s < self._canary_s:
            return
        with database.transaction(self._sessions) as db:
            workers = liveness.worker_names(db)
        send_canaries(self._app, workers)
        self._canaries_at_s = now_s

    def _tell(self, *, has_hinted: bool) -> None:
        """Write that we sweep, and reach the broker; bursts of notifications are not worth a row each."""
        now_s = time.monotonic()
        if has_hinted and now_s - self._told_at_s < SWEEP_EVERY_S / 2:
            return
        try:
            with database.transaction(self._sessions) as db:
                liveness.dispatcher_swept(db, has_hinted=has_hinted)
        except DBAPIError as error:
            log.warning("dispatcher.database_unavailable", error=str(error)[:300])
        else:
            self._told_at_s = now_s

    def _reap(self) -> None:
        now_s = time.monotonic()
        if now_s - self._reaped_at_s < REAP_EVERY_S:
            return
        self._reaped_at_s = now_s
        self.tidy()

    def tidy(self) -> None:
        """Fail jobs that fit no worker, and take away what nobody needs any more."""
        with database.transaction(self._sessions) as db:
            unfit = fail_unfit(db)
            gone = liveness.retire_silent(db, silent_for=WORKER_GONE_AFTER)
        if unfit:
            log.warning("jobs.unfit", jobs=[str(job) for job in unfit])
        if gone:
            log.warning("workers.gone", workers=gone)
        forget_answers(self._sessions)
        reap_idle_sharings(self._sessions, idle_days=self._idle_days)
        reap_lost_derivatives(self._sessions, self._store)
        reap_idle_uploads(self._sessions, self._store, idle_days=self._idle_days)
        reap_pieces(self._sessions, self._store)
        drop_unneeded_blobs(self._sessions, idle_days=self._idle_days)
        reap_deleted_blobs(self._sessions, self._store)
        self._abort_orphans()

    def _abort_orphans(self) -> None:
        """Now and then: the store lists every multipart upload there is."""
        now_s = time.monotonic()
        if now_s - self._orphans_at_s >= ORPHANS_EVERY_S:
            self._orphans_at_s = now_s
            abort_orphans(self._sessions, self._store)


def run_dispatcher(settings: WorkerSettings, storage: StorageSettings) -> int:
    """Run the dispatcher until SIGTERM or SIGINT."""
    engine = database.make_engine(storage.database_url, pool_size=2)
    dispatcher = Dispatcher(
        sessions=database.make_sessions(engine),
        listen_url=storage.database_url.replace("postgresql+psycopg://", "postgresql://", 1),
        app=make_app(settings),
        store=open_store(storage),
        idle_days=settings.idle_upload_days,
        canary_s=settings.canary_s,
    )

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        dispatcher.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    dispatcher.run()
    engine.dispose()
    log.info("dispatcher.stopped")
    return 0
