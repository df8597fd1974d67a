"""Subjects and their tree as they were known at a moment: names and places from history, never from now."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.chronology.known import known as known_of
from storage.chronology.naming import concepts_by_id
from storage.chronology.places import ids_under, labels_of
from storage.chronology.queries import Question, asked, statements_of
from storage.chronology.records import Answered, Known, Part, Statement, SubjectLabel
from storage.chronology.tables import ConceptRow, StatementRow, SubjectDetailRow
from storage.errors import NotFoundError
from storage.paging import MOST, page_of
from storage.subjects.queries import get_subject, subjects_of
from storage.subjects.records import Subject, TreeNode
from storage.subjects.tables import SubjectNameRow, SubjectPlaceRow, SubjectRow
from storage.visibility import subject_visible


def subject_known(
    db: Session, caller: Caller, subject_id: UUID, known_at: datetime | None
) -> tuple[Subject, datetime]:
    """Return a subject as known at a moment, and the moment used; NotFoundError before it was known."""
    known = known_of(db, known_at)
    subject = get_subject(db, caller, subject_id)
    if not known.is_named:
        return subject, known.at
    return _as_known(db, [subject], known, whole=True)[0], known.at


def _as_known(db: Session, subjects: list[Subject], known: Known, *, whole: bool = False) -> list[Subject]:
    """Return subjects with their names and places as known then; `whole`: none may be missing."""
    ids = [subject.id for subject in subjects]
    names: Mapping[UUID, Any] = dict(
        db.execute(
            select(SubjectNameRow.subject_id, SubjectNameRow.name).where(
                SubjectNameRow.subject_id.in_(ids), SubjectNameRow.recorded.contains(known.at)
            )
        ).all()
    )
    places = {
        row.subject_id: row
        for row in db.execute(
            select(SubjectPlaceRow.subject_id, SubjectPlaceRow.path, SubjectPlaceRow.parent_id).where(
                SubjectPlaceRow.subject_id.in_(ids), SubjectPlaceRow.recorded.contains(known.at)
            )
        )
    }
    kept = []
    for subject in subjects:
        place = places.get(subject.id)
        if place is None or subject.id not in names:
            if whole:
                raise NotFoundError.of("subject", subject.id)
            continue
        # The local code keeps no history, so nothing is known of it as of then.
        then = replace(
            subject,
            name=dict(names[subject.id]),
            path=place.path,
            code=place.path.rpartition(".")[2],
            parent_id=place.parent_id,
            local_code=None,
        )
        kept.append(then)
    return kept


def tree_known(
    db: Session, caller: Caller, subject_id: UUID, known_at: datetime
) -> tuple[TreeNode, datetime]:
    """Return a subject and all that stood below it as known at a moment, and the moment used."""
    known = known_of(db, known_at)
    top = _as_known(db, [get_subject(db, caller, subject_id)], known, whole=True)[0]
    rows = db.scalars(
        select(SubjectRow).where(SubjectRow.id.in_(ids_under(top.path, known)), subject_visible(caller))
    )
    found = _as_known(db, subjects_of(db, list(rows)), known)
    below: dict[UUID | None, list[Subject]] = defaultdict(list)
    for subject in sorted(found, key=lambda each: each.path):
        below[subject.parent_id].append(subject)

    def node(subject: Subject) -> TreeNode:
        return TreeNode(subject=subject, children=tuple(node(child) for child in below[subject.id]))

    return node(top), known.at


def existence_of(
    db: Session, caller: Caller, subject_ids: list[UUID], *, as_of: str, known_at: datetime
) -> dict[UUID, list[Statement]]:
    """Return what is held of the existence of subjects at a date, as known at a moment."""
    known = Known(at=known_at, is_named=True)
    question = Question(predicate="existence", as_of=as_of)
    query = asked(caller, question, known).where(StatementRow.subject_id.in_(subject_ids))
    found: dict[UUID, list[Statement]] = defaultdict(list)
    for statement in statements_of(db, caller, list(db.scalars(query.order_by(StatementRow.id))), known):
        found[statement.subject.id].append(statement)
    return found


def list_parts(
    db: Session,
    caller: Caller,
    subject_id: UUID,
    *,
    type_code: str | None = None,
    known_at: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Answered[Part]:
    """Return what stands below a subject, itself left out, perhaps of one component type only."""
    known = known_of(db, known_at)
    top = get_subject(db, caller, subject_id)
    path = labels_of(db, caller, [top.id], known)[top.id].path
    if path is None:
        raise NotFoundError.of("subject", subject_id)
    query = select(SubjectRow).where(
        SubjectRow.id.in_(ids_under(path, known)), SubjectRow.id != top.id, subject_visible(caller)
    )
    if type_code is not None:
        types = select(ConceptRow.id).where(
            ConceptRow.scheme == "component_type", ConceptRow.code == type_code
        )
        query = query.where(
            SubjectRow.id.in_(
                select(SubjectDetailRow.subject_id).where(
                    SubjectDetailRow.type_id.in_(types), SubjectDetailRow.recorded.contains(known.at)
                )
            )
        )
    page = page_of(
        db,
        query,
        SubjectRow.id,
        lambda rows: _parts_of(db, caller, rows, known, above=path),
        cursor=cursor,
        limit=limit,
    )
    return Answered(items=page.items, known_at=known.at, next=page.next)


def _parts_of(db: Session, caller: Caller, rows: list[SubjectRow], known: Known, *, above: str) -> list[Part]:
    labels = labels_of(db, caller, (row.id for row in rows), known)
    details = {
        row.subject_id: row
        for row in db.scalars(
            select(SubjectDetailRow).where(
                SubjectDetailRow.subject_id.in_([row.id for row in rows]),
                SubjectDetailRow.recorded.contains(known.at),
            )
        )
    }
    types = concepts_by_id(db, (detail.type_id for detail in details.values()))
    parts = []
    for row in rows:
        label, detail = labels[row.id], details.get(row.id)
        parts.append(
            Part(
                subject=label,
                kind=row.kind,
                type=types.get(detail.type_id) if detail is not None and detail.type_id else None,
                local_codes=detail.local_codes if detail is not None else {},
                about=detail.about if detail is not None else {},
                depth=(label.path or "").count(".") - above.count("."),
            )
        )
    return parts


def search_subjects(
    db: Session, caller: Caller, text: str, *, known_at: datetime | None = None, limit: int = 50
) -> Answered[SubjectLabel]:
    """Return the subjects whose vi or en name holds a text, marks and case aside, as called then."""
    known = known_of(db, known_at)
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    pattern = func.concat("%", func.fold(escaped), "%")

    def named(column: Any) -> Any:
        return or_(*(func.fold(column[language].astext).like(pattern) for language in ("vi", "en")))

    query = select(SubjectRow.id).where(subject_visible(caller))
    if known.is_named:
        query = query.where(
            SubjectRow.id.in_(
                select(SubjectNameRow.subject_id).where(
                    SubjectNameRow.recorded.contains(known.at), named(SubjectNameRow.name)
                )
            )
        )
    else:
        # The first condition is the one with an index; it looks at codes too.
        query = query.where(SubjectRow.searched.like(pattern), named(SubjectRow.name))
    ids = list(db.scalars(query.order_by(SubjectRow.id).limit(max(1, min(limit, MOST)))))
    labels = labels_of(db, caller, ids, known)
    found = sorted(labels.values(), key=lambda label: label.path or "")
    return Answered(items=tuple(found), known_at=known.at)
