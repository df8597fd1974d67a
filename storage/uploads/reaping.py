"""Remove the bytes that no row needs any more."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from storage.inventory import may_delete
from storage.jobs.kinds import LIVE
from storage.jobs.tables import JobRow
from storage.objects.store import ObjectStore
from storage.uploads.tables import UploadFileRow
from storage.versions.tables import BlobRow


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
