"""Who may read a derivative's tiles; an answer is remembered for less than a minute.

Withdrawing a version stops our own answers within 60 s: nothing here is remembered longer than
`access_cache_s` (30 s by default), and only permission is remembered, never refusal.
"""

import hashlib
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from service.tiles.caches import WeightedCache
from service.tiles.tokens import TileToken, read_token
from storage import clock
from storage.callers import ANONYMOUS, Caller
from storage.db import Sessions, transaction
from storage.derivatives import queries as derivatives
from storage.derivatives.belonging import belongs_to
from storage.errors import NotFoundError
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
        key = ("public", derivative_id)
        return self._allowed.get(key) or await run_in_threadpool(self._check_public, key, derivative_id)

    async def of_key(self, secret: str, derivative_id: UUID) -> Caller:
        """Let the person of a key read what they may."""
        key = ("key", hashlib.sha256(secret.encode()).digest(), derivative_id)
        return self._allowed.get(key) or await run_in_threadpool(self._check_key, key, secret, derivative_id)

    async def of_session(self, cookie: str | None, derivative_id: UUID) -> Caller:
        """Let the person of a session read what they may; without one, what anybody may."""
        if cookie is None:
            return await self.of_anyone(derivative_id)
        key = ("session", hashlib.sha256(cookie.encode()).digest(), derivative_id)
        return self._allowed.get(key) or await run_in_threadpool(
            self._check_session, key, cookie, derivative_id
        )

    async def of_token(self, text: str, derivative_id: UUID) -> Caller:
        """Let the bearer of a token read what belongs to its version, while its person may."""
        token = read_token(text, self._secret, clock.now())
        key = ("token", token.person_id, token.version_id, derivative_id)
        return self._allowed.get(key) or await run_in_threadpool(self._check_token, key, token, derivative_id)

    def _check_public(self, key: tuple[object, ...], derivative_id: UUID) -> Caller:
        with transaction(self._sessions) as db:
            if not derivatives.is_public(db, derivative_id):
                raise NotFoundError.of("derivative", derivative_id)
        return self._allow(key, ANONYMOUS)

    def _check_key(self, key: tuple[object, ...], secret: str, derivative_id: UUID) -> Caller:
        with transaction(self._sessions) as db:
            caller = organisations.authenticate_key(db, secret)
            derivatives.require_readable(db, caller, derivative_id)
        return self._allow(key, caller)

    def _check_session(self, key: tuple[object, ...], cookie: str, derivative_id: UUID) -> Caller:
        with transaction(self._sessions) as db:
            caller = organisations.authenticate_session(db, cookie)
            derivatives.require_readable(db, caller, derivative_id)
        return self._allow(key, caller)

    def _check_token(self, key: tuple[object, ...], token: TileToken, derivative_id: UUID) -> Caller:
        with transaction(self._sessions) as db:
            caller = reader_of_person(db, token.person_id)
            derivatives.require_readable(db, caller, derivative_id)
            if not belongs_to(db, derivative_id, token.version_id):
                raise NotFoundError.of("derivative", derivative_id)
        return self._allow(key, caller)

    def _allow(self, key: tuple[object, ...], caller: Caller) -> Caller:
        self._allowed.put(key, caller)
        return caller
