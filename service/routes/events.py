"""Events, relations, and a subject's timeline."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.answers.chronology import answered
from service.dependencies import Anyone, Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.chronology import (
    AnsweredPage,
    AsOf,
    CodeQuery,
    EntryRead,
    EventCreate,
    EventRead,
    HypothesisQuery,
    KnownAt,
    RelationRead,
)
from service.schemas.common import PathQuery, SearchQuery
from storage.chronology import commands, events, timeline
from storage.chronology.commands import NewEvent
from storage.chronology.queries import NO_HYPOTHESIS

router = APIRouter(prefix="/v1", tags=["events"], route_class=IdempotentRoute)

_PATH = r"^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*$"
From = Annotated[str | None, Query(alias="from", max_length=2_000, pattern=_PATH, description="A code path.")]


@router.get("/events")
def list_events(
    caller: Anyone,
    db: Database,
    under: PathQuery = None,
    kind: CodeQuery = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AnsweredPage[EventRead]:
    """List events in the order of their beginning."""
    found = events.list_events(
        db, caller, under=under, kind=kind, as_of=as_of, known_at=known_at, cursor=cursor, limit=limit
    )
    return answered(EventRead, found)


@router.post("/events", status_code=201, dependencies=[Idempotent])
def create_event(body: EventCreate, caller: Person, db: Database) -> EventRead:
    """Record something that happened to one or more subjects of one organisation."""
    said = {**body.model_dump(), "title": body.title.model_dump(exclude_none=True)}
    return EventRead.model_validate(commands.make_event(db, caller, NewEvent(**said)))


@router.get("/events/{event_id}")
def get_event(event_id: Id, caller: Anyone, db: Database, known_at: KnownAt = None) -> EventRead:
    """Show an event."""
    return EventRead.model_validate(events.get_event(db, caller, event_id, known_at=known_at))


@router.get("/relations")
def list_relations(
    caller: Anyone,
    db: Database,
    from_: From = None,
    role: SearchQuery = None,
    to: PathQuery = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AnsweredPage[RelationRead]:
    """List what subjects are to each other: carried_by, performed_at, part_of, copy_of…"""
    found = events.list_relations(
        db,
        caller,
        from_path=from_,
        role=role,
        to_path=to,
        as_of=as_of,
        known_at=known_at,
        cursor=cursor,
        limit=limit,
    )
    return answered(RelationRead, found)


@router.get("/subjects/{subject_id}/timeline")
def get_timeline(
    subject_id: Id,
    caller: Anyone,
    db: Database,
    hypothesis: HypothesisQuery = NO_HYPOTHESIS,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> AnsweredPage[EntryRead]:
    """Show a subject's events, statements, captures and published versions in the order of their dates."""
    found = timeline.timeline(db, caller, subject_id, as_of=as_of, known_at=known_at, hypothesis=hypothesis)
    return answered(EntryRead, found)
