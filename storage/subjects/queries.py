"""Read the tree of subjects."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from storage.callers import Caller, Role
from storage.db import Ltree, as_record
from storage.errors import NotFoundError
from storage.paging import Page, page_of
from storage.subjects.records import Found, Subject, TreeNode
from storage.subjects.tables import SubjectNameRow, SubjectPlaceRow, SubjectRedirectRow, SubjectRow
from storage.visibility import subject_visible


def get_subject(db: Session, caller: Caller, subject_id: UUID) -> Subject:
    """Return one subject."""
    return _only(db, select(SubjectRow).where(SubjectRow.id == subject_id), caller, subject_id)


def subject_for(db: Session, caller: Caller, subject_id: UUID, at_least: Role) -> Subject:
    """Return one subject to be written to: seen, and the caller's role there is `at_least` that."""
    subject = get_subject(db, caller, subject_id)
    caller.require(subject.organisation_id, at_least)
    return subject


def get_by_path(db: Session, caller: Caller, path: str) -> Found:
    """Return the subject at a code path, or the one that was there before it moved."""
    here = db.scalar(select(SubjectRow).where(SubjectRow.path == path, subject_visible(caller)))
    if here is not None:
        return Found(subject=subjects_of(db, [here])[0], moved=False)
    old = select(SubjectRedirectRow.subject_id).where(SubjectRedirectRow.path == path).scalar_subquery()
    return Found(subject=_only(db, select(SubjectRow).where(SubjectRow.id == old), caller, path), moved=True)


def _only(db: Session, query: Select[Any], caller: Caller, name: object) -> Subject:
    row = db.scalar(query.where(subject_visible(caller)))
    if row is None:
        raise NotFoundError.of("subject", name)
    return subjects_of(db, [row])[0]


def subjects_of(db: Session, rows: Sequence[SubjectRow]) -> list[Subject]:
    """Return the records of rows, each with the visibility of its root."""
    roots = {row.root_id for row in rows if row.visibility is None}
    visibilities: dict[UUID, str] = {
        key: str(value)
        for key, value in db.execute(
            select(SubjectRow.id, SubjectRow.visibility).where(SubjectRow.id.in_(roots))
        )
    }
    return [as_record(Subject, row, visibility=row.visibility or visibilities[row.root_id]) for row in rows]


def list_subjects(
    db: Session,
    caller: Caller,
    *,
    under: str | None = None,
    kind: str | None = None,
    q: str | None = None,
    local_code: str | None = None,
    organisation_id: UUID | None = None,
    roots_only: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Subject]:
    """Return subjects in the order of paths; `under` includes the path itself, `q` is words of names."""
    query = select(SubjectRow).where(subject_visible(caller))
    if under is not None:
        query = query.where(_is_under(under))
    if kind is not None:
        query = query.where(SubjectRow.kind == kind)
    if local_code is not None:
        query = query.where(SubjectRow.local_code == local_code)
    if organisation_id is not None:
        query = query.where(SubjectRow.organisation_id == organisation_id)
    if roots_only:
        query = query.where(SubjectRow.parent_id.is_(None))
    for word in (q or "").split():
        escaped = word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        query = query.where(SubjectRow.searched.like(func.concat("%", func.fold(escaped), "%")))
    return page_of(db, query, SubjectRow.path, lambda rows: subjects_of(db, rows), cursor=cursor, limit=limit)


def _is_under(path: str) -> ColumnElement[bool]:
    # A path that is no ltree finds nothing, rather than failing in the database.
    labels = path.split(".")
    if not all(
        label and all(c.isalnum() or c in "_-" for c in label) and label.isascii() for label in labels
    ):
        return literal(False)
    return SubjectRow.path.op("<@", is_comparison=True)(literal(path, Ltree))


def tree(db: Session, caller: Caller, subject_id: UUID, *, depth: int | None = None) -> TreeNode:
    """Return a subject and all that is below it, to `depth` levels."""
    top = get_subject(db, caller, subject_id)
    query = select(SubjectRow).where(_is_under(top.path), subject_visible(caller)).order_by(SubjectRow.path)
    if depth is not None:
        query = query.where(func.nlevel(SubjectRow.path) <= len(top.path.split(".")) + depth)
    below: dict[UUID | None, list[Subject]] = defaultdict(list)
    for subject in subjects_of(db, list(db.scalars(query))):
        below[subject.parent_id].append(subject)

    def node(subject: Subject) -> TreeNode:
        return TreeNode(subject=subject, children=tuple(node(child) for child in below[subject.id]))

    return node(top)


def name_at(db: Session, caller: Caller, subject_id: UUID, known_at: datetime) -> dict[str, str] | None:
    """Return what a subject was called as known at a moment, None before it was known."""
    get_subject(db, caller, subject_id)
    row = db.scalar(
        select(SubjectNameRow).where(
            SubjectNameRow.subject_id == subject_id, SubjectNameRow.recorded.contains(known_at)
        )
    )
    return None if row is None else dict(row.name)


def place_at(db: Session, caller: Caller, subject_id: UUID, known_at: datetime) -> str | None:
    """Return the path a subject had as known at a moment, None before it was known."""
    get_subject(db, caller, subject_id)
    return db.scalar(
        select(SubjectPlaceRow.path).where(
            SubjectPlaceRow.subject_id == subject_id, SubjectPlaceRow.recorded.contains(known_at)
        )
    )


def ancestors_or_self(path: str) -> ColumnElement[bool]:
    """Return the condition that a subject stands at `path` or above it."""
    return SubjectRow.path.op("@>", is_comparison=True)(literal(path, Ltree))
