"""Tables of bytes on their way in: uploads, their files, and the parts of these."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Base
from storage.ids import new_id

HEX_SHA256 = "~ '^[0-9a-f]{64}$'"


class UploadRow(Base):
    """One upload: `open → received → verified`, or `refused`, or `abandoned` by its sender or the reaper.

    `size_bytes` counts as reserved against the organisation's quota until the upload ends.
    """

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("state IN ('open','received','verified','refused','abandoned')", name="state"),
        Index("ix_upload_state_last_seen_at", "state", "last_seen_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"), index=True)
    capture_id: Mapped[UUID | None] = mapped_column(ForeignKey("capture.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(default="open")
    represents_edtf: Mapped[str | None]
    publish: Mapped[bool] = mapped_column(default=False)
    control: Mapped[list[Any] | None]
    stated: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    size_bytes: Mapped[int]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("version.id"), unique=True)
    refusal: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    received_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class UploadFileRow(Base):
    """One file of an upload: what was promised, where its bytes go, and what the server found."""

    __tablename__ = "upload_file"
    __table_args__ = (
        UniqueConstraint("upload_id", "path"),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
        CheckConstraint(f"sha256 {HEX_SHA256}", name="sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("upload.id"), index=True)
    position: Mapped[int]
    path: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str | None]
    part_size_bytes: Mapped[int]
    parts: Mapped[int]
    blob_id: Mapped[UUID] = mapped_column(ForeignKey("blob.id"), unique=True)
    multipart_id: Mapped[str | None]
    found_sha256: Mapped[str | None]
    early: Mapped[dict[str, Any] | None]


class UploadPartRow(Base):
    """One part for which an address was signed: its size and the SHA-256 that S3 holds it to."""

    __tablename__ = "upload_part"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 10000", name="number"),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
        CheckConstraint(f"sha256 {HEX_SHA256}", name="sha256"),
    )

    file_id: Mapped[UUID] = mapped_column(ForeignKey("upload_file.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UploadPieceRow(Base):
    """A head or a tail of a file, sent before its parts so that something can be said of it early."""

    __tablename__ = "upload_piece"
    __table_args__ = (
        CheckConstraint("offset_bytes >= 0", name="offset_bytes"),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
        CheckConstraint(f"sha256 {HEX_SHA256}", name="sha256"),
    )

    file_id: Mapped[UUID] = mapped_column(ForeignKey("upload_file.id"), primary_key=True)
    offset_bytes: Mapped[int] = mapped_column(primary_key=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(server_default=func.now())
