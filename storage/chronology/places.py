"""Which subjects stood where, and what they were called, as known at a moment.

Without a moment named, the columns of `subject` answer, which are a projection of now; with one, only the
rows of `subject_name` and `subject_place`.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from storage.callers import Caller
from storage.chronology.records import Known, SubjectLabel
from storage.db import Ltree
from storage.errors import InvalidError
from storage.subjects.tables import SubjectNameRow, SubjectPlaceRow, SubjectRow
from storage.visibility import subject_visible

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")


def ids_at(path: str, known: Known) -> Select[UUID]:
    """Return the query of the subject that stood at a path."""
    if known.is_named:
        return select(SubjectPlaceRow.subject_id).where(
            SubjectPlaceRow.recorded.contains(known.at), SubjectPlaceRow.path == _literal(path)
        )
    return select(SubjectRow.id).where(SubjectRow.path == _literal(path))


def ids_under(path: str, known: Known) -> Select[UUID]:
    """Return the query of the subjects that stood at a path or below it; labels count, not letters."""
    if known.is_named:
        is_below = SubjectPlaceRow.path.op("<@", is_comparison=True)(_literal(path))
        return select(SubjectPlaceRow.subject_id).where(SubjectPlaceRow.recorded.contains(known.at), is_below)
    return select(SubjectRow.id).where(SubjectRow.path.op("<@", is_comparison=True)(_literal(path)))


def ids_below(subject_id: UUID, known: Known) -> Select[UUID]:
    """Return the query of a subject and those that stood below it."""
    if known.is_named:
        top, each = aliased(SubjectPlaceRow), aliased(SubjectPlaceRow)
        return (
            select(each.subject_id)
            .join(top, each.path.op("<@", is_comparison=True)(top.path))
            .where(
                top.subject_id == subject_id,
                top.recorded.contains(known.at),
                each.recorded.contains(known.at),
            )
        )
    above, below = aliased(SubjectRow), aliased(SubjectRow)
    return (
        select(below.id)
        .join(above, below.path.op("<@", is_comparison=True)(above.path))
        .where(above.id == subject_id)
    )


def _literal(path: str) -> ColumnElement[str]:
    if not _PATH.fullmatch(path):
        raise InvalidError(f"{path!r} is no code path", hint="labels of letters, digits, - and _, with dots")
    return literal(path, Ltree)


def seen(caller: Caller, subject_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Return the condition that the caller sees the subject in a column."""
    return exists().where(SubjectRow.id == subject_id, subject_visible(caller))


def labels_of(
    db: Session, caller: Caller, subject_ids: Iterable[UUID], known: Known
) -> dict[UUID, SubjectLabel]:
    """Return the labels of those subjects that the caller sees; what was not known then is None."""
    wanted = set(subject_ids)
    query = select(SubjectRow.id, SubjectRow.path, SubjectRow.name).where(
        SubjectRow.id.in_(wanted), subject_visible(caller)
    )
    if known.is_named:
        query = (
            select(SubjectRow.id, SubjectPlaceRow.path, SubjectNameRow.name)
            .outerjoin(
                SubjectPlaceRow,
                (SubjectPlaceRow.subject_id == SubjectRow.id) & SubjectPlaceRow.recorded.contains(known.at),
            )
            .outerjoin(
                SubjectNameRow,
                (SubjectNameRow.subject_id == SubjectRow.id) & SubjectNameRow.recorded.contains(known.at),
            )
            .where(SubjectRow.id.in_(wanted), subject_visible(caller))
        )
    return {row.id: SubjectLabel(id=row.id, path=row.path, name=row.name) for row in db.execute(query)}
