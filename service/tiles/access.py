"""Who may read a derivative's tiles; an answer is remembered for less than a minute.

Withdrawing a version stops our own answers within 60 s: nothing here is remembered longer than
`access_cache_s` (30 s by default), and only permission is remembered, never refusal.
"""

import hashlib
from collections.abc import Callable
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.tiles.caches import WeightedCache
from service.tiles.tokens import read_token
from storage import clock
from storage.callers import ANONYMOUS, Caller
from storage.db import Sessions, transaction
from storage.derivatives import queries as derivatives
from storage.derivatives.belonging import belongs_to
from storage.errors import NotFoundError, UnavailableError
from storage.organisations import queries as organisations
from storage.organisations.persons import reader_of_person

_ANSWERS_KEPT = 20_000


class ReadAccess:
    """Permission to read derivatives, by way of asking; each check returns the caller it was given to."""

    def __init__(self, sessions: Sessions, secret: bytes, max_age_s: float) -> None:
        self._sessions = sessions
        self._secret = secret
        self._allowed: WeightedCache[tuple[object, ...], Caller] = WeightedCache(
            _ANSWERS_KEPT, max_age_s=max_age_s
        )

    async def of_anyone(self, derivative_id: UUID) -> Caller:
        """Let everybody read what belongs to a published version of a public root."""

        def check(db: Session) -> Caller:
            if not derivatives.is_public(db, derivative_id):
                raise NotFoundError.of("derivative", derivative_id)
            return ANONYMOUS

        return await self._remembered(("public", derivative_id), check)

    async def of_key(self, secret: str, derivative_id: UUID) -> Caller:
        """Let the person of a key read what they may."""

        def check(db: Session) -> Caller:
            caller = organisations.authenticate_key(db, secret)
            derivatives.require_readable(db, caller, derivative_id)
            return caller

        return await self._remembered(("key", _digest(secret), derivative_id), check)

    async def of_session(self, cookie: str | None, derivative_id: UUID) -> Caller:
        """Let the person of a session read what they may; without one, what anybody may."""
        if cookie is None:
            return await self.of_anyone(derivative_id)

        def check(db: Session) -> Caller:
            caller = organisations.authenticate_session(db, cookie)
            derivatives.require_readable(db, caller, derivative_id)
            return caller

        return await self._remembered(("session", _digest(cookie), derivative_id), check)

    async def of_token(self, text: str, derivative_id: UUID) -> Caller:
        """Let the bearer of a token read what belongs to its version, while its person may."""
        token = read_token(text, self._secret, clock.now())

        def check(db: Session) -> Caller:
            caller = reader_of_person(db, token.person_id)
            derivatives.require_readable(db, caller, derivative_id)
            if not belongs_to(db, derivative_id, token.version_id):
                raise NotFoundError.of("derivative", derivative_id)
            return caller

        return await self._remembered(("token", token.person_id, token.version_id, derivative_id), check)

    async def _remembered(self, key: tuple[object, ...], check: Callable[[Session], Caller]) -> Caller:
        known = self._allowed.get(key)
        if known is not None:
            return known
        caller = await run_in_threadpool(self._checked, check)
        self._allowed.put(key, caller)
        return caller

    def _checked(self, check: Callable[[Session], Caller]) -> Caller:
        try:
            with transaction(self._sessions) as db:
                return check(db)
        except (OperationalError, InterfaceError, PoolTimeoutError) as error:
            raise UnavailableError(f"the database does not answer ({type(error).__name__})") from error


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
