"""Jobs and attempts, as readers and workers see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class JobError:
    """Why a job or an attempt failed."""

    kind: str
    message: str
    hint: str | None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try at a job."""

    id: UUID
    number: int
    worker: str
    state: str
    started_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None
    error: JobError | None
    limits: dict[str, Any] | None
    software: dict[str, Any] | None
    result: dict[str, Any] | None
    seconds: float | None
    peak_mib: float | None
    log_head: str | None
    log_tail: str | None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A unit of work."""

    id: UUID
    operation: str
    state: str
    organisation_id: UUID
    version_id: UUID | None
    upload_id: UUID | None
    requested_by: UUID | None
    arguments: dict[str, Any]
    work_key: str
    priority: int
    memory_mib: int
    disk_mib: int
    max_attempts: int
    worker: str | None
    stage: str | None
    done: int | None
    total: int | None
    unit: str | None
    error: JobError | None
    created_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    changed_at: datetime
    ended_at: datetime | None
    made: tuple[str, ...]
    """Kinds of derivatives that can be had already."""
    attempts: tuple[Attempt, ...]
    depends_on: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job in the hands of a worker; its fence goes into every further word about it."""

    job_id: UUID
    attempt_id: UUID
    number: int
    fence: int
    worker: str
    operation: str
    arguments: dict[str, Any]
    organisation_id: UUID
    version_id: UUID | None
    upload_id: UUID | None
    memory_mib: int
    disk_mib: int
    lease_ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is, in words and numbers of its current stage."""

    stage: str
    done: int | None = None
    total: int | None = None
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Beat:
    """The answer to a heartbeat."""

    cancelling: bool
    lease_ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file a job reads: its path in the version, its object, and for `register` its group."""

    path: str
    object_key: str
    size_bytes: int
    group: str | None = None
    file_id: UUID | None = None
    # Of a piece of a file: where it lies in it, and how large the whole is.
    offset_bytes: int = 0
    of_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """A file a worker has put at `derivatives/<id>/<path>`."""

    path: str
    role: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class MadeDerivative:
    """A derivative that was begun by this attempt, and is all there now."""

    id: UUID
    result: Mapping[str, Any]
    files: Sequence[MadeFile]


@dataclass(frozen=True, kw_only=True)
class MadeMember:
    """A file that was unpacked of an archive, in the store and hashed."""

    path: str
    blob_id: UUID
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class FoundFile:
    """What the server found when it hashed an uploaded file."""

    file_id: UUID
    sha256: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Account:
    """What an attempt used and said: its provenance."""

    seconds: float | None = None
    peak_mib: float | None = None
    log_head: str | None = None
    log_tail: str | None = None
    limits: Mapping[str, Any] | None = None
    software: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What an attempt brings home: results by step, derivatives, and (verify-upload) digests found."""

    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    derivatives: Sequence[MadeDerivative] = ()
    found: Sequence[FoundFile] = ()
    members: Sequence[MadeMember] = ()
    account: Account = Account()
