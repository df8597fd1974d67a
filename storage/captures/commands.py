"""Make survey campaigns."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.captures.errors import CaptureCodeTakenError
from storage.captures.queries import capture_of
from storage.captures.records import Capture
from storage.captures.tables import CaptureRow
from storage.chronology.edtf import span_of
from storage.errors import InvalidError
from storage.ids import new_id
from storage.subjects.queries import subject_for


def create_capture(
    db: Session,
    caller: Caller,
    subject_id: UUID,
    *,
    code: str,
    method: str,
    date_edtf: str,
    sensor: str | None = None,
    operators: Sequence[str] = (),
    accuracy_m: float | None = None,
    crs: str | None = None,
    control: list[Any] | None = None,
    certainty: int | None = None,
    source_ids: Sequence[UUID] = (),
    note: str | None = None,
) -> Capture:
    """Make a capture of a subject (contributors)."""
    subject = subject_for(db, caller, subject_id, Role.CONTRIBUTOR)
    if not code or not method or not date_edtf:
        raise InvalidError("a capture needs code, method and date_edtf")
    span = span_of(date_edtf)
    if accuracy_m is not None and not accuracy_m > 0:
        raise InvalidError(f"accuracy_m must be above 0, is {accuracy_m}")
    made = db.scalar(
        insert(CaptureRow)
        .values(
            id=new_id(),
            subject_id=subject_id,
            code=code,
            method=method,
            date_edtf=date_edtf,
            day_from=span.day_from,
            day_to=span.day_to,
            sensor=sensor,
            operators=list(operators),
            accuracy_m=accuracy_m,
            crs=crs,
            control=control,
            certainty=certainty,
            source_ids=list(source_ids),
            note=note,
            created_by=caller.person_id,
        )
        .on_conflict_do_nothing()
        .returning(CaptureRow)
    )
    if made is None:
        raise CaptureCodeTakenError(f"the subject has a capture {code} already", code=code)
    record(db, "capture.created", "capture", made.id, organisation_id=subject.organisation_id, caller=caller)
    return capture_of(made)
