"""Uploads: promise, sign, complete; the bytes themselves go to S3."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.answers.jobs import job_brief
from service.answers.uploads import signed_parts, signed_pieces, upload_read
from service.answers.versions import version_read
from service.dependencies import AppServices, AskedLanguage, Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.common import Page
from service.schemas.uploads import (
    PartsSign,
    PiecesSign,
    SignedParts,
    SignedPieces,
    UploadComplete,
    UploadCompleted,
    UploadCreate,
    UploadRead,
    UploadState,
)
from storage.uploads import commands, completing, early, queries
from storage.uploads.records import NewFile, PartToSign, PieceToSign

router = APIRouter(prefix="/v1", tags=["uploads"], route_class=IdempotentRoute)


@router.post("/uploads", status_code=201, dependencies=[Idempotent])
def open_upload(body: UploadCreate, caller: Person, services: AppServices, db: Database) -> UploadRead:
    """Promise files for an asset; the answer says how each is cut into parts."""
    services.disk.require(sum(file.size_bytes for file in body.files))
    upload = commands.open_upload(
        db,
        caller,
        services.store,
        asset_id=body.asset_id,
        files=[NewFile(path=f.path, size_bytes=f.size_bytes, sha256=f.sha256) for f in body.files],
        capture_id=body.capture_id,
        represents_edtf=body.represents_edtf,
        publish=body.publish,
        part_size_bytes=body.part_size_bytes,
        control=[point.model_dump() for point in body.control] if body.control else None,
        stated=body.model_dump(include={"up_axis", "unit_m"}, exclude_none=True),
    )
    return upload_read(upload)


@router.get("/uploads")
def list_uploads(
    caller: Person,
    db: Database,
    state: Annotated[UploadState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[UploadRead]:
    """List the uploads the caller may go on with or look into."""
    page = queries.list_uploads(db, caller, state=state, cursor=cursor, limit=limit)
    return Page(items=[upload_read(item) for item in page.items], next=page.next)


@router.get("/uploads/{upload_id}")
def get_upload(
    upload_id: Id, caller: Person, services: AppServices, db: Database, parts: bool = True
) -> UploadRead:
    """Show an upload and the parts that are there, so that only the others need be sent.

    With `parts=false` the object store is not asked: for whoever waits for the early word.
    """
    upload = queries.get_upload(db, caller, upload_id)
    asked = parts and upload.state == "open"
    there = queries.parts_there(db, caller, services.store, upload_id) if asked else {}
    return upload_read(upload, there, early.early_job(db, upload_id))


@router.post("/uploads/{upload_id}/parts:sign")
def sign_parts(
    upload_id: Id, body: PartsSign, caller: Person, services: AppServices, db: Database
) -> SignedParts:
    """Get addresses for parts; the size and SHA-256 of each are signed in, so S3 refuses other bytes."""
    # What is under way stops too before the database has no room: it goes on from here once there is some.
    services.disk.require(sum(part.size_bytes for part in body.parts))
    parts = [
        PartToSign(file_id=p.file_id, number=p.number, size_bytes=p.size_bytes, sha256=p.sha256)
        for p in body.parts
    ]
    expires_s = services.settings.upload_url_s
    return signed_parts(
        commands.sign_parts(db, caller, services.store, upload_id, parts, expires_s=expires_s)
    )


@router.post("/uploads/{upload_id}/early:sign")
def sign_pieces(
    upload_id: Id, body: PiecesSign, caller: Person, services: AppServices, db: Database
) -> SignedPieces:
    """Get addresses for heads and tails of files, to be sent before the parts."""
    pieces = [
        PieceToSign(file_id=p.file_id, offset_bytes=p.offset_bytes, size_bytes=p.size_bytes, sha256=p.sha256)
        for p in body.pieces
    ]
    expires_s = services.settings.upload_url_s
    return signed_pieces(
        early.sign_pieces(db, caller, services.store, upload_id, pieces, expires_s=expires_s)
    )


@router.post("/uploads/{upload_id}/early", status_code=202)
def ask_early(upload_id: Id, caller: Person, services: AppServices, db: Database) -> UploadRead:
    """Ask what the heads and tails sent so far tell: format, counts, CRS, stations, problems.

    The answer comes with `GET /v1/uploads/{id}`: `early` says how far it is, each file has its own `early`.
    """
    early.ask_early(db, caller, services.store, upload_id)
    upload = queries.get_upload(db, caller, upload_id)
    return upload_read(upload, early=early.early_job(db, upload_id))


@router.post("/uploads/{upload_id}/complete")
def complete_upload(
    upload_id: Id,
    caller: Person,
    services: AppServices,
    db: Database,
    language: AskedLanguage,
    body: UploadComplete | None = None,
) -> UploadCompleted:
    """Say that every part was sent: the draft version and its first jobs begin. May be said again."""
    del body  # The server lists the parts itself; a client's list could only disagree with it.
    done = completing.complete(db, caller, services.store, upload_id)
    return UploadCompleted(
        upload=upload_read(done.upload),
        version=version_read(db, caller, done.version),
        jobs=[job_brief(job, language) for job in done.jobs],
    )


@router.delete("/uploads/{upload_id}", status_code=204)
def abandon_upload(upload_id: Id, caller: Person, services: AppServices, db: Database) -> None:
    """Give an open upload up; what was sent of it is deleted."""
    commands.abandon(db, caller, services.store, upload_id)
