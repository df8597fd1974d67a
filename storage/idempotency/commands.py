"""Keep the answer to a POST, and give it again to the same request."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.clock import now
from storage.idempotency.errors import IdempotencyMismatchError
from storage.idempotency.tables import IdempotencyRow

KEPT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer already given."""

    status: int
    answer: dict[str, Any]


def replay(db: Session, caller: Caller, key: str, request_sha256: str) -> Answer | None:
    """Return the answer given to this request before, None if there is none.

    The key is locked to the end of the transaction: of two equal requests at once, the second waits.
    """
    if caller.person_id is None:
        return None
    name = f"{caller.person_id}:{key}"
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 1))))
    row = db.get(IdempotencyRow, (caller.person_id, key), populate_existing=True)
    if row is None or row.created_at < now() - KEPT:
        return None
    if row.request_sha256 != request_sha256:
        raise IdempotencyMismatchError(
            f"Idempotency-Key {key} was used for another request", hint="use a fresh key for each request"
        )
    return Answer(status=row.status, answer=dict(row.answer))


def remember(
    db: Session, caller: Caller, key: str, request_sha256: str, status: int, answer: dict[str, Any]
) -> None:
    """Keep an answer for a day."""
    if caller.person_id is None:
        return
    values = {
        "request_sha256": request_sha256,
        "status": status,
        "answer": answer,
        "created_at": func.now(),
    }
    statement = insert(IdempotencyRow).values(person_id=caller.person_id, key=key, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["person_id", "key"], set_=values))


def forget_old(db: Session) -> None:
    """Remove answers older than a day."""
    db.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now() - KEPT))
