"""Subjects and captures of a record file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from storage.captures.commands import create_capture
from storage.captures.tables import CaptureRow
from storage.chronology.edtf import span_of
from storage.chronology.errors import InvalidRecordError
from storage.chronology.importing.file import CaptureRecord, RecordFile, SubjectRecord
from storage.chronology.importing.keeping import Keeping
from storage.chronology.tables import AgentRow, SourceRow, SubjectDetailRow
from storage.clock import now
from storage.db import Ltree
from storage.subjects.commands import create_subject
from storage.subjects.tables import SubjectRow

_ABOUT = ("existence", "code_basis", "location", "note")


def load_subjects(keeping: Keeping, file: RecordFile, visibility: str) -> None:
    """Add subjects, those above first. One that is there stays as it is, with its own name and history."""
    since = known_since(file)
    late = [path for path, moment in since.items() if moment > now()]
    if late:
        raise InvalidRecordError(
            f"{late[0]} was recorded in the future", hint="`recorded` is not later than now", codes=late[:200]
        )
    for subject in sorted(file.subjects, key=lambda each: each.code.count(".")):
        if _subject_at(keeping.db, subject.code, keeping.organisation_id) is not None:
            keeping.kept("subjects")
            continue
        parent, _, label = subject.code.rpartition(".")
        above = {"parent_id": keeping.subjects([parent])[0]} if parent else _root(keeping, visibility)
        made = create_subject(
            keeping.db,
            keeping.caller,
            kind=subject.kind,
            code=label,
            name=subject.name.given(),
            local_code=subject.local_code,
            known_since=since.get(subject.code),
            **above,
        )
        _load_detail(keeping, made.id, subject, since.get(subject.code))
        keeping.added("subjects")


def _root(keeping: Keeping, visibility: str) -> dict[str, Any]:
    return {"organisation_id": keeping.organisation_id, "visibility": visibility}


def _subject_at(db: Session, path: str, organisation_id: UUID) -> UUID | None:
    return db.scalar(
        select(SubjectRow.id).where(
            SubjectRow.path == literal(path, Ltree), SubjectRow.organisation_id == organisation_id
        )
    )


def known_since(file: RecordFile) -> Mapping[str, datetime]:
    """Return since when each path of a file is known: the first recorded of it, or of anything below it."""
    since: dict[str, datetime] = {}
    said = [(each.code, each.recorded) for each in file.subjects]
    said += [(each.subject, each.recorded) for each in file.statements]
    said += [(path, each.recorded) for each in file.events for path in each.subjects]
    said += [(path, each.recorded) for each in file.relations for path in (each.from_, each.to)]
    for path, recorded in said:
        if recorded is None:
            continue
        labels = path.split(".")
        for depth in range(1, len(labels) + 1):
            above = ".".join(labels[:depth])
            since[above] = min(since.get(above, recorded), recorded)
    return since


def _load_detail(keeping: Keeping, subject_id: UUID, subject: SubjectRecord, since: datetime | None) -> None:
    about = {name: value for name in _ABOUT if (value := getattr(subject, name)) is not None}
    if subject.type is None and not subject.local_codes and not about:
        return
    type_id = keeping.concepts.get("component_type", subject.type).id if subject.type is not None else None
    keeping.db.execute(
        insert(SubjectDetailRow).values(
            subject_id=subject_id,
            type_id=type_id,
            local_codes=subject.local_codes,
            about=about,
            **keeping.stamp(since),
        )
    )


def load_captures(keeping: Keeping, records: Sequence[CaptureRecord]) -> None:
    """Add survey campaigns; a missing date is an open side."""
    for capture in records:
        (subject_id,) = keeping.subjects([capture.subject])
        there = select(CaptureRow.id).where(
            CaptureRow.subject_id == subject_id, CaptureRow.code == capture.code
        )
        if keeping.db.scalar(there) is not None:
            keeping.kept("captures")
            continue
        known_agents = keeping.known(AgentRow)
        create_capture(
            keeping.db,
            keeping.caller,
            subject_id,
            code=capture.code,
            method=capture.method,
            date_edtf=_date(capture),
            sensor=_sensor(capture.sensor),
            # "unknown" is how files say that it is not known who.
            operators=[capture.operator] if capture.operator in known_agents else [],
            certainty=capture.certainty,
            source_ids=keeping.ids(SourceRow, capture.sources, what="source"),
            note=capture.note,
        )
        keeping.added("captures")


def _date(capture: CaptureRecord) -> str:
    started, ended = capture.started or "..", capture.ended or ".."
    if started == ended and started != "..":
        return started
    first, last = started.partition("/")[0], ended.rpartition("/")[2]
    return span_of(f"{first}/{last}").edtf


def _sensor(sensor: dict[str, Any] | None) -> str | None:
    words = [str(value) for value in (sensor or {}).values() if value]
    return " ".join(words) or None
