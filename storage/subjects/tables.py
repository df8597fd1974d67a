"""Tables of subjects: the tree as it is now, and its names and places as they were."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Base, Ltree
from storage.ids import new_id

SEARCHED = (
    "fold(coalesce(name->>'vi','') || ' ' || coalesce(name->>'en','') || ' ' "
    "|| coalesce(local_code,'') || ' ' || code)"
)
SINCE_NOW = text("tstzrange(clock_timestamp(), NULL)")


class SubjectRow(Base):
    """A node of the tree. `name`, `code`, `path` and `parent_id` are a projection of now."""

    __tablename__ = "subject"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('site','complex','monument','component','artefact','practice','document')", name="kind"
        ),
        CheckConstraint("code ~ '^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$'", name="code"),
        CheckConstraint("(parent_id IS NULL) = (visibility IS NOT NULL)", name="visibility_of_roots"),
        CheckConstraint("visibility IN ('private', 'public')", name="visibility"),
        CheckConstraint("(parent_id IS NULL) = (root_id = id)", name="root"),
        UniqueConstraint("path"),
        UniqueConstraint("organisation_id", "local_code"),
        Index("ix_subject_path_gist", "path", postgresql_using="gist"),
        Index(
            "ix_subject_searched_trgm",
            "searched",
            postgresql_using="gin",
            postgresql_ops={"searched": "gin_trgm_ops"},
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("subject.id"), index=True)
    root_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    kind: Mapped[str]
    code: Mapped[str]
    path: Mapped[str] = mapped_column(Ltree)
    name: Mapped[dict[str, Any]]
    local_code: Mapped[str | None]
    visibility: Mapped[str | None]
    searched: Mapped[str] = mapped_column(Computed(SEARCHED, persisted=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SubjectNameRow(Base):
    """What a subject was called while `recorded` lasted; append-only, only `recorded` may be closed."""

    __tablename__ = "subject_name"
    __table_args__ = (
        ExcludeConstraint(("subject_id", "="), ("recorded", "&&"), name="ex_subject_name_one_at_a_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    name: Mapped[dict[str, Any]]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
    recorded_by: Mapped[UUID | None]


class SubjectPlaceRow(Base):
    """Where in the tree a subject stood while `recorded` lasted; append-only likewise."""

    __tablename__ = "subject_place"
    __table_args__ = (
        ExcludeConstraint(("subject_id", "="), ("recorded", "&&"), name="ex_subject_place_one_at_a_time"),
        Index("ix_subject_place_path_gist", "path", postgresql_using="gist"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    parent_id: Mapped[UUID | None]
    path: Mapped[str] = mapped_column(Ltree)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
    recorded_by: Mapped[UUID | None]


class SubjectRedirectRow(Base):
    """An old code path, and the subject that had it."""

    __tablename__ = "subject_redirect"

    path: Mapped[str] = mapped_column(Ltree, primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
