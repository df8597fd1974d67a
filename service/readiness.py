"""What `/readyz` looks at, and the measures that come from the database."""

import socket
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import redis
from sqlalchemy.exc import SQLAlchemyError

from service.dependencies import Services
from service.errors import NotReadyError
from service.schemas.health import Check, Readiness
from storage import clock
from storage.db import transaction
from storage.errors import StorageError
from storage.jobs import queries as jobs
from storage.jobs.changes import rooms_since
from storage.migrate import require_schema, schema_revision

WORKER_SILENT_AFTER = timedelta(seconds=60)
# What a worker calls its room when there is no bubblewrap, only limits.
WITHOUT_SANDBOX = "rlimits"
_BROKER_TIMEOUT_S = 2.0


def check_all(services: Services) -> Readiness:
    """Look at every need; one that fails never hides another."""
    looks: dict[str, Callable[[Services], str]] = {
        "database": _database,
        "objects": _objects,
        "broker": _broker,
        "workers": _workers,
        "room": _room,
    }
    checks = {name: _checked(look, services) for name, look in looks.items()}
    return Readiness(ready=all(check.ok for check in checks.values()), checks=checks)


def _checked(look: Callable[[Services], str], services: Services) -> Check:
    try:
        return Check(ok=True, detail=look(services))
    except (StorageError, NotReadyError) as error:
        return Check(ok=False, detail=error.message)
    except (SQLAlchemyError, redis.RedisError, OSError) as error:
        # Only the class: messages of these libraries repeat addresses and user names.
        return Check(ok=False, detail=f"does not answer ({type(error).__name__})")


def _database(services: Services) -> str:
    with transaction(services.sessions) as db:
        require_schema(db)
        return f"schema {schema_revision(db)}"


def _objects(services: Services) -> str:
    services.store.check()
    return "the bucket answers"


def _broker(services: Services) -> str:
    url = services.settings.broker_url
    if not url.startswith(("redis://", "rediss://")):
        # Any broker Celery speaks will do; of a foreign one we can only see that its port is open.
        address = urlsplit(url)
        socket.create_connection(
            (address.hostname or "localhost", address.port or 5672), _BROKER_TIMEOUT_S
        ).close()
        return "the port is open"
    with redis.Redis.from_url(
        url, socket_timeout=_BROKER_TIMEOUT_S, socket_connect_timeout=_BROKER_TIMEOUT_S
    ) as broker:
        broker.ping()
    return "answers"


def _workers(services: Services) -> str:
    with transaction(services.sessions) as db:
        last = jobs.last_worker_heartbeat(db)
    if last is None:
        raise NotReadyError("no worker was ever heard of")
    silent = clock.now() - last
    if silent > WORKER_SILENT_AFTER:
        raise NotReadyError(f"no worker was heard of for {silent.total_seconds():.0f} s")
    return f"heard of {max(0.0, silent.total_seconds()):.0f} s ago"


def _room(services: Services) -> str:
    """Say how closed the processing rooms are: by the living workers' own word.

    With `strict`, a worker that has no sandbox refuses strangers' files, so the house is not ready.
    """
    with transaction(services.sessions) as db:
        rooms = rooms_since(db, clock.now() - WORKER_SILENT_AFTER)
    if not rooms:
        raise NotReadyError("no worker has said")
    said = f"{services.settings.room}: {', '.join(rooms)}"
    if services.settings.room == "strict" and WITHOUT_SANDBOX in rooms:
        raise NotReadyError(said, hint="install bubblewrap, or set HERITWIN_ROOM=best-effort")
    return said


def measure(services: Services) -> None:
    """Bring the measures that the database knows up to now; without it they stay as they were."""
    services.metrics.listeners.set(services.board.watches)
    try:
        with transaction(services.sessions) as db:
            services.metrics.set_jobs(jobs.counts_by_state(db), jobs.oldest_queued_s(db) or 0.0)
    except (SQLAlchemyError, StorageError):
        return
