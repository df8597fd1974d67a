"""Tables of what recipes made: derivatives, their files, and the versions they belong to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Base
from storage.ids import new_id

GONE = ("lost", "spent")
"""States whose bytes nobody will ask for again."""


class DerivativeRow(Base):
    """What one attempt made, under its own id: `building → ready`, or `lost`; then `reaped`.

    Two kinds are for workers alone and belong to no version: a `part` of a shared tiling (its packs), and its
    `work` (chunks of points, small tables), which is `spent` once the tiles are joined. `operation`,
    `recipe_version` and `parameters` are the recipe; `work_key` finds it again.
    """

    __tablename__ = "derivative"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('preview','tileset','lod','picture','copc','cut','measure','clean',"
            "'report','part','work')",
            name="kind",
        ),
        CheckConstraint("state IN ('building','ready','lost','spent','reaped')", name="state"),
        Index("ix_derivative_work_key", "work_key", postgresql_where=text("state = 'ready'")),
        Index("ix_derivative_state_created_at", "state", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[str]
    operation: Mapped[str]
    recipe_version: Mapped[int]
    parameters: Mapped[dict[str, Any]]
    work_key: Mapped[str]
    state: Mapped[str] = mapped_column(default="building")
    result: Mapped[dict[str, Any] | None]
    size_bytes: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ready_at: Mapped[datetime | None]


class VersionDerivativeRow(Base):
    """That a derivative belongs to a version; one of a kind is current."""

    __tablename__ = "version_derivative"
    __table_args__ = (
        Index(
            "uq_version_derivative_current",
            "version_id",
            "kind",
            unique=True,
            postgresql_where=text("is_current"),
        ),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("version.id"), primary_key=True)
    derivative_id: Mapped[UUID] = mapped_column(ForeignKey("derivative.id"), primary_key=True, index=True)
    kind: Mapped[str]
    is_current: Mapped[bool] = mapped_column(default=True)


class DerivativeFileRow(Base):
    """A file of a derivative; its object is `derivatives/<derivative>/<path>`, or the one it names."""

    __tablename__ = "derivative_file"

    derivative_id: Mapped[UUID] = mapped_column(ForeignKey("derivative.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    object_key: Mapped[str | None]
