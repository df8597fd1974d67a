"""What the server found when it hashed every byte: the upload is verified, or refused with both digests."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.jobs.kinds import CHECKSUM_MISMATCH
from storage.jobs.records import FoundFile, JobError
from storage.uploads.queries import file_rows
from storage.uploads.tables import UploadFileRow, UploadRow
from storage.versions.tables import BlobRow, VersionFileRow, VersionRow

AGENT = "storage: verify-upload"


def settle_verification(db: Session, upload_id: UUID, found: Sequence[FoundFile]) -> JobError | None:
    """Verify or refuse a received upload by what was found of each file; the version's row is locked.

    Returns why it was refused, None if it is verified. An upload refused before stays so: its job, tried
    again, fails again.
    """
    upload = db.get_one(UploadRow, upload_id, with_for_update=True, populate_existing=True)
    if upload.state == "refused":
        return _refused(upload.refusal or {})
    if upload.state != "received":
        return None
    digests = {each.file_id: each for each in found}
    files = [file for file, _ in file_rows(db, [upload_id])]
    wrong = []
    for file in files:
        seen = digests.get(file.id)
        file.found_sha256 = seen.sha256 if seen else None
        if seen is None or seen.size_bytes != file.size_bytes or file.sha256 not in (None, seen.sha256):
            wrong.append(_difference(file, seen))
    at = db.scalars(select(func.clock_timestamp())).one()
    upload.ended_at = at
    if wrong:
        upload.state = "refused"
        upload.refusal = {"kind": CHECKSUM_MISMATCH, "files": wrong}
        _audit(db, upload, "upload.refused")
        return _error(wrong)
    for file in files:
        _verify_blob(db, upload, file)
    upload.state = "verified"
    db.execute(
        update(VersionRow)
        .where(VersionRow.id == upload.version_id, VersionRow.state == "draft")
        .values(verified_at=at)
        .execution_options(synchronize_session=False)
    )
    _audit(db, upload, "upload.verified")
    return None


def _refused(refusal: dict[str, Any]) -> JobError:
    if refusal["files"]:
        return _error(refusal["files"])
    return JobError(kind=refusal["kind"], message=refusal["message"], hint=refusal["hint"])


def _difference(file: UploadFileRow, seen: FoundFile | None) -> dict[str, object]:
    return {
        "path": file.path,
        "promised_sha256": file.sha256,
        "found_sha256": seen.sha256 if seen else None,
        "promised_bytes": file.size_bytes,
        "found_bytes": seen.size_bytes if seen else None,
    }


def _error(wrong: Sequence[dict[str, object]]) -> JobError:
    first = wrong[0]
    return JobError(
        kind=CHECKSUM_MISMATCH,
        message=(
            f"{first['path']}: sha256 promised {first['promised_sha256']}, found {first['found_sha256']}"
            + (f", and {len(wrong) - 1} more" if len(wrong) > 1 else "")
        ),
        hint="the file changed while it was sent, or was damaged on the way: upload it again",
    )


def _audit(db: Session, upload: UploadRow, action: str) -> None:
    db.flush()
    record(
        db,
        action,
        "upload",
        upload.id,
        organisation_id=upload.organisation_id,
        agent=AGENT,
        version=str(upload.version_id),
        refusal=upload.refusal,
    )


def _verify_blob(db: Session, upload: UploadRow, file: UploadFileRow) -> None:
    """Write the digest to the blob, or point to the one that the organisation holds with that digest.

    The bytes sent again are reaped later: a job on this version may be reading them.
    """
    blob = db.get_one(BlobRow, file.blob_id, with_for_update=True, populate_existing=True)
    # Two uploads of the same bytes that end at once: the second waits here for the first.
    lock = f"{upload.organisation_id}:{file.found_sha256}"
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))
    held = db.scalar(
        select(BlobRow).where(
            BlobRow.organisation_id == upload.organisation_id,
            BlobRow.sha256 == file.found_sha256,
            BlobRow.state == "verified",
        )
    )
    if held is None:
        blob.sha256, blob.state = file.found_sha256, "verified"
        blob.verified_at = upload.ended_at
        db.flush()
        return
    db.execute(
        update(VersionFileRow)
        .where(VersionFileRow.version_id == upload.version_id, VersionFileRow.blob_id == blob.id)
        .values(blob_id=held.id)
    )
    blob.state = "deleted"
    db.flush()
