"""Make statements and events, and correct statements: the old one is closed, never changed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.chronology.codes import PREDICATE, Concepts, ids_of
from storage.chronology.edtf import span_of
from storage.chronology.errors import InvalidRecordError, RecordCodeTakenError
from storage.chronology.events import events_of
from storage.chronology.known import known
from storage.chronology.queries import get_statement, statements_of
from storage.chronology.records import Event, Statement
from storage.chronology.storable import require_storable
from storage.chronology.tables import (
    AgentRow,
    EventRow,
    EventSubjectRow,
    HypothesisRow,
    SourceRow,
    StatementRow,
)
from storage.chronology.writing import best_reliability, insert_statement
from storage.ids import new_id
from storage.subjects.queries import subject_for
from storage.values import require_name

_CORRECTION = re.compile(r"(.*)~(\d+)")


@dataclass(frozen=True, kw_only=True)
class NewStatement:
    """A statement to be made; all but ids are codes of the subject's organisation.

    `exclusive` None takes the predicate's default; `code` None gets one.
    """

    predicate: str
    value: Mapping[str, Any]
    edtf: str
    basis: str
    certainty: int
    concept: str | None = None
    scheme: str | None = None
    sources: Sequence[str] = ()
    hypothesis: str | None = None
    exclusive: bool | None = None
    code: str | None = None
    began_by: str | None = None
    ended_by: str | None = None
    date_as_written: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event to be recorded; kind, sources and agents are codes of the organisation."""

    kind: str
    title: Mapping[str, Any]
    edtf: str
    certainty: int
    subject_ids: Sequence[UUID]
    sources: Sequence[str] = ()
    agents: Sequence[str] = ()
    code: str | None = None
    date_as_written: str | None = None
    note: str | None = None
    conflicts_with: Sequence[str] = field(default=())


def make_statement(db: Session, caller: Caller, subject_id: UUID, new: NewStatement) -> Statement:
    """Make a statement about a subject (contributors); it is held from now on."""
    subject = subject_for(db, caller, subject_id, Role.CONTRIBUTOR)
    statement_id = new_id()
    values = _values(db, caller, subject.organisation_id, subject_id, new)
    row = insert_statement(db, {**values, "id": statement_id, "code": new.code or f"s-{statement_id.hex}"})
    return _recorded(db, caller, row, "statement.made")


def correct_statement(
    db: Session, caller: Caller, statement_id: UUID, new: NewStatement, *, reason: str
) -> Statement:
    """Put another statement in the place of one (curators): the old one ends as the new one begins."""
    old = get_statement(db, caller, statement_id)
    caller.require(old.organisation_id, Role.CURATOR)
    values = _values(db, caller, old.organisation_id, old.subject.id, new)
    code = new.code or _next_code(old.code)
    row = insert_statement(db, {**values, "id": new_id(), "code": code, "supersedes_id": old.id})
    return _recorded(db, caller, row, "statement.corrected", supersedes=old.code, reason=reason)


def _next_code(code: str) -> str:
    match = _CORRECTION.fullmatch(code)
    return f"{match[1]}~{int(match[2]) + 1}" if match else f"{code}~2"


def _values(
    db: Session, caller: Caller, organisation_id: UUID, subject_id: UUID, new: NewStatement
) -> dict[str, Any]:
    span = span_of(new.edtf)
    require_storable(new.value, where="the value")
    concepts = Concepts(db, organisation_id)
    predicate = concepts.get(PREDICATE, new.predicate)
    concept = concepts.said_with(new.predicate, new.concept, new.scheme) if new.concept else None
    if concept is None and not new.value:
        raise InvalidRecordError("a statement says something: a value, a concept, or both")
    sources = ids_of(db, SourceRow, organisation_id, new.sources, what="source")

    def one(table: Any, code: str | None, what: str) -> UUID | None:
        return ids_of(db, table, organisation_id, [code], what=what)[0] if code is not None else None

    return {
        "organisation_id": organisation_id,
        "subject_id": subject_id,
        "predicate_id": predicate.id,
        "concept_id": concept.id if concept is not None else None,
        "value": dict(new.value),
        "edtf": new.edtf,
        "day_from": span.day_from,
        "day_to": span.day_to,
        "began_by": one(EventRow, new.began_by, "event"),
        "ended_by": one(EventRow, new.ended_by, "event"),
        "basis": new.basis,
        "certainty": new.certainty,
        "source_ids": sources,
        "best_source": best_reliability(db, sources),
        "hypothesis_id": one(HypothesisRow, new.hypothesis, "hypothesis"),
        "is_exclusive": predicate.is_exclusive if new.exclusive is None else new.exclusive,
        "date_as_written": new.date_as_written,
        "note": new.note,
        "recorded_by": caller.person_id,
    }


def _recorded(db: Session, caller: Caller, row: StatementRow, action: str, **details: Any) -> Statement:
    record(
        db,
        action,
        "statement",
        row.id,
        organisation_id=row.organisation_id,
        caller=caller,
        code=row.code,
        **details,
    )
    db.flush()
    return statements_of(db, caller, [row], known(db, None))[0]


def make_event(db: Session, caller: Caller, new: NewEvent) -> Event:
    """Record something that happened to one or more subjects of one organisation (contributors)."""
    subjects = [subject_for(db, caller, each, Role.CONTRIBUTOR) for each in dict.fromkeys(new.subject_ids)]
    owners = {subject.organisation_id for subject in subjects}
    if len(owners) != 1:
        raise InvalidRecordError("an event happens to one or more subjects of one organisation")
    owner = owners.pop()
    span, event_id = span_of(new.edtf), new_id()
    values = {
        "id": event_id,
        "organisation_id": owner,
        "code": new.code or f"e-{event_id.hex}",
        "kind_id": Concepts(db, owner).get("event_type", new.kind).id,
        "title": require_name(new.title),
        "edtf": new.edtf,
        "day_from": span.day_from,
        "day_to": span.day_to,
        "certainty": new.certainty,
        "source_ids": ids_of(db, SourceRow, owner, new.sources, what="source"),
        "agent_ids": ids_of(db, AgentRow, owner, new.agents, what="agent"),
        "date_as_written": new.date_as_written,
        "note": new.note,
        "conflicts_with": list(new.conflicts_with),
        "recorded_by": caller.person_id,
    }
    try:
        with db.begin_nested():
            row = db.scalars(insert(EventRow).values(**values).returning(EventRow)).one()
    except IntegrityError as error:
        raise RecordCodeTakenError(
            f"the organisation has an event {values['code']} already", hint="choose another code"
        ) from error
    pairs = [{"event_id": event_id, "subject_id": subject.id} for subject in subjects]
    db.execute(insert(EventSubjectRow), pairs)
    record(db, "event.made", "event", event_id, organisation_id=owner, caller=caller, code=row.code)
    db.flush()
    return events_of(db, caller, [row], known(db, None))[0]
