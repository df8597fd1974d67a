"""Uploads, as their senders see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.jobs.records import Job
from storage.versions.records import Version


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that is promised; `sha256` (hex) of the whole if the sender knows it."""

    path: str
    size_bytes: int
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class UploadFile:
    """A file of an upload, and its plan of parts."""

    id: UUID
    path: str
    size_bytes: int
    sha256: str | None
    part_size_bytes: int
    parts: int
    found_sha256: str | None
    early: dict[str, Any] | None
    object_key: str


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Bytes on their way in."""

    id: UUID
    organisation_id: UUID
    asset_id: UUID
    capture_id: UUID | None
    person_id: UUID
    version_id: UUID | None
    state: str
    represents_edtf: str | None
    publish: bool
    control: list[Any] | None
    stated: dict[str, Any]
    size_bytes: int
    refusal: dict[str, Any] | None
    created_at: datetime
    last_seen_at: datetime
    received_at: datetime | None
    ended_at: datetime | None
    files: tuple[UploadFile, ...]


@dataclass(frozen=True, kw_only=True)
class PartToSign:
    """A part about to be sent: its size and SHA-256 (hex)."""

    file_id: UUID
    number: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SignedPart:
    """Where and how to send a part; the headers are signed."""

    file_id: UUID
    number: int
    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PieceToSign:
    """A head or tail about to be sent: where it lies in its file, its size and SHA-256 (hex)."""

    file_id: UUID
    offset_bytes: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SignedPiece:
    """Where and how to send a piece; the headers are signed."""

    file_id: UUID
    offset_bytes: int
    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PartThere:
    """A part that has arrived, and is what was last signed for it."""

    number: int
    size_bytes: int
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Completed:
    """An upload that has been received, its draft, and the jobs on it."""

    upload: Upload
    version: Version
    jobs: tuple[Job, ...]


@dataclass(frozen=True, kw_only=True)
class FileToVerify:
    """A file whose every byte the server is to hash."""

    file_id: UUID
    path: str
    object_key: str
    size_bytes: int
    promised_sha256: str | None
