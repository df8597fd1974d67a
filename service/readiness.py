"""What `/readyz` looks at, and the measures that come from the database."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import redis
from sqlalchemy.exc import SQLAlchemyError

from service.dependencies import Services
from service.errors import NotReadyError
from service.schemas.health import Check, Readiness
from storage.db import transaction
from storage.errors import StorageError
from storage.jobs import queries as jobs
from storage.jobs.liveness import dispatcher_pulse, worker_pulses
from storage.migrate import require_schema, schema_revision

# What a worker calls its room when there is no bubblewrap, only limits.
WITHOUT_SANDBOX = "rlimits"
_BROKER_TIMEOUT_S = 2.0


def check_all(services: Services) -> Readiness:
    """Look at every need; one that fails never hides another."""
    looks: dict[str, Callable[[Services], str]] = {
        "database": _database,
        "objects": _objects,
        "broker": _broker,
        "dispatcher": _dispatcher,
        "workers": _workers,
        "room": _room,
        "disk": _disk,
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


def _dispatcher(services: Services) -> str:
    """Say whether the dispatcher sweeps, and whether the broker takes its hints."""
    with transaction(services.sessions) as db:
        pulse = dispatcher_pulse(db)
    longest_s = services.settings.worker_silent_s
    if pulse is None:
        raise NotReadyError("the dispatcher was never heard of")
    if pulse.swept_s > longest_s:
        raise NotReadyError(f"the dispatcher has not swept for {pulse.swept_s:.0f} s")
    if pulse.hinted_s is None or pulse.hinted_s > longest_s:
        since = "ever" if pulse.hinted_s is None else f"for {pulse.hinted_s:.0f} s"
        raise NotReadyError(f"the broker has taken no hint of the dispatcher {since}")
    return f"swept {pulse.swept_s:.0f} s ago"


def _workers(services: Services) -> str:
    """Say whether every worker consumes; one that does not is named, however many others do."""
    with transaction(services.sessions) as db:
        pulses = worker_pulses(db)
    if not pulses:
        raise NotReadyError("no worker was ever heard of, or all have left")
    silent = [p for p in pulses if p.silent_s > services.settings.worker_silent_s]
    if silent:
        named = ", ".join(f"{p.name} for {p.silent_s:.0f} s" for p in silent)
        raise NotReadyError(f"{len(silent)} of {len(pulses)} workers took no hint: {named}")
    longest = max(pulses, key=lambda p: p.silent_s)
    return f"{len(pulses)} consume; {longest.name} took a hint {longest.silent_s:.0f} s ago"


def _room(services: Services) -> str:
    """Say how closed the processing rooms are: by the living workers' own word.

    With `strict`, a worker that has no sandbox refuses strangers' files, so the house is not ready.
    """
    with transaction(services.sessions) as db:
        pulses = worker_pulses(db)
    rooms = sorted({p.room for p in pulses if p.silent_s <= services.settings.worker_silent_s})
    if not rooms:
        raise NotReadyError("no worker has said")
    said = f"{services.settings.room}: {', '.join(rooms)}"
    if services.settings.room == "strict" and WITHOUT_SANDBOX in rooms:
        raise NotReadyError(said, hint="install bubblewrap, or set HERITWIN_ROOM=best-effort")
    return said


def _disk(services: Services) -> str:
    """Say what is free. A full disk is no reason to send readers away: only new uploads are refused."""
    room = services.disk.room()
    if room is None:
        return "not watched: rows and bytes are kept elsewhere"
    return f"LOW, new uploads are refused: {room.figures()}" if room.is_low else room.figures()


def measure(services: Services) -> None:
    """Bring the measures that the database knows up to now; without it they stay as they were."""
    services.metrics.listeners.set(services.board.watches)
    room = services.disk.room()
    if room is not None:
        services.metrics.free_bytes.set(room.free_bytes)
        services.metrics.floor_bytes.set(room.floor_bytes)
    try:
        with transaction(services.sessions) as db:
            services.metrics.set_jobs(jobs.counts_by_state(db), jobs.oldest_queued_s(db) or 0.0)
    except (SQLAlchemyError, StorageError):
        return
