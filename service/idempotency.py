"""`Idempotency-Key`: the same POST sent twice is done once and answered twice.

The answer is kept in the transaction of what it answers: either both are there or neither. A twin that
arrives while the first still runs waits for it in the database.
"""

import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.dependencies import Database, Person
from service.errors import InvalidIdempotencyKeyError
from storage.callers import Caller
from storage.idempotency import commands as idempotency

_LONGEST_KEY = 200


class ReplayedAnswer(Exception):
    """The stored answer of an earlier twin; the app sends it as it is."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"replayed {status}")
        self.status = status
        self.body = body


@dataclass(frozen=True, kw_only=True)
class _Pending:
    """A request whose answer is to be remembered."""

    db: Session
    caller: Caller
    key: str
    request_sha256: str

    def remember(self, status: int, body: bytes) -> None:
        """Keep the answer, in the request's own transaction."""
        idempotency.remember(
            self.db, self.caller, self.key, self.request_sha256, status=status, answer=json.loads(body)
        )


async def _idempotent(
    request: Request,
    caller: Person,
    db: Database,
    idempotency_key: Annotated[str | None, Header(description="Any text of 1 to 200 characters.")] = None,
) -> None:
    if idempotency_key is None:
        return
    if not 1 <= len(idempotency_key) <= _LONGEST_KEY or not idempotency_key.isprintable():
        raise InvalidIdempotencyKeyError("the Idempotency-Key must be 1 to 200 printable characters")
    body = await request.body()
    digest = hashlib.sha256(f"{request.method} {request.url.path}\0".encode() + body).hexdigest()
    known = await run_in_threadpool(idempotency.replay, db, caller, idempotency_key, digest)
    if known is not None:
        raise ReplayedAnswer(known.status, known.answer)
    request.state.pending = _Pending(db=db, caller=caller, key=idempotency_key, request_sha256=digest)


Idempotent = Depends(_idempotent)


class IdempotentRoute(APIRoute):
    """A route that remembers its answer before the commit, where `Idempotent` asked for it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, followed by the remembering."""
        handle = super().get_route_handler()

        async def handle_and_remember(request: Request) -> Response:
            try:
                response = await handle(request)
            except ReplayedAnswer as replay:
                return JSONResponse(replay.body, replay.status, headers={"Idempotent-Replay": "true"})
            pending = getattr(request.state, "pending", None)
            if isinstance(pending, _Pending) and response.status_code < 300:
                await run_in_threadpool(pending.remember, response.status_code, bytes(response.body))
            return response

        return handle_and_remember
