"""The one LISTEN connection of the process."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import psycopg
import structlog
from psycopg import sql

from storage.jobs.channel import CHANNEL

log = structlog.get_logger()

RETRY_S = 2.0


def connection_string(database_url: str) -> str:
    """Return the address as libpq reads it."""
    return database_url.replace("postgresql+psycopg://", "postgresql://", 1)


async def listen(database_url: str, notice: Callable[[UUID], None]) -> None:
    """Pass on the id of every job that changes, until cancelled; a lost connection is made again.

    What changed while there was none is found by the streams, which read again at their keep-alive.
    """
    while True:
        try:
            await _listen_once(connection_string(database_url), notice)
        except psycopg.OperationalError as error:
            log.warning("events.connection_lost", error=type(error).__name__)
        await asyncio.sleep(RETRY_S)


async def _listen_once(conninfo: str, notice: Callable[[UUID], None]) -> None:
    connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True, connect_timeout=10)
    async with connection:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        async for notification in connection.notifies():
            try:
                job_id = UUID(notification.payload)
            except ValueError:
                log.warning("events.payload_unreadable", payload=notification.payload[:100])
                continue
            notice(job_id)
