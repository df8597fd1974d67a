"""Jobs and the attempts at them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from service.schemas.common import Answer, ErrorText, Json

JobState = Literal["waiting", "queued", "running", "cancelling", "succeeded", "failed", "cancelled"]


class AttemptRead(Answer):
    """One try at a job; afterwards its provenance."""

    id: UUID
    number: int
    state: Literal["running", "succeeded", "failed", "lost", "cancelled"]
    worker: str
    started_at: datetime
    ended_at: datetime | None
    error: ErrorText | None
    seconds: float | None
    peak_mib: float | None
    limits: Json | None = None
    software: Json | None = None
    result: Json | None = None
    log_head: str | None
    log_tail: str | None


class JobRead(Answer):
    """A unit of work, and how far it is."""

    id: UUID
    operation: str
    state: JobState
    organisation_id: UUID
    version_id: UUID | None
    upload_id: UUID | None
    stage: str | None = Field(description="What is being done, e.g. 'reading'.")
    done: int | None
    total: int | None
    unit: str | None
    error: ErrorText | None
    made: list[str] = Field(description="Kinds of derivatives that can be had already, e.g. 'preview'.")
    depends_on: list[UUID]
    attempts: list[AttemptRead] = Field(description="In a list or an event stream: empty; ask for the job.")
    attempts_made: int
    created_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    changed_at: datetime
    ended_at: datetime | None


class JobStarted(Answer):
    """The job that was asked for."""

    job: JobRead
