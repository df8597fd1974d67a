"""Keyset pages: a page, and a cursor that says after which row the next one begins."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.db import Ltree
from storage.errors import InvalidError

T = TypeVar("T")
MOST = 200
# What PostgreSQL reads as an `ltree`: any other text would fail in the database, not here.
_PATH = re.compile(r"[A-Za-z0-9_-]{1,255}(\.[A-Za-z0-9_-]{1,255})*")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some items of a list, and the cursor of the next page, None at the end."""

    items: tuple[T, ...]
    next: str | None


def encode_cursor(value: object) -> str:
    """Return an opaque cursor that holds one column's value as text."""
    return base64.urlsafe_b64encode(json.dumps(str(value)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, column: InstrumentedAttribute[Any]) -> Any:
    """Return the value in a cursor, as the column's Python type; InvalidError for a foreign one."""
    refused = InvalidError("this cursor is not one of ours", hint="take `next` as it was given")
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(value, str) or not value.isprintable():
            raise refused
        if isinstance(column.type, Ltree):
            if not _PATH.fullmatch(value):
                raise refused
            return value
        return getattr(column.type, "python_type", str)(value)
    except ValueError as error:
        raise refused from error


def page_of(
    db: Session,
    query: Select[Any],
    column: InstrumentedAttribute[Any],
    make: Callable[[list[Any]], list[T]],
    *,
    cursor: str | None,
    limit: int,
    descending: bool = False,
) -> Page[T]:
    """Run `query` (of one entity) in the order of a unique `column`; `make` turns its rows into records."""
    limit = max(1, min(limit, MOST))
    if cursor is not None:
        after = decode_cursor(cursor, column)
        query = query.where(column < after if descending else column > after)
    rows = list(db.scalars(query.order_by(column.desc() if descending else column).limit(limit + 1)))
    more = len(rows) > limit
    kept = rows[:limit]
    return Page(items=tuple(make(kept)), next=encode_cursor(getattr(kept[-1], column.key)) if more else None)
