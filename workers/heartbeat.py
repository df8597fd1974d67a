"""Keeps a claim alive while its job runs, passes progress on, and sees when the job shall end."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from storage import db as database
from storage.jobs import claims, liveness
from storage.jobs.errors import LostLeaseError
from storage.jobs.records import Claim, Progress
from workers.room.room import Stop
from workers.runtime import Runtime

log = structlog.get_logger()

# Progress goes to the row at most this often, and a cancellation is seen at least this often; the lease
# itself needs far fewer beats.
LOOK_EVERY_S = 1.0
CANCEL_SEEN_WITHIN_S = 2.0


class Heartbeat:
    """A thread that beats for one claim; its ``stop`` ends the work in hand."""

    def __init__(self, runtime: Runtime, claim: Claim) -> None:
        self.stop = Stop()
        self.is_lost = False
        self.is_given_up = False
        self._runtime = runtime
        self._claim = claim
        self._latest: Progress | None = None
        self._sent: Progress | None = None
        self._beaten_at_s = time.monotonic()
        self._draining_at_s: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def report(self, progress: Mapping[str, Any]) -> None:
        """Take note of progress; it is sent with the next beat."""
        total = progress.get("total")
        self._latest = Progress(
            stage=progress["stage"],
            done=int(progress["done"]),
            total=None if total is None else int(total),
            unit=progress.get("unit") or None,
        )

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self._look_for_drain()
            due_s = min(self._runtime.settings.heartbeat_s, CANCEL_SEEN_WITHIN_S)
            elapsed_s = time.monotonic() - self._beaten_at_s
            if self._latest != self._sent or elapsed_s >= due_s:
                self._beat()

    def _look_for_drain(self) -> None:
        if not self._runtime.draining.is_set():
            return
        now_s = time.monotonic()
        self._draining_at_s = self._draining_at_s or now_s
        if now_s - self._draining_at_s >= self._runtime.settings.drain_s:
            self.is_given_up = True
            self.stop.because("worker-lost", "the worker is stopping; the job goes back to the queue")

    def _beat(self) -> None:
        lease_s, progress = self._runtime.settings.lease_s, self._latest
        try:
            with database.transaction(self._runtime.sessions) as db:
                beat = claims.heartbeat(db, self._claim, lease_s=lease_s, progress=progress)
                liveness.worker_alive(db, self._runtime.slot.name)
        except LostLeaseError:
            self._lose("the lease was lost: another attempt has taken over")
        except DBAPIError as error:
            log.warning("heartbeat.failed", error=str(error)[:300])
            if time.monotonic() - self._beaten_at_s > lease_s:
                self._lose("the database did not answer for as long as the lease")
        else:
            self._sent, self._beaten_at_s = progress, time.monotonic()
            if beat.cancelling:
                self.stop.because("cancelled", "cancelled by a person")

    def _lose(self, message: str) -> None:
        self.is_lost = True
        self.stop.because("worker-lost", message)
