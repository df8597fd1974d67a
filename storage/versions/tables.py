"""Tables of blobs, assets, versions, their files, and publications."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Base
from storage.ids import new_id

SINCE_NOW = text("tstzrange(clock_timestamp(), NULL)")


class BlobRow(Base):
    """Bytes at rest. Its digest is written once the server itself has hashed every byte.

    `expected → stored → verified`; `deleted` when the same bytes were held already or it was given up,
    `reaped` when the object is gone too.
    """

    __tablename__ = "blob"
    __table_args__ = (
        CheckConstraint("state IN ('expected','stored','verified','deleted','reaped')", name="state"),
        CheckConstraint(
            "state <> 'verified' OR (sha256 IS NOT NULL AND verified_at IS NOT NULL)", name="verified"
        ),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        Index(
            "uq_blob_organisation_id_sha256",
            "organisation_id",
            "sha256",
            unique=True,
            postgresql_where=text("state = 'verified'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    object_key: Mapped[str] = mapped_column(unique=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="expected")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    verified_at: Mapped[datetime | None]


class AssetRow(Base):
    """One digital record kept in versions; `name` is short, and unique in its subject."""

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("subject_id", "name"),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name="name"),
        CheckConstraint(
            "kind IN ('point_cloud','mesh','image_set','terrain','splat','drawing','document','media')",
            name="kind",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    title: Mapped[dict[str, Any] | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class VersionRow(Base):
    """`draft` (no number) → `published` (number and manifest) → `withdrawn` (tombstone).

    The columns from `kind` to `warnings` are what inspection found, in the version's own frame (metres).
    A trigger keeps a published version from changing.
    """

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("asset_id", "number"),
        CheckConstraint("state IN ('draft','published','withdrawn')", name="state"),
        CheckConstraint(
            "state = 'draft' OR (number IS NOT NULL AND manifest_sha256 IS NOT NULL"
            " AND published_at IS NOT NULL)",
            name="published",
        ),
        CheckConstraint("state <> 'draft' OR number IS NULL", name="draft"),
        Index("ix_version_capture_id", "capture_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"), index=True)
    capture_id: Mapped[UUID | None] = mapped_column(ForeignKey("capture.id"))
    number: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="draft")
    represents_edtf: Mapped[str | None]
    represents_day_from: Mapped[int | None]
    represents_day_to: Mapped[int | None]
    size_bytes: Mapped[int]
    stated: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    kind: Mapped[str | None]
    format: Mapped[str | None]
    points: Mapped[int | None]
    vertices: Mapped[int | None]
    triangles: Mapped[int | None]
    bounds: Mapped[list[Any] | None]
    crs: Mapped[dict[str, Any] | None]
    own_frame: Mapped[dict[str, Any] | None]
    units: Mapped[str | None]
    attributes: Mapped[list[Any] | None]
    stations: Mapped[list[Any] | None]
    textures: Mapped[list[Any] | None]
    warnings: Mapped[list[Any] | None]
    publish_on_finish: Mapped[bool] = mapped_column(default=False)
    manifest_sha256: Mapped[str | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    verified_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]
    withdrawn_reason: Mapped[str | None]


class VersionFileRow(Base):
    """A file of a version: a path, and the blob with its bytes."""

    __tablename__ = "version_file"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("version.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    blob_id: Mapped[UUID] = mapped_column(ForeignKey("blob.id"), index=True)
    size_bytes: Mapped[int]
    media_type: Mapped[str]
    role: Mapped[str]


class PublicationRow(Base):
    """While `recorded` lasts the version is published; append-only, closed by its withdrawal."""

    __tablename__ = "publication"
    __table_args__ = (
        ExcludeConstraint(("version_id", "="), ("recorded", "&&"), name="ex_publication_one_at_a_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("version.id"), index=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"), index=True)
    number: Mapped[int]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
    recorded_by: Mapped[UUID | None]
