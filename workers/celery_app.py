"""The Celery app: it carries hints that there is work, and nothing else."""

from __future__ import annotations

from celery import Celery
from kombu.entity import Queue

from workers.settings import WorkerSettings

HINTS_QUEUE = "heritwin.hints"
HINT_TASK = "heritwin.hint"
OWN_QUEUE = "heritwin.worker."

# A hint older than this tells nothing new: the dispatcher has swept since.
HINT_EXPIRES_S = 60.0


def own_queue(slot_name: str) -> str:
    """Return the queue that only this worker consumes: what comes through it proves this one well."""
    return OWN_QUEUE + slot_name


def make_app(settings: WorkerSettings, slot_name: str | None = None) -> Celery:
    """Return the app: JSON only, acknowledged early, one message at a time, no results.

    A worker gives its slot's name, and consumes a queue of its own beside the one that all share.

    The lease in the job's row is the truth, so a lost, doubled or stale hint does no harm, and the
    broker's redelivery (too late or too often, see the reliability measurements) is not relied on.
    """
    names = [HINTS_QUEUE] if slot_name is None else [HINTS_QUEUE, own_queue(slot_name)]
    app = Celery("heritwin", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_queues=[Queue(name) for name in names],  # type: ignore[no-untyped-call]  # kombu is not annotated
        task_default_queue=HINTS_QUEUE,
        task_create_missing_queues=False,
        task_acks_late=False,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            # A hint is gone once it is read. Kept for an answer, one whose answer the broker did not hear
            # would stay in hand for ever, and no other be taken: the client forgets it only by that answer.
            "ack_emulation": False,
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "retry_on_timeout": True,
        },
        enable_utc=True,
        timezone="UTC",
    )
    return app
