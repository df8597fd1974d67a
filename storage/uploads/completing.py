"""Complete an upload: parts become objects, and one transaction makes the draft and its jobs."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller
from storage.chronology.edtf import span_of
from storage.ids import new_id
from storage.jobs.flows import after_upload
from storage.jobs.queries import jobs_of_version
from storage.objects.errors import ChecksumMismatchError, MultipartNotFoundError, PartsRefusedError
from storage.objects.store import ExpectedPart, ObjectStore, composite_checksum
from storage.uploads.commands import require_open
from storage.uploads.errors import UploadPartsMismatchError
from storage.uploads.media import media_type_of, role_of
from storage.uploads.queries import file_rows, get_upload, signed_parts, upload_row
from storage.uploads.records import Completed
from storage.uploads.tables import UploadFileRow, UploadPartRow, UploadRow
from storage.versions.queries import get_version
from storage.versions.tables import BlobRow, VersionFileRow, VersionRow


def complete(db: Session, caller: Caller, store: ObjectStore, upload_id: UUID) -> Completed:
    """Make the objects of their parts, then in this one transaction the draft, its files and its jobs.

    Done again, it answers the same. UploadPartsMismatchError when the parts do not add up.
    """
    upload = upload_row(db, caller, upload_id, lock=True)
    if upload.version_id is None:
        require_open(upload)
        files = file_rows(db, [upload_id])
        for file, object_key in files:
            _complete_file(store, file, object_key, signed_parts(db, file.id))
        version_id = _make_draft(db, upload, [file for file, _ in files])
        upload.state, upload.version_id = "received", version_id
        upload.received_at = upload.last_seen_at = db.scalars(select(func.now())).one()
        db.flush()
        record(
            db,
            "upload.received",
            "upload",
            upload.id,
            organisation_id=upload.organisation_id,
            caller=caller,
            version=str(version_id),
        )
        after_upload(db, upload, version_id)
    else:
        version_id = upload.version_id
    return Completed(
        upload=get_upload(db, caller, upload_id),
        version=get_version(db, caller, version_id),
        jobs=jobs_of_version(db, caller, version_id),
    )


def _complete_file(
    store: ObjectStore, file: UploadFileRow, object_key: str, signed: dict[int, UploadPartRow]
) -> None:
    parts = [
        ExpectedPart(number=n, size_bytes=row.size_bytes, sha256=row.sha256) for n, row in signed.items()
    ]
    there = _there(store, file, object_key, parts)
    size_bytes = sum(part.size_bytes for part in there)
    if len(there) != file.parts or size_bytes != file.size_bytes:
        raise _mismatch(file, parts, composite_checksum(there), [part.number for part in there])
    try:
        store.complete_multipart(object_key, str(file.multipart_id), parts)
    except PartsRefusedError as error:
        raise _mismatch(file, parts, None) from error
    except ChecksumMismatchError as error:
        raise _mismatch(file, parts, error.details.get("found")) from error


def _there(
    store: ObjectStore, file: UploadFileRow, object_key: str, parts: list[ExpectedPart]
) -> list[ExpectedPart]:
    """Return the signed parts that have arrived; all of them when the object is made already."""
    try:
        stored = store.list_parts(object_key, str(file.multipart_id))
    except MultipartNotFoundError:
        return parts
    sizes = {part.number: part.size_bytes for part in stored}
    return [part for part in parts if sizes.get(part.number) == part.size_bytes]


def _mismatch(
    file: UploadFileRow, parts: list[ExpectedPart], found: str | None, there: list[int] | None = None
) -> UploadPartsMismatchError:
    missing = [n for n in range(1, file.parts + 1) if there is not None and n not in set(there)]
    return UploadPartsMismatchError(
        f"the parts of {file.path} do not add up: promised {composite_checksum(parts)}, found {found}",
        hint=f"sign and send {'the missing' if missing else 'all its'} parts again, then complete again",
        path=file.path,
        promised=composite_checksum(parts),
        found=found,
        promised_bytes=file.size_bytes,
        missing=missing[:100],
    )


def _make_draft(db: Session, upload: UploadRow, files: list[UploadFileRow]) -> UUID:
    represented = span_of(upload.represents_edtf) if upload.represents_edtf is not None else None
    version = VersionRow(
        id=new_id(),
        asset_id=upload.asset_id,
        capture_id=upload.capture_id,
        represents_edtf=upload.represents_edtf,
        represents_day_from=represented.day_from if represented else None,
        represents_day_to=represented.day_to if represented else None,
        size_bytes=upload.size_bytes,
        stated=upload.stated,
        publish_on_finish=upload.publish,
        created_by=upload.person_id,
    )
    db.add(version)
    db.flush()
    for file in files:
        db.add(
            VersionFileRow(
                version_id=version.id,
                path=file.path,
                position=file.position,
                blob_id=file.blob_id,
                size_bytes=file.size_bytes,
                media_type=media_type_of(file.path),
                role=role_of(file.path),
            )
        )
    stored = update(BlobRow).where(BlobRow.id.in_([file.blob_id for file in files]))
    db.execute(stored.values(state="stored"))
    db.flush()
    return version.id
