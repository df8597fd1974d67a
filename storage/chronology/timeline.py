"""A subject's timeline, and the version that shows it as of a day."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.captures.tables import CaptureRow
from storage.chronology.events import events_known, events_of
from storage.chronology.known import known as known_of
from storage.chronology.places import labels_of
from storage.chronology.queries import Question, asked, statements_of
from storage.chronology.records import Answered, Entry, Event, Known, Statement
from storage.chronology.spans import bounds_share_a_day, shares_a_day
from storage.chronology.tables import EventRow, StatementRow
from storage.errors import NotFoundError
from storage.subjects.queries import get_subject
from storage.versions.queries import versions_of
from storage.versions.records import Version
from storage.versions.tables import AssetRow, PublicationRow, VersionRow
from storage.visibility import version_visible

LONGEST = 1_000
_BEFORE_ALL, _AFTER_ALL = -(2**31), 2**31


def timeline(
    db: Session,
    caller: Caller,
    subject_id: UUID,
    *,
    as_of: str | None = None,
    known_at: datetime | None = None,
    hypothesis: str = "none",
) -> Answered[Entry]:
    """Return what happened to a subject and below it, what was true of it, and its captures and versions.

    In the order of beginnings, an open one first; what has no date at all comes last. At most `LONGEST` of
    each sort.
    """
    known = known_of(db, known_at)
    get_subject(db, caller, subject_id)
    label = labels_of(db, caller, [subject_id], known)[subject_id]
    if label.path is None:
        raise NotFoundError.of("subject", subject_id)
    happened = events_known(caller, known, under=label.path).where(shares_a_day(EventRow.span, as_of))
    events = list(db.scalars(happened.order_by(EventRow.day_from, EventRow.id).limit(LONGEST)))
    question = Question(subject_id=subject_id, as_of=as_of, hypothesis=hypothesis)
    held = asked(caller, question, known).order_by(StatementRow.day_from, StatementRow.id).limit(LONGEST)
    entries = [
        *map(_event_entry, events_of(db, caller, events, known)),
        *map(_statement_entry, statements_of(db, caller, list(db.scalars(held)), known)),
        *_captures(db, subject_id, as_of, known),
        *_versions(db, caller, subject_id, as_of, known),
    ]
    return Answered(items=tuple(sorted(entries, key=_order)), known_at=known.at)


def _order(entry: Entry) -> tuple[int, int, int, str]:
    is_undated = entry.edtf is None or (entry.day_from is None and entry.day_to is None)
    start = _BEFORE_ALL if entry.day_from is None else entry.day_from
    end = _AFTER_ALL if entry.day_to is None else entry.day_to
    return int(is_undated), start, end, entry.code


def _event_entry(event: Event) -> Entry:
    return Entry(
        entry="event",
        id=event.id,
        code=event.code,
        title=event.title,
        edtf=event.edtf,
        day_from=event.day_from,
        day_to=event.day_to,
        certainty=event.certainty,
    )


def _statement_entry(statement: Statement) -> Entry:
    said = statement.concept.label if statement.concept is not None else {}
    value = ", ".join(str(each) for each in statement.value.values())
    title = {
        language: f"{label}: {said.get(language) or said.get('en') or value}"
        for language, label in statement.predicate.label.items()
    }
    return Entry(
        entry="statement",
        id=statement.id,
        code=statement.code,
        title=title,
        edtf=statement.edtf,
        day_from=statement.day_from,
        day_to=statement.day_to,
        certainty=statement.certainty,
    )


def _captures(db: Session, subject_id: UUID, as_of: str | None, known: Known) -> list[Entry]:
    query = select(CaptureRow).where(
        CaptureRow.subject_id == subject_id,
        CaptureRow.created_at <= known.at,
        bounds_share_a_day(CaptureRow.day_from, CaptureRow.day_to, as_of),
    )
    return [
        Entry(
            entry="capture",
            id=row.id,
            code=row.code,
            title={"vi": row.method, "en": row.method},
            edtf=row.date_edtf,
            day_from=row.day_from,
            day_to=row.day_to,
            certainty=row.certainty,
        )
        for row in db.scalars(query.order_by(CaptureRow.id).limit(LONGEST))
    ]


# A version shows what it says it represents, else the days of its capture.
_SAYS = VersionRow.represents_edtf.is_not(None)
_FROM = case((_SAYS, VersionRow.represents_day_from), else_=CaptureRow.day_from)
_TO = case((_SAYS, VersionRow.represents_day_to), else_=CaptureRow.day_to)
_EDTF = func.coalesce(VersionRow.represents_edtf, CaptureRow.date_edtf)


def _published(caller: Caller, subject_id: UUID, as_of: str | None, known: Known) -> Any:
    query = (
        select(VersionRow, AssetRow.name, PublicationRow.number, _EDTF.label("edtf"), _FROM, _TO)
        .join(PublicationRow, PublicationRow.version_id == VersionRow.id)
        .join(AssetRow, AssetRow.id == VersionRow.asset_id)
        .outerjoin(CaptureRow, CaptureRow.id == VersionRow.capture_id)
        .where(
            AssetRow.subject_id == subject_id,
            PublicationRow.recorded.contains(known.at),
            version_visible(caller),
        )
    )
    if as_of is not None:
        query = query.where(_EDTF.is_not(None), bounds_share_a_day(_FROM, _TO, as_of))
    return query


def _versions(db: Session, caller: Caller, subject_id: UUID, as_of: str | None, known: Known) -> list[Entry]:
    query = _published(caller, subject_id, as_of, known).order_by(VersionRow.id).limit(LONGEST)
    return [
        Entry(
            entry="version",
            id=version.id,
            code=f"{asset}/v{number}",
            title={"vi": f"{asset} v{number}", "en": f"{asset} v{number}"},
            edtf=edtf,
            day_from=day_from,
            day_to=day_to,
            certainty=None,
        )
        for version, asset, number, edtf, day_from, day_to in db.execute(query)
    ]


def version_representing(
    db: Session, caller: Caller, subject_id: UUID, *, as_of: str | None, known_at: datetime | None
) -> tuple[Version, datetime]:
    """Return the version that shows a subject as of a date, and the moment used.

    Of those published as known then, and not yet withdrawn then, whose days share one with `as_of`, the one
    published last.
    """
    known = known_of(db, known_at)
    get_subject(db, caller, subject_id)
    query = _published(caller, subject_id, as_of, known)
    newest = query.order_by(func.lower(PublicationRow.recorded).desc(), VersionRow.id.desc()).limit(1)
    row = db.scalars(newest).first()
    if row is None:
        raise NotFoundError.of("version", f"of {subject_id} as of {as_of or 'any day'}")
    return versions_of(db, [row])[0], known.at
