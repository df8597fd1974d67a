"""Versions, derivatives, endpoints."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from service.schemas.common import Answer, Body, Json, Name, Words

VersionState = Literal["draft", "published", "withdrawn"]


class VersionFileRead(Answer):
    """A file of a version."""

    path: str
    size_bytes: int
    sha256: str | None
    media_type: str
    role: str


class PlacementBrief(Answer):
    """Where a version stands: the placement that counts now."""

    id: UUID
    state: Literal["accepted", "ambiguous", "rejected"]
    method: str
    rms_m: float | None
    site_from_scan: list[list[float]]


class DerivativeFileRead(Answer):
    """A file of a derivative; `url` where it can be had by name."""

    name: str
    role: str
    media_type: str
    size_bytes: int
    sha256: str | None = None
    url: str | None = None


class DerivativeRead(Answer):
    """What a recipe made of a version."""

    id: UUID
    kind: str
    recipe: str
    recipe_version: int
    state: str
    result: Json | None
    bytes: int | None
    files: list[DerivativeFileRead]
    tileset: str | None = Field(
        None, description="Path of its tileset, readable with cookie or bearer header."
    )
    created_at: datetime


class SubjectBrief(Answer):
    """The subject a version is of."""

    id: UUID
    path: str
    name: Name


class AssetBrief(Answer):
    """The asset a version belongs to."""

    id: UUID
    name: str
    kind: str
    title: Name | None = None


class VersionRead(Answer):
    """A version: what was sent, what inspection found, where it stands, what was made of it.

    Bounds and poses are metres in the version's own frame.
    """

    id: UUID
    asset_id: UUID
    subject_id: UUID
    asset: AssetBrief
    subject: SubjectBrief
    number: int | None
    state: VersionState
    kind: str | None
    format: str | None
    points: int | None
    vertices: int | None
    triangles: int | None
    bounds: list[list[float]] | None
    crs: Json | None
    frame: Json | None
    units: str | None
    stated: Json = Field(description="What the sender stated where the files are silent: up_axis, unit_m.")
    attributes: list[str] | None
    stations: list[Json] | None
    textures: list[Any] | None
    warnings: list[Json] | None
    files: list[VersionFileRead]
    bytes: int
    capture_id: UUID | None
    represents_edtf: str | None
    publish_on_finish: bool
    public: bool
    manifest_sha256: str | None
    created_at: datetime
    verified_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    credit: str = Field(description="Whom to name: the organisation that owns it.")
    licence: str | None = Field(description="How it may be used; null where the owner has not said.")
    placement: PlacementBrief | None = None
    derivatives: list[DerivativeRead]
    picture: str | None = None


class Withdrawal(Body):
    """Why a version is withdrawn; kept in its tombstone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong epoch on the label"}]})

    reason: Words


class EndpointRead(Answer):
    """Where to stream a version from."""

    url: str
    quality: Literal["preview", "full"]
    expires: datetime | None
    derivative_id: UUID
    access: Literal["public", "session", "token"]
