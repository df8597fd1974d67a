"""Read survey campaigns."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.captures.records import Capture
from storage.captures.tables import CaptureRow
from storage.db import as_record
from storage.errors import NotFoundError
from storage.paging import Page, page_of
from storage.subjects.queries import get_subject
from storage.subjects.tables import SubjectRow
from storage.versions.tables import VersionRow
from storage.visibility import subject_visible


def get_capture(db: Session, caller: Caller, capture_id: UUID) -> Capture:
    """Return one capture of a subject the caller sees."""
    row = db.scalar(
        select(CaptureRow)
        .join(SubjectRow, SubjectRow.id == CaptureRow.subject_id)
        .where(CaptureRow.id == capture_id, subject_visible(caller))
    )
    if row is None:
        raise NotFoundError.of("capture", capture_id)
    return capture_of(row)


def list_captures(
    db: Session, caller: Caller, subject_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[Capture]:
    """Return the captures of one subject."""
    get_subject(db, caller, subject_id)
    query = select(CaptureRow).where(CaptureRow.subject_id == subject_id)
    return page_of(
        db, query, CaptureRow.id, lambda rows: [capture_of(r) for r in rows], cursor=cursor, limit=limit
    )


def stated_of(db: Session, version_id: UUID) -> dict[str, Any]:
    """Return what people state about a version where its files may be silent, as a step takes it.

    `crs` by its capture, `up_axis` and `unit_m` by whoever sent it; what nobody states is not there.
    """
    query = select(VersionRow.stated, CaptureRow.crs).outerjoin(
        CaptureRow, VersionRow.capture_id == CaptureRow.id
    )
    stated, crs = db.execute(query.where(VersionRow.id == version_id)).one()
    return {**stated, "crs": crs} if crs else dict(stated)


def capture_of(row: CaptureRow) -> Capture:
    """Return the record of a row."""
    return as_record(Capture, row, operators=tuple(row.operators), source_ids=tuple(row.source_ids))
