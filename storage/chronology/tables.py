"""Tables of structure and time. Day bounds are proleptic-Gregorian Julian day numbers; NULL: open.

Rows are kept as they were written: triggers refuse DELETE, and of an UPDATE all but closing `recorded`.
`recorded` is stamped by the database unless an import of this very transaction states it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT4RANGE, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from storage.db import Base
from storage.ids import new_id

SINCE_NOW = text("tstzrange(clock_timestamp(), NULL)")
SPAN = Computed("int4range(day_from, day_to, '[]')", persisted=True)
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
BASES = ("observed", "measured", "source", "comparison", "inference", "conjecture")


class ConceptRow(Base):
    """A term of a vocabulary. Those of no organisation are the house's own, known to everybody.

    Of scheme `predicate`, `is_exclusive` is the default of statements that do not say it themselves.
    """

    __tablename__ = "concept"
    __table_args__ = (
        UniqueConstraint("organisation_id", "scheme", "code", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    scheme: Mapped[str]
    code: Mapped[str]
    label: Mapped[dict[str, Any]]
    broader_id: Mapped[UUID | None] = mapped_column(ForeignKey("concept.id"), index=True)
    exact_match: Mapped[list[str]]
    edtf: Mapped[str | None]
    value_type: Mapped[str | None]
    is_exclusive: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AgentRow(Base):
    """A person, organisation or software that did something; most have no account."""

    __tablename__ = "agent"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    kind: Mapped[str]
    name: Mapped[dict[str, Any]]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SourceRow(Base):
    """A citation, and how far it is to be trusted: 1 to 5."""

    __tablename__ = "source"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("reliability BETWEEN 1 AND 5", name="reliability"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    kind: Mapped[str]
    citation: Mapped[str]
    reliability: Mapped[int] = mapped_column(SmallInteger)
    url: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RecordImportRow(Base):
    """One record file taken in; the same bytes are taken once for an organisation."""

    __tablename__ = "record_import"
    __table_args__ = (UniqueConstraint("organisation_id", "digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    digest: Mapped[str]
    states_recorded: Mapped[bool]
    about: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class HypothesisRow(Base):
    """A named reading of a lost or disputed state."""

    __tablename__ = "hypothesis"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("subject.id"), index=True)
    code: Mapped[str]
    title: Mapped[dict[str, Any]]
    rationale: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SubjectDetailRow(Base):
    """What is known of a subject besides its name and place, while `recorded` lasts."""

    __tablename__ = "subject_detail"
    __table_args__ = (
        ExcludeConstraint(("subject_id", "="), ("recorded", "&&"), name="ex_subject_detail_one_at_a_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    type_id: Mapped[UUID | None] = mapped_column(ForeignKey("concept.id"), index=True)
    local_codes: Mapped[dict[str, Any]]
    about: Mapped[dict[str, Any]]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
    recorded_by: Mapped[UUID | None]
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("record_import.id"))


class EventRow(Base):
    """Something that happened."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("certainty BETWEEN 0 AND 5", name="certainty"),
        Index("ix_event_span", "span", postgresql_using="gist"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    kind_id: Mapped[UUID] = mapped_column(ForeignKey("concept.id"), index=True)
    title: Mapped[dict[str, Any]]
    edtf: Mapped[str]
    day_from: Mapped[int | None] = mapped_column(Integer)
    day_to: Mapped[int | None] = mapped_column(Integer)
    span: Mapped[Range[int]] = mapped_column(INT4RANGE, SPAN)
    certainty: Mapped[int] = mapped_column(SmallInteger)
    source_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    agent_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    date_as_written: Mapped[str | None]
    note: Mapped[str | None]
    conflicts_with: Mapped[list[str]]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
    recorded_by: Mapped[UUID | None]
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("record_import.id"))


class EventSubjectRow(Base):
    """A subject to which something happened."""

    __tablename__ = "event_subject"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True, index=True)


class RelationRow(Base):
    """What one subject is to another: carried_by, performed_at, part_of, copy_of…"""

    __tablename__ = "relation"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("certainty BETWEEN 0 AND 5", name="certainty"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    from_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    role: Mapped[str]
    to_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    edtf: Mapped[str | None]
    day_from: Mapped[int | None] = mapped_column(Integer)
    day_to: Mapped[int | None] = mapped_column(Integer)
    span: Mapped[Range[int]] = mapped_column(INT4RANGE, SPAN)
    certainty: Mapped[int] = mapped_column(SmallInteger)
    source_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    note: Mapped[str | None]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
    recorded_by: Mapped[UUID | None]
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("record_import.id"))


class StatementRow(Base):
    """One fact about a subject: true over `valid`, held by us over `recorded`."""

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("certainty BETWEEN 0 AND 5", name="certainty"),
        CheckConstraint(
            "basis IN ('observed','measured','source','comparison','inference','conjecture')", name="basis"
        ),
        ExcludeConstraint(
            ("subject_id", "="),
            ("predicate_id", "="),
            (text(f"coalesce(hypothesis_id, {NOBODY})"), "="),
            ("valid", "&&"),
            ("recorded", "&&"),
            name="ex_statement_exclusive",
            where=text("is_exclusive"),
        ),
        Index(
            "ix_statement_asked",
            "subject_id",
            "predicate_id",
            "valid",
            "recorded",
            postgresql_using="gist",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    predicate_id: Mapped[UUID] = mapped_column(ForeignKey("concept.id"))
    concept_id: Mapped[UUID | None] = mapped_column(ForeignKey("concept.id"), index=True)
    value: Mapped[dict[str, Any]]
    edtf: Mapped[str]
    day_from: Mapped[int | None] = mapped_column(Integer)
    day_to: Mapped[int | None] = mapped_column(Integer)
    valid: Mapped[Range[int]] = mapped_column(INT4RANGE, SPAN)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
    began_by: Mapped[UUID | None] = mapped_column(ForeignKey("event.id"))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("event.id"))
    basis: Mapped[str]
    certainty: Mapped[int] = mapped_column(SmallInteger)
    source_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    best_source: Mapped[int | None] = mapped_column(SmallInteger)
    hypothesis_id: Mapped[UUID | None] = mapped_column(ForeignKey("hypothesis.id"), index=True)
    is_exclusive: Mapped[bool]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement.id"), index=True)
    date_as_written: Mapped[str | None]
    note: Mapped[str | None]
    recorded_by: Mapped[UUID | None]
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("record_import.id"))
