"""Read frames and placements."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.db import as_record
from storage.errors import NotFoundError
from storage.paging import Page, page_of
from storage.placements.matrices import as_matrix
from storage.placements.records import Decision, Frame, Placement
from storage.placements.tables import FrameRow, PlacementDecisionRow, PlacementRow
from storage.subjects.queries import ancestors_or_self
from storage.subjects.tables import SubjectRow
from storage.versions.queries import get_version
from storage.versions.tables import VersionRow
from storage.visibility import version_visible


def get_placement(db: Session, caller: Caller, placement_id: UUID) -> Placement:
    """Return one placement of a version the caller sees."""
    seen = exists().where(VersionRow.id == PlacementRow.version_id, version_visible(caller))
    row = db.scalar(select(PlacementRow).where(PlacementRow.id == placement_id, seen))
    if row is None:
        raise NotFoundError.of("placement", placement_id)
    return placements_of(db, [row])[0]


def list_placements(
    db: Session, caller: Caller, version_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[Placement]:
    """Return the placements of a version the caller sees, newest first."""
    get_version(db, caller, version_id)
    query = select(PlacementRow).where(PlacementRow.version_id == version_id)
    return page_of(
        db,
        query,
        PlacementRow.id,
        lambda rows: placements_of(db, rows),
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def current_placement(db: Session, version_id: UUID, *, known_at: datetime | None = None) -> Placement | None:
    """Return where a version stands: its latest accepted placement, else an ambiguous, else a rejected one.

    With `known_at`, as the decisions were known then. Unseen by any caller.
    """
    valid = (
        func.upper_inf(PlacementDecisionRow.recorded)
        if known_at is None
        else PlacementDecisionRow.recorded.contains(known_at)
    )
    rank = case({"accepted": 0, "ambiguous": 1}, value=PlacementDecisionRow.state, else_=2)
    decided_on = (
        select(PlacementDecisionRow.placement_id)
        .where(PlacementDecisionRow.version_id == version_id, valid)
        .order_by(rank, func.lower(PlacementDecisionRow.recorded).desc())
        .limit(1)
        .scalar_subquery()
    )
    row = db.scalar(select(PlacementRow).where(PlacementRow.id == decided_on))
    return None if row is None else placements_of(db, [row], known_at=known_at)[0]


def frame_of(db: Session, subject_id: UUID) -> Frame | None:
    """Return the frame of a subject: that of its nearest ancestor-or-self that has one."""
    path = db.scalars(select(SubjectRow.path).where(SubjectRow.id == subject_id)).one()
    row = db.scalar(
        select(FrameRow)
        .join(SubjectRow, SubjectRow.id == FrameRow.subject_id)
        .where(ancestors_or_self(path))
        .order_by(func.nlevel(SubjectRow.path).desc())
        .limit(1)
    )
    return None if row is None else frame_record(row)


def frame_record(row: FrameRow) -> Frame:
    """Return the record of a frame's row."""
    origin = row.origin_geodetic
    return as_record(Frame, row, origin_geodetic=None if origin is None else tuple(origin))


def placements_of(
    db: Session, rows: Sequence[PlacementRow], *, known_at: datetime | None = None
) -> list[Placement]:
    """Return the records of rows with their decisions (those recorded by `known_at`)."""
    decisions: dict[UUID, list[Decision]] = defaultdict(list)
    query = select(PlacementDecisionRow).where(
        PlacementDecisionRow.placement_id.in_([row.id for row in rows])
    )
    if known_at is not None:
        query = query.where(func.lower(PlacementDecisionRow.recorded) <= known_at)
    query = query.order_by(func.lower(PlacementDecisionRow.recorded))
    for row in db.scalars(query.execution_options(populate_existing=True)):
        decisions[row.placement_id].append(_decision(row))
    return [_placement(row, tuple(decisions[row.id])) for row in rows]


def _decision(row: PlacementDecisionRow) -> Decision:
    return as_record(
        Decision,
        row,
        site_from_scan=as_matrix(row.site_from_scan),
        decided_at=row.recorded.lower,
        replaced_at=row.recorded.upper,
    )


def _placement(row: PlacementRow, decisions: tuple[Decision, ...]) -> Placement:
    last = decisions[-1]
    return as_record(
        Placement,
        row,
        state=last.state,
        site_from_scan=last.site_from_scan,
        covariance=None if row.covariance is None else as_matrix(row.covariance, 6),
        alternatives=tuple(row.alternatives),
        decisions=decisions,
    )
