"""Heads and tails of files under `work/uploads/`: read by the job that looks at them, and taken away."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.jobs.records import InputFile
from storage.objects.store import ObjectStore
from storage.uploads.tables import UploadFileRow, UploadPieceRow, UploadRow


def piece_key(upload_id: UUID, file_id: UUID, offset_bytes: int) -> str:
    """Return where a piece lies."""
    return f"work/uploads/{upload_id}/{file_id}-{offset_bytes}"


def pieces_of_upload(db: Session, upload_id: UUID) -> list[UploadPieceRow]:
    """Return the pieces of all files of an upload for which addresses were signed."""
    query = (
        select(UploadPieceRow)
        .join(UploadFileRow, UploadFileRow.id == UploadPieceRow.file_id)
        .where(UploadFileRow.upload_id == upload_id)
        .order_by(UploadFileRow.position, UploadPieceRow.offset_bytes)
    )
    return list(db.scalars(query.execution_options(populate_existing=True)))


def pieces_to_read(db: Session, upload_id: UUID, file_ids: Sequence[UUID]) -> tuple[InputFile, ...]:
    """Return the pieces of some files, for the job that looks at them."""
    query = (
        select(UploadPieceRow, UploadFileRow)
        .join(UploadFileRow, UploadFileRow.id == UploadPieceRow.file_id)
        .where(UploadFileRow.upload_id == upload_id, UploadFileRow.id.in_(file_ids))
        .order_by(UploadFileRow.position, UploadPieceRow.offset_bytes)
    )
    return tuple(
        InputFile(
            path=file.path,
            object_key=piece_key(upload_id, file.id, piece.offset_bytes),
            size_bytes=piece.size_bytes,
            file_id=file.id,
            offset_bytes=piece.offset_bytes,
            of_bytes=file.size_bytes,
        )
        for piece, file in db.execute(query)
    )


def paths_of_upload(db: Session, upload_id: UUID) -> list[str]:
    """Return the paths of all files of an upload: what its files may refer to."""
    query = select(UploadFileRow.path).where(UploadFileRow.upload_id == upload_id)
    return list(db.scalars(query.order_by(UploadFileRow.position)))


def record_early(db: Session, upload_id: UUID, result: Mapping[str, Any]) -> None:
    """Write what heads and tails told to the rows of their files."""
    said: Mapping[str, Any] = result.get("said", {})
    query = select(UploadFileRow).where(UploadFileRow.upload_id == upload_id)
    for file in db.scalars(query.with_for_update()):
        if isinstance(said.get(file.path), dict):
            file.early = dict(said[file.path])
    db.flush()


def ended_with_pieces(db: Session, *, limit: int = 100) -> list[UUID]:
    """Return uploads that take no more parts and still have pieces."""
    query = (
        select(UploadRow.id)
        .join(UploadFileRow, UploadFileRow.upload_id == UploadRow.id)
        .join(UploadPieceRow, UploadPieceRow.file_id == UploadFileRow.id)
        .where(UploadRow.state != "open")
        .distinct()
    )
    return list(db.scalars(query.limit(limit)))


def reap_pieces(db: Session, store: ObjectStore, upload_id: UUID) -> None:
    """Remove the pieces of an upload that has ended."""
    files = select(UploadFileRow.id).where(UploadFileRow.upload_id == upload_id)
    for piece in pieces_of_upload(db, upload_id):
        store.delete(piece_key(upload_id, piece.file_id, piece.offset_bytes))
    db.execute(delete(UploadPieceRow).where(UploadPieceRow.file_id.in_(files)))
