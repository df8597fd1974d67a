"""How much an organisation holds and has reserved."""

from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from storage.errors import QuotaExceededError
from storage.organisations.tables import OrganisationRow
from storage.uploads.tables import UploadFileRow, UploadRow
from storage.versions.tables import BlobRow


def used_bytes(db: Session, organisation_id: UUID) -> int:
    """Return what an organisation's blobs take, those still on their way included.

    What a refused upload brought is kept a while to be looked at, and not counted.
    """
    refused = exists().where(
        UploadFileRow.blob_id == BlobRow.id,
        UploadRow.id == UploadFileRow.upload_id,
        UploadRow.state == "refused",
    )
    held = select(func.coalesce(func.sum(BlobRow.size_bytes), 0)).where(
        BlobRow.organisation_id == organisation_id, BlobRow.state.not_in(("deleted", "reaped")), ~refused
    )
    return int(db.scalars(held).one())


def require_room(db: Session, organisation_id: UUID, size_bytes: int) -> None:
    """Raise QuotaExceededError unless the bytes fit; the organisation's row stays locked meanwhile."""
    quota_bytes = db.scalars(
        select(OrganisationRow.quota_bytes)
        .where(OrganisationRow.id == organisation_id)
        .with_for_update(key_share=True)
    ).one()
    if quota_bytes is None:
        return
    used = used_bytes(db, organisation_id)
    if used + size_bytes > quota_bytes:
        raise QuotaExceededError(
            f"{size_bytes} bytes do not fit: {used} of {quota_bytes} are used",
            hint="withdraw what is not needed, or ask the operator for room",
            quota_bytes=quota_bytes,
            used_bytes=used,
        )
