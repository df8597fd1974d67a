"""Which uploads are models of several files, and what becomes of one that is not whole."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.jobs.records import JobError
from storage.uploads.tables import UploadRow

AGENT = "storage: bundle-version"
REFERRING = frozenset({".obj", ".gltf"})
ARCHIVES = frozenset({".zip"})
FINAL = frozenset(
    {
        "missing-reference",
        "external-reference",
        "unsupported-format",
        "too-large",
        "corrupt-data",
        "empty-file",
        "invalid-arguments",
    }
)
"""What another try would find again in the same bytes."""


def suffixes(paths: Iterable[str]) -> set[str]:
    """Return the ends of names, in lower case."""
    return {PurePosixPath(path).suffix.lower() for path in paths}


def is_archive(paths: Iterable[str]) -> bool:
    """Say whether an upload is to be unpacked."""
    return bool(suffixes(paths) & ARCHIVES)


def is_bundle(paths: Iterable[str]) -> bool:
    """Say whether its references are to be looked up before anything else is done."""
    return bool(suffixes(paths) & (REFERRING | ARCHIVES))


def refuse_bundle(db: Session, upload_id: UUID, error: JobError) -> None:
    """Refuse a received upload whose model is not whole; its bytes no longer count and go after a while."""
    upload = db.get_one(UploadRow, upload_id, with_for_update=True, populate_existing=True)
    if upload.state not in ("received", "verified"):
        return
    upload.state = "refused"
    upload.refusal = {"kind": error.kind, "message": error.message, "hint": error.hint, "files": []}
    upload.ended_at = db.scalars(select(func.clock_timestamp())).one()
    db.flush()
    record(
        db,
        "upload.refused",
        "upload",
        upload.id,
        organisation_id=upload.organisation_id,
        agent=AGENT,
        version=str(upload.version_id),
        refusal=upload.refusal,
    )
