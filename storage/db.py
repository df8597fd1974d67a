"""The database: engine, the session's scope, the base of all tables, and rows made into records.

Nobody below the edge commits: a route, task or command-line verb opens `transaction(…)`, and what
happened inside is kept or lost as a whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Engine, MetaData, Text, Uuid, create_engine
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import UserDefinedType

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Sessions = sessionmaker[Session]


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        str: Text,
        int: BigInteger,
        float: DOUBLE_PRECISION,
        UUID: Uuid,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
        list[str]: ARRAY(Text),
        list[float]: ARRAY(DOUBLE_PRECISION),
    }


class Ltree(UserDefinedType[str]):
    """A dotted path, as PostgreSQL's `ltree` keeps it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in DDL."""
        return "ltree"


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Return an engine for a `postgresql+psycopg://…` address, in UTC, that notices dead connections."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 10},
    )


def make_sessions(engine: Engine) -> Sessions:
    """Return the factory of sessions that `transaction` and the service's dependency use."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """Open one transaction: committed when the block ends, rolled back when it raises."""
    with sessions.begin() as session:
        yield session


R = TypeVar("R")


def as_record(record: type[R], row: Any, **more: Any) -> R:
    """Return a frozen `record` (a dataclass) filled by name from `row`, then from `more`."""
    names = [field.name for field in fields(cast("type[Any]", record))]
    values = {name: getattr(row, name) for name in names if name not in more}
    return record(**values, **more)
