"""Subjects, captures, assets."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import ConfigDict, Field, StringConstraints

from service.schemas.chronology import StatementRead
from service.schemas.common import Answer, Body, Edtf, Label, Name, Point, ShortText

SubjectKind = Literal["site", "complex", "monument", "component", "artefact", "practice", "document"]
AssetKind = Literal["point_cloud", "mesh", "image_set", "terrain", "splat", "drawing", "document", "media"]
Visibility = Literal["private", "public"]
CodePath = Annotated[
    str,
    Path(
        max_length=2_000,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*$",
        examples=["hue.citadel.thai-hoa"],
    ),
]
AssetName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


class SubjectCreate(Body):
    """A new subject: a root of an organisation, or a part of another one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "parent_id": "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10",
                    "kind": "monument",
                    "code": "thai-hoa",
                    "name": {"vi": "Điện Thái Hòa", "en": "Thái Hòa Palace"},
                }
            ]
        }
    )

    organisation_id: UUID | None = None
    parent_id: UUID | None = None
    kind: SubjectKind
    code: Label
    name: Name = Name()
    local_code: ShortText | None = None
    visibility: Visibility | None = None


class SubjectPatch(Body):
    """What of a subject may be changed; fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": {"vi": "Điện Thái Hòa"}}]})

    name: Name | None = None
    local_code: ShortText | None = None
    visibility: Visibility | None = None


class SubjectRead(Answer):
    """A node of the tree."""

    id: UUID
    organisation_id: UUID
    parent_id: UUID | None
    kind: SubjectKind
    code: str
    path: str
    name: Name
    local_code: str | None
    visibility: Visibility = Field(description="Of its root.")
    created_at: datetime
    children: int | None = Field(None, description="How many parts it has directly.")
    versions: int | None = Field(None, description="How many versions the caller sees in it and below.")
    picture: str | None = Field(None, description="Address of the newest preview picture in it or below.")
    known_at: datetime | None = Field(
        None, description="As known at this moment, where one subject is shown."
    )
    existence: list[StatementRead] | None = Field(
        None, description="What is held of its existence as of the date asked."
    )


class SubjectTree(Answer):
    """A subject and everything below it."""

    subject: SubjectRead
    children: list["SubjectTree"]


class CaptureCreate(Body):
    """A new survey campaign."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "2022-tls",
                    "method": "terrestrial-laser-scan",
                    "date_edtf": "2022-05",
                    "accuracy_m": 0.003,
                }
            ]
        }
    )

    code: Label
    method: ShortText
    date_edtf: Edtf
    sensor: ShortText | None = None
    operators: list[ShortText] = Field(default=[], max_length=50)
    accuracy_m: float | None = Field(None, gt=0, le=1_000)
    crs: Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")] | None = (
        None
    )


class CaptureRead(Answer):
    """A survey campaign."""

    id: UUID
    subject_id: UUID
    code: str
    method: str
    date_edtf: str
    sensor: str | None
    operators: list[str]
    accuracy_m: float | None
    crs: str | None
    created_at: datetime


class AssetCreate(Body):
    """A new asset."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "point_cloud", "name": "tls", "title": {"vi": "Quét laser"}}]
        }
    )

    kind: AssetKind
    name: AssetName
    title: Name | None = None


class LatestVersion(Answer):
    """The newest version of an asset that the caller sees."""

    id: UUID
    number: int | None
    state: str
    points: int | None = None
    triangles: int | None = None
    picture: str | None = None


class AssetRead(Answer):
    """One digital record kept in versions."""

    id: UUID
    subject_id: UUID
    kind: AssetKind
    name: str
    title: Name | None
    created_at: datetime
    latest: LatestVersion | None = None


class FrameCreate(Body):
    """A frame: free, or east-north-up at `origin_geodetic` (longitude, latitude: degrees; height: metres)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "free"}, {"kind": "tangent", "origin_geodetic": [107.5776, 16.4691, 12.0]}]
        }
    )

    kind: Literal["free", "tangent"]
    origin_geodetic: Point | None = None


class FrameRead(Answer):
    """Right-handed, Z up, true metres. It never changes."""

    id: UUID
    subject_id: UUID
    kind: Literal["free", "tangent"]
    origin_geodetic: list[float] | None
    created_at: datetime
