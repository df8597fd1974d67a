"""Ask for events and relations."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, exists, func, literal, select, tuple_
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.chronology.known import known as known_of
from storage.chronology.naming import agents_by_id, concepts_by_id, sources_by_id
from storage.chronology.places import ids_at, ids_under, labels_of, seen
from storage.chronology.records import Answered, Event, Known, Relation
from storage.chronology.spans import shares_a_day
from storage.chronology.tables import ConceptRow, EventRow, EventSubjectRow, RelationRow
from storage.db import as_record
from storage.errors import InvalidError, NotFoundError
from storage.paging import MOST, decode_cursor, encode_cursor, page_of

# Below every day an int4range holds: events with an open beginning come first.
_BEFORE_ALL = -(2**31)
_START = func.coalesce(EventRow.day_from, literal(_BEFORE_ALL, Integer))


def list_events(
    db: Session,
    caller: Caller,
    *,
    subject_id: UUID | None = None,
    under: str | None = None,
    kind: str | None = None,
    as_of: str | None = None,
    known_at: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Answered[Event]:
    """Return events in the order of their beginning."""
    known = known_of(db, known_at)
    query = events_known(caller, known, subject_id=subject_id, under=under).where(
        shares_a_day(EventRow.span, as_of)
    )
    if kind is not None:
        query = query.where(EventRow.kind_id.in_(select(ConceptRow.id).where(ConceptRow.code == kind)))
    limit = max(1, min(limit, MOST))
    if cursor is not None:
        query = query.where(_after(cursor))
    rows = list(db.scalars(query.order_by(_START, EventRow.id).limit(limit + 1)))
    kept = rows[:limit]
    following = None
    if len(rows) > limit:
        last = kept[-1]
        start = _BEFORE_ALL if last.day_from is None else last.day_from
        following = encode_cursor(f"{start} {last.id}")
    return Answered(items=tuple(events_of(db, caller, kept, known)), known_at=known.at, next=following)


def _after(cursor: str) -> ColumnElement[bool]:
    start, _, event_id = str(decode_cursor(cursor, EventRow.code)).partition(" ")
    try:
        after = (literal(_storable_day(int(start)), Integer), literal(UUID(event_id)))
    except ValueError as error:
        raise InvalidError("this cursor is not one of ours", hint="take `next` as it was given") from error
    return tuple_(_START, EventRow.id) > tuple_(*after)


def _storable_day(day: int) -> int:
    """Return a day that a column of days can hold; ValueError for others."""
    if not _BEFORE_ALL <= day < -_BEFORE_ALL:
        raise ValueError(f"{day} is no day")
    return day


def events_known(
    caller: Caller, known: Known, *, subject_id: UUID | None = None, under: str | None = None
) -> Select[EventRow]:
    """Return the query of the events known then, of which the caller sees a subject among those asked."""
    touched = exists().where(
        EventSubjectRow.event_id == EventRow.id, seen(caller, EventSubjectRow.subject_id)
    )
    if subject_id is not None:
        touched = touched.where(EventSubjectRow.subject_id == subject_id)
    if under is not None:
        touched = touched.where(EventSubjectRow.subject_id.in_(ids_under(under, known)))
    return select(EventRow).where(EventRow.recorded.contains(known.at), touched)


def get_event(db: Session, caller: Caller, event_id: UUID, *, known_at: datetime | None = None) -> Event:
    """Return one event."""
    known = known_of(db, known_at)
    row = db.scalar(events_known(caller, known).where(EventRow.id == event_id))
    if row is None:
        raise NotFoundError.of("event", event_id)
    return events_of(db, caller, [row], known)[0]


def events_of(db: Session, caller: Caller, rows: Sequence[EventRow], known: Known) -> list[Event]:
    """Return the records of rows, with those of their subjects that the caller sees."""
    touched: dict[UUID, list[UUID]] = defaultdict(list)
    pairs = select(EventSubjectRow.event_id, EventSubjectRow.subject_id).where(
        EventSubjectRow.event_id.in_([row.id for row in rows])
    )
    for event_id, subject_id in db.execute(pairs):
        touched[event_id].append(subject_id)
    labels = labels_of(db, caller, (key for keys in touched.values() for key in keys), known)
    concepts = concepts_by_id(db, (row.kind_id for row in rows))
    sources = sources_by_id(db, (key for row in rows for key in row.source_ids))
    agents = agents_by_id(db, (key for row in rows for key in row.agent_ids))
    return [
        as_record(
            Event,
            row,
            kind=concepts[row.kind_id],
            subjects=tuple(labels[key] for key in touched[row.id] if key in labels),
            sources=tuple(sources[key] for key in row.source_ids),
            agents=tuple(agents[key] for key in row.agent_ids),
            conflicts_with=tuple(row.conflicts_with),
            recorded_from=row.recorded.lower,
        )
        for row in rows
    ]


def list_relations(
    db: Session,
    caller: Caller,
    *,
    from_path: str | None = None,
    role: str | None = None,
    to_path: str | None = None,
    as_of: str | None = None,
    known_at: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Answered[Relation]:
    """Return the relations of which the caller sees both sides."""
    known = known_of(db, known_at)
    query = select(RelationRow).where(
        RelationRow.recorded.contains(known.at),
        seen(caller, RelationRow.from_id),
        seen(caller, RelationRow.to_id),
        shares_a_day(RelationRow.span, as_of),
    )
    if from_path is not None:
        query = query.where(RelationRow.from_id.in_(ids_at(from_path, known)))
    if to_path is not None:
        query = query.where(RelationRow.to_id.in_(ids_at(to_path, known)))
    if role is not None:
        query = query.where(RelationRow.role == role)
    page = page_of(
        db,
        query,
        RelationRow.id,
        lambda rows: _relations_of(db, caller, rows, known),
        cursor=cursor,
        limit=limit,
    )
    return Answered(items=page.items, known_at=known.at, next=page.next)


def _relations_of(db: Session, caller: Caller, rows: Sequence[RelationRow], known: Known) -> list[Relation]:
    labels = labels_of(db, caller, (key for row in rows for key in (row.from_id, row.to_id)), known)
    sources = sources_by_id(db, (key for row in rows for key in row.source_ids))
    return [
        as_record(
            Relation,
            row,
            from_subject=labels[row.from_id],
            to_subject=labels[row.to_id],
            sources=tuple(sources[key] for key in row.source_ids),
            recorded_from=row.recorded.lower,
        )
        for row in rows
    ]
