"""Tables of jobs, their dependencies, the attempts at them, and workers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Base
from storage.ids import new_id

LIVE = "state IN ('waiting','queued','running','cancelling')"


class JobRow(Base):
    """A unit of work. The fence rises with every claim; only its holder may report and finish.

    `lease_ends_at` is on the database's clock.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting','queued','running','cancelling','succeeded','failed','cancelled')",
            name="state",
        ),
        CheckConstraint("(state IN ('running','cancelling')) = (lease_ends_at IS NOT NULL)", name="lease"),
        Index("uq_job_live_work_key", "work_key", unique=True, postgresql_where=text(LIVE)),
        Index("ix_job_queue", "priority", "created_at", postgresql_where=text("state = 'queued'")),
        Index(
            "ix_job_lease",
            "lease_ends_at",
            postgresql_where=text("state IN ('running','cancelling')"),
        ),
        Index("ix_job_running_group", "organisation_id", postgresql_where=text("state = 'running'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    operation: Mapped[str]
    state: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("version.id"), index=True)
    upload_id: Mapped[UUID | None] = mapped_column(ForeignKey("upload.id"), index=True)
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    arguments: Mapped[dict[str, Any]]
    recipe_version: Mapped[int]
    work_key: Mapped[str]
    priority: Mapped[int] = mapped_column(default=100)
    memory_mib: Mapped[int]
    disk_mib: Mapped[int]
    fence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    worker: Mapped[str | None]
    lease_ends_at: Mapped[datetime | None]
    stage: Mapped[str | None]
    done: Mapped[int | None]
    total: Mapped[int | None]
    unit: Mapped[str | None]
    error_kind: Mapped[str | None]
    error_message: Mapped[str | None]
    error_hint: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    queued_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]


class JobDependencyRow(Base):
    """That a job waits for another one to succeed."""

    __tablename__ = "job_dependency"
    __table_args__ = (CheckConstraint("job_id <> needs_id", name="not_itself"),)

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    needs_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), primary_key=True, index=True)


class AttemptRow(Base):
    """One try at a job; afterwards its provenance: what it was given, what came out, and its log's ends."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("job_id", "number"),
        CheckConstraint("state IN ('running','succeeded','failed','lost','cancelled')", name="state"),
        Index("uq_attempt_running", "job_id", unique=True, postgresql_where=text("state = 'running'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    number: Mapped[int]
    fence: Mapped[int]
    worker: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    heartbeat_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
    error_kind: Mapped[str | None]
    error_message: Mapped[str | None]
    error_hint: Mapped[str | None]
    limits: Mapped[dict[str, Any] | None]
    software: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    seconds: Mapped[float | None]
    peak_mib: Mapped[float | None]
    log_head: Mapped[str | None]
    log_tail: Mapped[str | None]


class WorkerRow(Base):
    """A worker slot with a stable name, and when it was last heard of.

    `heartbeat_at` moves when the worker takes a hint from the broker, or while it holds a job: never by a
    clock of its own. `retired_at` is set once it has left in order, or has been silent for long.
    """

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    heartbeat_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    memory_mib: Mapped[int]
    disk_mib: Mapped[int]
    room: Mapped[str]
    retired_at: Mapped[datetime | None]


class DispatcherRow(Base):
    """The one dispatcher: when it last swept, and when the broker last took a hint of it."""

    __tablename__ = "dispatcher"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    swept_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    hinted_at: Mapped[datetime | None]
