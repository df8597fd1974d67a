"""Close what was recorded of a subject, and record anew from the same instant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.subjects.tables import SubjectNameRow, SubjectPlaceRow


def instant(db: Session) -> datetime:
    """Return this instant on the database's clock; taken after the row's lock, it never runs backwards."""
    at: datetime = db.scalars(select(func.clock_timestamp())).one()
    return at


def close_and_open_name(db: Session, caller: Caller, subject_id: UUID, name: Mapping[str, Any]) -> None:
    """Record another name from now on."""
    at = instant(db)
    _close(db, SubjectNameRow, subject_id, at)
    db.add(
        SubjectNameRow(
            subject_id=subject_id, name=dict(name), recorded=Range(at, None), recorded_by=caller.person_id
        )
    )
    db.flush()


def close_and_open_place(
    db: Session, caller: Caller, subject_id: UUID, *, parent_id: UUID | None, path: str
) -> None:
    """Record another place in the tree from now on."""
    at = instant(db)
    _close(db, SubjectPlaceRow, subject_id, at)
    db.add(
        SubjectPlaceRow(
            subject_id=subject_id,
            parent_id=parent_id,
            path=path,
            recorded=Range(at, None),
            recorded_by=caller.person_id,
        )
    )
    db.flush()


def _close(
    db: Session, table: type[SubjectNameRow] | type[SubjectPlaceRow], subject_id: UUID, at: datetime
) -> None:
    closed = func.tstzrange(func.lower(table.recorded), literal(at), type_=TSTZRANGE)
    db.execute(
        update(table)
        .where(table.subject_id == subject_id, func.upper_inf(table.recorded))
        .values(recorded=closed)
    )
