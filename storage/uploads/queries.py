"""Read uploads: their sender and curators may."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from storage.callers import Caller, Role
from storage.db import as_record
from storage.errors import NotFoundError
from storage.objects.errors import MultipartNotFoundError, ObjectNotFoundError
from storage.objects.store import ExpectedPart, ObjectStore, composite_checksum
from storage.paging import Page, page_of
from storage.uploads.records import FileToVerify, PartThere, Upload, UploadFile
from storage.uploads.tables import UploadFileRow, UploadPartRow, UploadRow
from storage.versions.tables import BlobRow


def upload_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `upload`: the caller sends it, or is a curator there."""
    if caller.server_admin:
        return true()
    if caller.person_id is None:
        return false()
    own = and_(
        UploadRow.person_id == caller.person_id,
        UploadRow.organisation_id.in_(caller.organisations(Role.CONTRIBUTOR)),
    )
    return or_(own, UploadRow.organisation_id.in_(caller.organisations(Role.CURATOR)))


def get_upload(db: Session, caller: Caller, upload_id: UUID) -> Upload:
    """Return one upload with its files."""
    return uploads_of(db, [upload_row(db, caller, upload_id)])[0]


def upload_row(db: Session, caller: Caller, upload_id: UUID, *, lock: bool = False) -> UploadRow:
    """Return an upload's row, to be changed under its lock."""
    query = select(UploadRow).where(UploadRow.id == upload_id, upload_visible(caller))
    if lock:
        query = query.with_for_update()
    row = db.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFoundError.of("upload", upload_id)
    return row


def list_uploads(
    db: Session, caller: Caller, *, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Upload]:
    """Return uploads, newest first."""
    query = select(UploadRow).where(upload_visible(caller))
    if state is not None:
        query = query.where(UploadRow.state == state)
    return page_of(
        db,
        query,
        UploadRow.id,
        lambda rows: uploads_of(db, rows),
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def uploads_of(db: Session, rows: Sequence[UploadRow]) -> list[Upload]:
    """Return the records of rows, with their files."""
    files: dict[UUID, list[UploadFile]] = defaultdict(list)
    for file, object_key in file_rows(db, [row.id for row in rows]):
        files[file.upload_id].append(as_record(UploadFile, file, object_key=object_key))
    return [as_record(Upload, row, files=tuple(files[row.id])) for row in rows]


def file_rows(db: Session, upload_ids: Sequence[UUID]) -> list[tuple[UploadFileRow, str]]:
    """Return the files of uploads, each with its object's key, in their order."""
    query = (
        select(UploadFileRow, BlobRow.object_key)
        .join(BlobRow, BlobRow.id == UploadFileRow.blob_id)
        .where(UploadFileRow.upload_id.in_(upload_ids))
        .order_by(UploadFileRow.upload_id, UploadFileRow.position)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in db.execute(query)]


def parts_there(
    db: Session, caller: Caller, store: ObjectStore, upload_id: UUID
) -> dict[UUID, tuple[PartThere, ...]]:
    """Return by file which parts have arrived: so that a broken sending goes on where it broke off."""
    upload = upload_row(db, caller, upload_id)
    files = file_rows(db, [upload.id])
    if upload.state != "open":
        return {}
    found: dict[UUID, tuple[PartThere, ...]] = {}
    for file, object_key in files:
        found[file.id] = _parts_of_file(store, file, object_key, signed_parts(db, file.id))
    return found


def _parts_of_file(
    store: ObjectStore, file: UploadFileRow, object_key: str, signed: dict[int, UploadPartRow]
) -> tuple[PartThere, ...]:
    if file.multipart_id is None:
        return ()
    try:
        stored = store.list_parts(object_key, file.multipart_id)
    except MultipartNotFoundError:
        return _parts_of_object(store, file, object_key, signed)
    return tuple(
        PartThere(number=part.number, size_bytes=part.size_bytes, sha256=signed[part.number].sha256)
        for part in stored
        if part.number in signed and signed[part.number].size_bytes == part.size_bytes
    )


def _parts_of_object(
    store: ObjectStore, file: UploadFileRow, object_key: str, signed: dict[int, UploadPartRow]
) -> tuple[PartThere, ...]:
    """Return all parts if the object is made of them already: a `complete` whose transaction was lost."""
    parts = [
        ExpectedPart(number=n, size_bytes=row.size_bytes, sha256=row.sha256) for n, row in signed.items()
    ]
    try:
        head = store.head(object_key)
    except ObjectNotFoundError:
        return ()
    if head.size_bytes != file.size_bytes or head.checksum_sha256 not in (None, composite_checksum(parts)):
        return ()
    return tuple(PartThere(number=p.number, size_bytes=p.size_bytes, sha256=p.sha256) for p in parts)


def signed_parts(db: Session, file_id: UUID) -> dict[int, UploadPartRow]:
    """Return the parts of a file for which addresses were signed, by number."""
    query = select(UploadPartRow).where(UploadPartRow.file_id == file_id).order_by(UploadPartRow.number)
    return {row.number: row for row in db.scalars(query.execution_options(populate_existing=True))}


def files_to_verify(db: Session, upload_id: UUID) -> tuple[FileToVerify, ...]:
    """Return the files of a received upload, to be hashed."""
    return tuple(
        FileToVerify(
            file_id=file.id,
            path=file.path,
            object_key=object_key,
            size_bytes=file.size_bytes,
            promised_sha256=file.sha256,
        )
        for file, object_key in file_rows(db, [upload_id])
    )


def idle_uploads(db: Session, *, before: datetime, limit: int = 100) -> list[UUID]:
    """Return open uploads of which nothing was heard since a moment: for the reaper."""
    query = (
        select(UploadRow.id)
        .where(UploadRow.state == "open", UploadRow.last_seen_at < before)
        .order_by(UploadRow.last_seen_at)
    )
    return list(db.scalars(query.limit(limit)))
