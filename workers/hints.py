"""Sends hints to workers, never more than are of use."""

from __future__ import annotations

from celery import Celery

from workers.celery_app import HINT_EXPIRES_S, HINT_TASK, HINTS_QUEUE

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
        channel = connection.default_channel
        queue = app.amqp.queues[HINTS_QUEUE].bind(channel)
        waiting = int(queue.queue_declare(passive=False).message_count)
        missing: int = max(0, min(wanted, MOST_WAITING) - waiting)
        with app.amqp.Producer(channel) as producer:
            for _ in range(missing):
                app.send_task(
                    HINT_TASK, queue=HINTS_QUEUE, producer=producer, expires=HINT_EXPIRES_S, retry=False
                )
    return missing
