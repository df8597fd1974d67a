"""Assets and versions, as readers see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One digital record kept in versions."""

    id: UUID
    subject_id: UUID
    kind: str
    name: str
    title: dict[str, str] | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class VersionFile:
    """A file of a version; `sha256` is None until the server has hashed it."""

    path: str
    size_bytes: int
    sha256: str | None
    media_type: str
    role: str
    object_key: str


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version; from `kind` to `warnings` it is what inspection found, in its own frame (metres)."""

    id: UUID
    asset_id: UUID
    subject_id: UUID
    organisation_id: UUID
    capture_id: UUID | None
    number: int | None
    state: str
    represents_edtf: str | None
    size_bytes: int
    stated: dict[str, Any]
    kind: str | None
    format: str | None
    points: int | None
    vertices: int | None
    triangles: int | None
    bounds: list[Any] | None
    crs: dict[str, Any] | None
    own_frame: dict[str, Any] | None
    units: str | None
    attributes: list[Any] | None
    stations: list[Any] | None
    textures: list[Any] | None
    warnings: list[Any] | None
    publish_on_finish: bool
    manifest_sha256: str | None
    created_by: UUID
    created_at: datetime
    verified_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    files: tuple[VersionFile, ...]
