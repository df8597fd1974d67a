"""Uploads as answers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from service.schemas.uploads import (
    ReceivedPart,
    SignedPart,
    SignedParts,
    SignedPiece,
    SignedPieces,
    UploadFileRead,
    UploadRead,
)
from storage.jobs.records import Job
from storage.uploads import records

There = Mapping[UUID, Sequence[records.PartThere]]


def upload_read(upload: records.Upload, there: There | None = None, early: Job | None = None) -> UploadRead:
    """Return an upload, with the parts that are there where they were asked for."""
    return UploadRead.model_validate(
        {
            "id": upload.id,
            "state": upload.state,
            "asset_id": upload.asset_id,
            "capture_id": upload.capture_id,
            "represents_edtf": upload.represents_edtf,
            "publish": upload.publish,
            "up_axis": upload.stated.get("up_axis"),
            "unit_m": upload.stated.get("unit_m"),
            "size_bytes": upload.size_bytes,
            "version_id": upload.version_id,
            "error": _refusal(upload.refusal),
            "created_at": upload.created_at,
            "early": _early(early),
            "files": [_file(file, (there or {}).get(file.id, ())) for file in upload.files],
        }
    )


def _early(job: Job | None) -> dict[str, Any] | None:
    if job is None:
        return None
    error = job.error
    said = {"kind": error.kind, "message": error.message, "hint": error.hint} if error else None
    return {"job_id": job.id, "state": job.state, "error": said}


def _refusal(refusal: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return why an upload was refused, with a sentence that names both digests of the first wrong file."""
    if refusal is None:
        return None
    if "message" in refusal:
        return dict(refusal)
    first: dict[str, Any] = next(iter(refusal.get("files", ())), {})
    message = (
        f"{first.get('path')}: sha256 promised {first.get('promised_sha256')}, "
        f"found {first.get('found_sha256')}"
    )
    return {**refusal, "message": message, "hint": "upload the file again"}


def _file(file: records.UploadFile, there: Sequence[records.PartThere]) -> UploadFileRead:
    return UploadFileRead(
        id=file.id,
        path=file.path,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        found_sha256=file.found_sha256,
        part_size_bytes=file.part_size_bytes,
        parts=file.parts,
        early=file.early,
        received=[ReceivedPart.model_validate(part) for part in there],
    )


def signed_parts(parts: Sequence[records.SignedPart]) -> SignedParts:
    """Return the addresses of parts."""
    return SignedParts(
        parts=[
            SignedPart(
                file_id=part.file_id,
                number=part.number,
                url=part.url,
                headers=dict(part.headers),
                expires=part.expires_at,
            )
            for part in parts
        ]
    )


def signed_pieces(pieces: Sequence[records.SignedPiece]) -> SignedPieces:
    """Return the addresses of heads and tails."""
    return SignedPieces(
        pieces=[
            SignedPiece(
                file_id=piece.file_id,
                offset_bytes=piece.offset_bytes,
                url=piece.url,
                headers=dict(piece.headers),
                expires=piece.expires_at,
            )
            for piece in pieces
        ]
    )
