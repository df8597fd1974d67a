"""The early word: heads and tails of files are sent first, and a job says what they show."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.clock import now
from storage.jobs.estimates import disk_mib, memory_mib
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.kinds import EARLY
from storage.jobs.queries import jobs_of
from storage.jobs.records import Job
from storage.jobs.tables import JobRow
from storage.objects.errors import ObjectNotFoundError
from storage.objects.store import ObjectStore
from storage.uploads.commands import require_open
from storage.uploads.errors import InvalidUploadError, UnknownPartError
from storage.uploads.pieces import piece_key, pieces_of_upload
from storage.uploads.plan import MIB, require_sha256
from storage.uploads.queries import file_rows, upload_row
from storage.uploads.records import PieceToSign, SignedPiece
from storage.uploads.tables import UploadFileRow, UploadPieceRow

LEAST_HEAD_BYTES = 64 * 1024
"""What signatures look at; a shorter file is its own head."""
MOST_PIECE_BYTES = 8 * MIB
MOST_PIECES = 4
"""Of one file: its head, its tail, and what these pointed to."""
MOST_OF_UPLOAD_BYTES = 256 * MIB
PRIORITY = 10
"""Somebody is waiting at the end of a slow line: before everything else."""


def sign_pieces(
    db: Session,
    caller: Caller,
    store: ObjectStore,
    upload_id: UUID,
    pieces: Sequence[PieceToSign],
    *,
    expires_s: int,
) -> tuple[SignedPiece, ...]:
    """Sign where to send heads and tails; they are kept apart from the parts, and reaped with the upload."""
    upload = upload_row(db, caller, upload_id, lock=True)
    require_open(upload)
    files = {file.id: file for file, _ in file_rows(db, [upload_id])}
    there = {
        (piece.file_id, piece.offset_bytes): piece.size_bytes for piece in pieces_of_upload(db, upload_id)
    }
    for piece in pieces:
        if piece.file_id not in files:
            raise UnknownPartError(f"the upload has no file {piece.file_id}")
        _require_piece(files[piece.file_id], piece)
        there[piece.file_id, piece.offset_bytes] = piece.size_bytes
    _require_few(there)
    for piece in pieces:
        _expect(db, piece)
    upload.last_seen_at = db.scalars(select(func.now())).one()
    db.flush()
    expires_at = now() + timedelta(seconds=expires_s)
    return tuple(_signed(store, upload_id, piece, expires_s, expires_at) for piece in pieces)


def _require_piece(file: UploadFileRow, piece: PieceToSign) -> None:
    most = min(MOST_PIECE_BYTES, file.size_bytes - piece.offset_bytes)
    least = min(LEAST_HEAD_BYTES, file.size_bytes) if piece.offset_bytes == 0 else 1
    if piece.offset_bytes < 0 or not least <= piece.size_bytes <= most:
        raise UnknownPartError(
            f"{file.path} has {file.size_bytes} bytes: no {piece.size_bytes} at {piece.offset_bytes}",
            hint=f"pieces have at most {MOST_PIECE_BYTES} bytes, a head at least {LEAST_HEAD_BYTES}",
        )
    require_sha256(piece.sha256)


def _require_few(there: dict[tuple[UUID, int], int]) -> None:
    of_file: dict[UUID, int] = defaultdict(int)
    for file_id, _ in there:
        of_file[file_id] += 1
    if max(of_file.values(), default=0) > MOST_PIECES:
        raise InvalidUploadError(f"a file has at most {MOST_PIECES} pieces")
    if sum(there.values()) > MOST_OF_UPLOAD_BYTES:
        raise InvalidUploadError(
            f"the pieces of an upload have at most {MOST_OF_UPLOAD_BYTES} bytes together"
        )


def _expect(db: Session, piece: PieceToSign) -> None:
    values = {"size_bytes": piece.size_bytes, "sha256": piece.sha256}
    statement = insert(UploadPieceRow).values(
        file_id=piece.file_id, offset_bytes=piece.offset_bytes, **values
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["file_id", "offset_bytes"], set_={**values, "signed_at": func.now()}
        )
    )


def _signed(
    store: ObjectStore, upload_id: UUID, piece: PieceToSign, expires_s: int, expires_at: datetime
) -> SignedPiece:
    key = piece_key(upload_id, piece.file_id, piece.offset_bytes)
    request = store.presign_put(key, size_bytes=piece.size_bytes, sha256=piece.sha256, expires_s=expires_s)
    return SignedPiece(
        file_id=piece.file_id,
        offset_bytes=piece.offset_bytes,
        url=request.url,
        method=request.method,
        headers=request.headers,
        expires_at=expires_at,
    )


def ask_early(db: Session, caller: Caller, store: ObjectStore, upload_id: UUID) -> Job | None:
    """Insert the job that looks at the files whose pieces are there and of which nothing was said yet.

    None when there is none to look at: then everything sent so far was answered.
    """
    upload = upload_row(db, caller, upload_id, lock=True)
    require_open(upload)
    files = {file.id: file for file, _ in file_rows(db, [upload_id])}
    pieces: dict[UUID, list[UploadPieceRow]] = defaultdict(list)
    for piece in pieces_of_upload(db, upload_id):
        pieces[piece.file_id].append(piece)
    ready = [
        file_id
        for file_id, sent in pieces.items()
        if not _is_answered(files[file_id], sent) and _are_there(store, upload_id, sent)
    ]
    if not ready:
        return None
    job_id = insert_job(
        db,
        NewJob(
            operation=EARLY,
            organisation_id=upload.organisation_id,
            parameters={"files": sorted(str(file_id) for file_id in ready)},
            digests=[piece.sha256 for file_id in ready for piece in pieces[file_id]],
            upload_id=upload_id,
            requested_by=upload.person_id,
            priority=PRIORITY,
            memory_mib=memory_mib(EARLY, upload.size_bytes),
            disk_mib=disk_mib(EARLY, upload.size_bytes),
        ),
    )
    return jobs_of(db, [db.get_one(JobRow, job_id)])[0]


def _is_answered(file: UploadFileRow, pieces: Sequence[UploadPieceRow]) -> bool:
    seen = (file.early or {}).get("pieces", [])
    return bool(seen) and sorted(seen) == sorted([piece.offset_bytes, piece.size_bytes] for piece in pieces)


def _are_there(store: ObjectStore, upload_id: UUID, pieces: Sequence[UploadPieceRow]) -> bool:
    for piece in pieces:
        try:
            head = store.head(piece_key(upload_id, piece.file_id, piece.offset_bytes))
        except ObjectNotFoundError:
            return False
        if head.size_bytes != piece.size_bytes:
            return False
    return True


def early_job(db: Session, upload_id: UUID) -> Job | None:
    """Return the newest job that looked at heads and tails of an upload."""
    query = select(JobRow).where(JobRow.upload_id == upload_id, JobRow.operation == EARLY)
    row = db.scalar(query.order_by(JobRow.id.desc()).limit(1).execution_options(populate_existing=True))
    return None if row is None else jobs_of(db, [row])[0]
