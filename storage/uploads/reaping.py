"""Remove the bytes that no row needs any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from storage.inventory import may_delete
from storage.jobs.kinds import LIVE
from storage.jobs.tables import JobRow
from storage.objects.store import ObjectStore
from storage.uploads.tables import UploadFileRow, UploadRow
from storage.versions.tables import BlobRow, VersionFileRow


def drop_refused(db: Session, *, before: datetime) -> int:
    """Mark the bytes of uploads refused before a moment as deleted; return how many blobs that were."""
    files = (
        select(UploadFileRow.blob_id)
        .join(UploadRow, UploadRow.id == UploadFileRow.upload_id)
        .where(UploadRow.state == "refused", UploadRow.ended_at < before)
    )
    dropped = update(BlobRow).where(BlobRow.id.in_(files), BlobRow.state == "stored").values(state="deleted")
    return len(db.execute(dropped.returning(BlobRow.id)).all())


def drop_unused(db: Session, *, before: datetime) -> int:
    """Mark bytes that no upload and no version has as deleted: unpacked by an attempt that was lost."""
    used = or_(
        exists().where(UploadFileRow.blob_id == BlobRow.id),
        exists().where(VersionFileRow.blob_id == BlobRow.id),
    )
    unused = (
        update(BlobRow)
        .where(BlobRow.state == "expected", BlobRow.created_at < before, ~used)
        .values(state="deleted")
        .execution_options(synchronize_session=False)
    )
    return len(db.execute(unused.returning(BlobRow.id)).all())


def deleted_blobs(db: Session, *, limit: int = 100) -> list[UUID]:
    """Return blobs to be reaped: deleted, and read by no job of the upload that brought them."""
    read = exists().where(
        UploadFileRow.blob_id == BlobRow.id,
        JobRow.upload_id == UploadFileRow.upload_id,
        JobRow.state.in_(LIVE),
    )
    query = select(BlobRow.id).where(BlobRow.state == "deleted", ~read).order_by(BlobRow.id)
    return list(db.scalars(query.limit(limit)))


def reap_blob(db: Session, store: ObjectStore, blob_id: UUID) -> bool:
    """Remove the object of a deleted blob; False if it is not to be removed (any more, or yet)."""
    if not may_delete(db):
        return False
    row = db.get(BlobRow, blob_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "deleted":
        return False
    store.delete(row.object_key)
    row.state = "reaped"
    return True
