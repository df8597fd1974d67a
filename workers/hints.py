"""Sends hints to workers, never more than are of use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celery import Celery
from kombu.entity import Queue

from workers.celery_app import HINT_EXPIRES_S, HINT_TASK, HINTS_QUEUE, own_queue

# Each hint wakes one worker, which then works on until nothing is left; more would only be read and dropped.
MOST_WAITING = 64


def send_hints(app: Celery, wanted: int) -> int:
    """Bring the hints waiting at the broker up to ``wanted``; return how many were sent.

    Raises
    ------
    kombu.exceptions.OperationalError
        If the broker does not answer; the next sweep tries again.
    """
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5, reraise_as_library_errors=True)
        return _fill(app, connection.default_channel, HINTS_QUEUE, min(wanted, MOST_WAITING))


def send_canaries(app: Celery, workers: Iterable[str]) -> int:
    """Send each worker a hint of its own, unless one still waits for it; return how many were sent.

    Only the worker named can take it, through the broker, by the loop that takes all its work: what its row
    then says is that this one consumes, not that some process lives.

    Raises
    ------
    kombu.exceptions.OperationalError
        If the broker does not answer.
    """
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5, reraise_as_library_errors=True)
        return sum(_fill(app, connection.default_channel, own_queue(worker), 1) for worker in workers)


def _fill(app: Celery, channel: Any, name: str, wanted: int) -> int:
    """Bring a queue up to so many hints; return how many were sent."""
    queue = Queue(name).bind(channel)  # type: ignore[no-untyped-call]  # kombu is not annotated
    missing = max(0, wanted - int(queue.queue_declare(passive=False).message_count))
    with app.amqp.Producer(channel) as producer:
        for _ in range(missing):
            app.send_task(HINT_TASK, queue=queue, producer=producer, expires=HINT_EXPIRES_S, retry=False)
    return missing
