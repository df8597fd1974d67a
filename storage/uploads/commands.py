"""Open uploads, sign their parts, and give them up."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.captures.queries import get_capture
from storage.chronology.edtf import span_of
from storage.clock import now
from storage.ids import new_id
from storage.objects.store import ExpectedPart, ObjectStore
from storage.subjects.queries import get_subject, subject_for
from storage.uploads.errors import InvalidUploadError, UnknownPartError, UploadNotOpenError
from storage.uploads.plan import (
    part_size,
    parts_of,
    require_files,
    require_part_size,
    require_sha256,
    require_stated,
    size_of_part,
)
from storage.uploads.queries import file_rows, get_upload, upload_row
from storage.uploads.quota import require_room
from storage.uploads.records import NewFile, PartToSign, SignedPart, Upload
from storage.uploads.tables import UploadFileRow, UploadPartRow, UploadRow
from storage.versions.assets import get_asset
from storage.versions.tables import BlobRow

MEDIA_TYPE = "application/octet-stream"
SIGNED_FOR_S = 3600
MOST_SIGNED = 1000
REAPER = "storage: idle uploads"


def open_upload(
    db: Session,
    caller: Caller,
    store: ObjectStore,
    *,
    asset_id: UUID,
    files: Sequence[NewFile],
    capture_id: UUID | None = None,
    represents_edtf: str | None = None,
    publish: bool = False,
    control: list[Any] | None = None,
    part_size_bytes: int | None = None,
    stated: Mapping[str, Any] | None = None,
) -> Upload:
    """Promise files for a new version of an asset (contributors; with `publish`, curators).

    The rows come first; the bytes' room is reserved in the organisation's quota. `control` are named marks
    with `moving` (the scan's own frame) and `fixed` (the site's frame) coordinates in metres.
    `part_size_bytes` asks for other parts than the usual ones. `stated` is what the sender knows and a mesh
    does not say: `up_axis`, `y` or `z`, and `unit_m`, the metres of one unit.
    """
    require_files(files)
    require_part_size(part_size_bytes)
    require_stated(stated or {})
    asset = get_asset(db, caller, asset_id)
    subject = subject_for(db, caller, asset.subject_id, Role.CURATOR if publish else Role.CONTRIBUTOR)
    if caller.person_id is None:
        raise InvalidUploadError("an upload needs a person")
    if capture_id is not None:
        capture = get_capture(db, caller, capture_id)
        if get_subject(db, caller, capture.subject_id).root_id != subject.root_id:
            raise InvalidUploadError(
                f"capture {capture_id} is of another site than the asset", hint="name one of this site"
            )
    if represents_edtf is not None:
        span_of(represents_edtf)
    total = sum(file.size_bytes for file in files)
    require_room(db, subject.organisation_id, total)
    upload = UploadRow(
        id=new_id(),
        organisation_id=subject.organisation_id,
        asset_id=asset_id,
        capture_id=capture_id,
        person_id=caller.person_id,
        represents_edtf=represents_edtf,
        publish=publish,
        control=control,
        stated=dict(stated or {}),
        size_bytes=total,
    )
    db.add(upload)
    db.flush()
    for position, file in enumerate(files):
        _add_file(db, store, upload, position, file, part_size_bytes)
    record(
        db,
        "upload.opened",
        "upload",
        upload.id,
        organisation_id=upload.organisation_id,
        caller=caller,
        files=len(files),
        size_bytes=total,
    )
    db.flush()
    return get_upload(db, caller, upload.id)


def _add_file(
    db: Session, store: ObjectStore, upload: UploadRow, position: int, file: NewFile, asked: int | None
) -> None:
    blob_id = new_id()
    blob = BlobRow(
        id=blob_id,
        organisation_id=upload.organisation_id,
        object_key=f"blobs/{blob_id}",
        size_bytes=file.size_bytes,
    )
    db.add(blob)
    db.flush()
    row = UploadFileRow(
        id=new_id(),
        upload_id=upload.id,
        position=position,
        path=file.path,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        part_size_bytes=part_size(file.size_bytes, asked),
        parts=parts_of(file.size_bytes, asked),
        blob_id=blob_id,
    )
    db.add(row)
    db.flush()
    row.multipart_id = store.create_multipart(blob.object_key, media_type=MEDIA_TYPE)


def sign_parts(
    db: Session,
    caller: Caller,
    store: ObjectStore,
    upload_id: UUID,
    parts: Sequence[PartToSign],
    *,
    expires_s: int = SIGNED_FOR_S,
) -> tuple[SignedPart, ...]:
    """Sign where to send parts; S3 holds each to the size and SHA-256 written to our row here."""
    upload = upload_row(db, caller, upload_id, lock=True)
    require_open(upload)
    if len(parts) > MOST_SIGNED:
        raise InvalidUploadError(f"at most {MOST_SIGNED} parts are signed at once")
    if len({(part.file_id, part.number) for part in parts}) < len(parts):
        raise InvalidUploadError("a part is named twice")
    files = {file.id: (file, key) for file, key in file_rows(db, [upload_id])}
    expires_at = now() + timedelta(seconds=expires_s)
    for part in parts:
        if part.file_id not in files:
            raise UnknownPartError(f"the upload has no file {part.file_id}")
        _require_part(files[part.file_id][0], part)
    for part in parts:
        _begin_anew_if_changed(db, store, *files[part.file_id], part)
        _expect(db, part)
    signed = []
    for part in parts:
        file, key = files[part.file_id]
        expected = ExpectedPart(number=part.number, size_bytes=part.size_bytes, sha256=part.sha256)
        request = store.presign_part(key, str(file.multipart_id), expected, expires_s=expires_s)
        signed.append(
            SignedPart(
                file_id=file.id,
                number=part.number,
                url=request.url,
                method=request.method,
                headers=request.headers,
                expires_at=expires_at,
            )
        )
    upload.last_seen_at = db.scalars(select(func.now())).one()
    db.flush()
    return tuple(signed)


def _require_part(file: UploadFileRow, part: PartToSign) -> None:
    if not 1 <= part.number <= file.parts:
        raise UnknownPartError(f"{file.path} has parts 1 to {file.parts}, not {part.number}")
    wanted = size_of_part(file.size_bytes, part.number, file.part_size_bytes)
    if part.size_bytes != wanted:
        raise UnknownPartError(
            f"part {part.number} of {file.path} has {wanted} bytes, not {part.size_bytes}",
            promised=wanted,
            found=part.size_bytes,
        )
    require_sha256(part.sha256)


def _begin_anew_if_changed(
    db: Session, store: ObjectStore, file: UploadFileRow, key: str, part: PartToSign
) -> None:
    """Begin a file's sending anew when a part is to have another digest than it was signed for before.

    S3 lists what arrived by number and size, and SeaweedFS each sending of a part beside the others: in one
    multipart upload, old bytes could not be told from new ones. So each sees one digest a part, ever; the
    file's other parts are to be sent again.
    """
    before = db.get(UploadPartRow, (part.file_id, part.number), populate_existing=True)
    if before is None or before.sha256 == part.sha256:
        return
    given_up = file.multipart_id
    file.multipart_id = store.create_multipart(key, media_type=MEDIA_TYPE)
    db.flush()
    store.abort_multipart(key, str(given_up))


def _expect(db: Session, part: PartToSign) -> None:
    statement = insert(UploadPartRow).values(
        file_id=part.file_id, number=part.number, size_bytes=part.size_bytes, sha256=part.sha256
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["file_id", "number"],
            set_={"size_bytes": part.size_bytes, "sha256": part.sha256, "signed_at": func.now()},
        )
    )


def require_open(upload: UploadRow) -> None:
    """Raise UploadNotOpenError unless parts may still be sent."""
    if upload.state != "open":
        raise UploadNotOpenError(f"upload {upload.id} is {upload.state}", state=upload.state)


def abandon(db: Session, caller: Caller, store: ObjectStore, upload_id: UUID) -> Upload:
    """Give up an open upload with its parts; an abandoned one stays as it is."""
    upload = upload_row(db, caller, upload_id, lock=True)
    if upload.state == "abandoned":
        return get_upload(db, caller, upload_id)
    require_open(upload)
    _abandon(db, store, upload)
    record(
        db,
        "upload.abandoned",
        "upload",
        upload.id,
        organisation_id=upload.organisation_id,
        caller=caller,
    )
    return get_upload(db, caller, upload_id)


def reap_idle(db: Session, store: ObjectStore, upload_id: UUID) -> bool:
    """Give up one idle upload for its sender; False if it is not open any more, or in use now."""
    upload = db.scalar(
        select(UploadRow)
        .where(UploadRow.id == upload_id, UploadRow.state == "open")
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if upload is None:
        return False
    _abandon(db, store, upload)
    record(db, "upload.abandoned", "upload", upload.id, organisation_id=upload.organisation_id, agent=REAPER)
    return True


def _abandon(db: Session, store: ObjectStore, upload: UploadRow) -> None:
    for file, key in file_rows(db, [upload.id]):
        if file.multipart_id is not None:
            store.abort_multipart(key, file.multipart_id)
        store.delete(key)
        db.execute(update(BlobRow).where(BlobRow.id == file.blob_id).values(state="deleted"))
    upload.state = "abandoned"
    upload.ended_at = db.scalars(select(func.now())).one()
    db.flush()
