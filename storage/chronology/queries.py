"""Ask for statements: of a subject or all below it, valid at a date, as known at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.chronology.known import known as known_of
from storage.chronology.naming import concepts_by_id, sources_by_id
from storage.chronology.places import ids_at, ids_below, ids_under, labels_of, seen
from storage.chronology.records import Answered, Known, Statement
from storage.chronology.spans import shares_a_day
from storage.chronology.tables import ConceptRow, EventRow, HypothesisRow, StatementRow
from storage.db import as_record
from storage.errors import NotFoundError
from storage.paging import page_of

ANY_HYPOTHESIS = "any"
NO_HYPOTHESIS = "none"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What statements are asked for; what is None does not matter.

    `subject_id` is that subject, with `below` also all below it.
    `subject` and `under` are code paths as known at `known_at`; `as_of` is EDTF and matches what shares a day
    with it; `hypothesis` is none (the measured and attested only), any, or a code (that one only);
    `best_source_max` keeps what rests on no source more reliable than that.
    """

    subject_id: UUID | None = None
    below: bool = False
    subject: str | None = None
    under: str | None = None
    predicate: str | None = None
    measure: str | None = None
    concept: str | None = None
    scheme: str | None = None
    narrower: bool = False
    hypothesis: str = NO_HYPOTHESIS
    best_source_max: int | None = None
    as_of: str | None = None
    known_at: datetime | None = None


def ask(
    db: Session, caller: Caller, question: Question, *, cursor: str | None = None, limit: int = 50
) -> Answered[Statement]:
    """Return the statements asked for, in the order in which they were made."""
    known = known_of(db, question.known_at)
    page = page_of(
        db,
        asked(caller, question, known),
        StatementRow.id,
        lambda rows: statements_of(db, caller, rows, known),
        cursor=cursor,
        limit=limit,
    )
    return Answered(items=page.items, known_at=known.at, next=page.next)


def get_statement(
    db: Session, caller: Caller, statement_id: UUID, *, known_at: datetime | None = None
) -> Statement:
    """Return one statement, superseded or not, if it was recorded by then."""
    known = known_of(db, known_at)
    row = db.scalar(
        select(StatementRow).where(StatementRow.id == statement_id, seen(caller, StatementRow.subject_id))
    )
    if row is None or row.recorded.lower is None or (known.is_named and row.recorded.lower > known.at):
        raise NotFoundError.of("statement", statement_id)
    return statements_of(db, caller, [row], known)[0]


def asked(caller: Caller, question: Question, known: Known) -> Select[StatementRow]:
    """Return the query of a question."""
    query = select(StatementRow).where(
        StatementRow.recorded.contains(known.at),
        seen(caller, StatementRow.subject_id),
        shares_a_day(StatementRow.valid, question.as_of),
        _of_hypothesis(question.hypothesis),
    )
    if question.subject_id is not None:
        query = query.where(
            StatementRow.subject_id.in_(ids_below(question.subject_id, known))
            if question.below
            else StatementRow.subject_id == question.subject_id
        )
    if question.subject is not None:
        query = query.where(StatementRow.subject_id.in_(ids_at(question.subject, known)))
    if question.under is not None:
        query = query.where(StatementRow.subject_id.in_(ids_under(question.under, known)))
    if question.predicate is not None:
        predicates = select(ConceptRow.id).where(
            ConceptRow.scheme == "predicate", ConceptRow.code == question.predicate
        )
        query = query.where(StatementRow.predicate_id.in_(predicates))
    if question.measure is not None:
        query = query.where(StatementRow.value["measure"].astext == question.measure)
    if question.concept is not None:
        query = query.where(_of_concept(question.concept, question.scheme, narrower=question.narrower))
    if question.best_source_max is not None:
        query = query.where(StatementRow.best_source <= question.best_source_max)
    return query


def _of_hypothesis(hypothesis: str) -> ColumnElement[bool]:
    if hypothesis == ANY_HYPOTHESIS:
        return StatementRow.recorded.is_not(None)
    if hypothesis == NO_HYPOTHESIS:
        return StatementRow.hypothesis_id.is_(None)
    return StatementRow.hypothesis_id.in_(select(HypothesisRow.id).where(HypothesisRow.code == hypothesis))


def _of_concept(code: str, scheme: str | None, *, narrower: bool) -> ColumnElement[bool]:
    start = select(ConceptRow.id).where(ConceptRow.code == code)
    if scheme is not None:
        start = start.where(ConceptRow.scheme == scheme)
    if not narrower:
        return StatementRow.concept_id.in_(start)
    # UNION, not UNION ALL: a circle of broader terms ends.
    below = start.cte("below", recursive=True)
    below = below.union(select(ConceptRow.id).join(below, ConceptRow.broader_id == below.c.id))
    return StatementRow.concept_id.in_(select(below.c.id))


def statements_of(db: Session, caller: Caller, rows: Sequence[StatementRow], known: Known) -> list[Statement]:
    """Return the records of rows."""
    labels = labels_of(db, caller, (row.subject_id for row in rows), known)
    concepts = concepts_by_id(db, (key for row in rows for key in (row.predicate_id, row.concept_id)))
    sources = sources_by_id(db, (key for row in rows for key in row.source_ids))
    hypotheses = _codes(db, HypothesisRow, {row.hypothesis_id for row in rows})
    earlier = _codes(db, StatementRow, {row.supersedes_id for row in rows})
    events = _codes(db, EventRow, {key for row in rows for key in (row.began_by, row.ended_by)})
    return [
        as_record(
            Statement,
            row,
            subject=labels[row.subject_id],
            predicate=concepts[row.predicate_id],
            concept=concepts.get(row.concept_id) if row.concept_id else None,
            sources=tuple(sources[key] for key in row.source_ids),
            hypothesis=hypotheses.get(row.hypothesis_id),
            supersedes=earlier.get(row.supersedes_id),
            began_by=events.get(row.began_by),
            ended_by=events.get(row.ended_by),
            recorded_from=row.recorded.lower,
            recorded_to=_ended(row, known),
        )
        for row in rows
    ]


def _ended(row: StatementRow, known: Known) -> datetime | None:
    # As known then, it had not ended yet.
    upper = row.recorded.upper
    return upper if upper is not None and upper <= known.at else None


def _codes(db: Session, table: Any, ids: set[UUID | None]) -> dict[UUID | None, str]:
    wanted = {key for key in ids if key is not None}
    if not wanted:
        return {}
    return dict(db.execute(select(table.id, table.code).where(table.id.in_(wanted))).all())
