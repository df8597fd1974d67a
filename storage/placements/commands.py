"""Make frames, write placements with the rule's first decision, and let people decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range, insert
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.errors import InvalidError
from storage.ids import new_id
from storage.placements.errors import AlternativeUnknownError, FrameExistsError
from storage.placements.matrices import flat, require_rigid
from storage.placements.queries import frame_record, get_placement, placements_of
from storage.placements.records import Frame, Placement
from storage.placements.tables import FrameRow, PlacementDecisionRow, PlacementRow
from storage.subjects.history import instant
from storage.subjects.queries import subject_for
from storage.versions.commands import locked_version
from storage.versions.queries import get_version

STATES = ("accepted", "ambiguous", "rejected")


def create_frame(
    db: Session,
    caller: Caller,
    subject_id: UUID,
    *,
    kind: str,
    origin_geodetic: Sequence[float] | None = None,
) -> Frame:
    """Give a subject its own frame (curators): free, or tangent at longitude, latitude (degrees), height."""
    subject = subject_for(db, caller, subject_id, Role.CURATOR)
    made = insert_frame(db, subject_id, kind=kind, origin_geodetic=origin_geodetic, by=caller.person_id)
    if made is None:
        raise FrameExistsError(f"subject {subject_id} has a frame already")
    record(db, "frame.created", "frame", made.id, organisation_id=subject.organisation_id, caller=caller)
    return made


def insert_frame(
    db: Session,
    subject_id: UUID,
    *,
    kind: str,
    origin_geodetic: Sequence[float] | None,
    by: UUID | None = None,
) -> Frame | None:
    """Write a subject's frame; None if it has one."""
    if kind not in ("free", "tangent") or (kind == "tangent") != (origin_geodetic is not None):
        raise InvalidError("a frame is free, or tangent with origin_geodetic")
    if origin_geodetic is not None:
        longitude, latitude, _ = origin_geodetic
        if abs(longitude) > 180 or abs(latitude) > 90:
            raise InvalidError(f"there is no place at longitude {longitude}, latitude {latitude}")
    row = db.scalar(
        insert(FrameRow)
        .values(
            id=new_id(),
            subject_id=subject_id,
            kind=kind,
            origin_geodetic=None if origin_geodetic is None else list(origin_geodetic),
            created_by=by,
        )
        .on_conflict_do_nothing()
        .returning(FrameRow)
    )
    return None if row is None else frame_record(row)


@dataclass(frozen=True, kw_only=True)
class NewPlacement:
    """Evidence to be written, with the state the rule gives it and why."""

    version_id: UUID
    frame_id: UUID
    organisation_id: UUID
    method: str
    site_from_scan: Sequence[Sequence[float]]
    state: str
    reason: str
    agent: str
    covariance: Sequence[Sequence[float]] | None = None
    rms_m: float | None = None
    overlap: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    alternatives: Sequence[Mapping[str, Any]] = ()
    fixed_version_id: UUID | None = None
    fixed_placement_id: UUID | None = None
    job_id: UUID | None = None


def record_placement(db: Session, new: NewPlacement) -> Placement:
    """Write a placement and the rule's decision on it, by the software agent."""
    matrix = flat(require_rigid(new.site_from_scan))
    row = PlacementRow(
        id=new_id(),
        version_id=new.version_id,
        frame_id=new.frame_id,
        fixed_version_id=new.fixed_version_id,
        fixed_placement_id=new.fixed_placement_id,
        job_id=new.job_id,
        method=new.method,
        site_from_scan=matrix,
        covariance=None if new.covariance is None else flat(new.covariance, 6),
        rms_m=new.rms_m,
        overlap=new.overlap,
        evidence=dict(new.evidence),
        alternatives=[dict(each) for each in new.alternatives],
    )
    db.add(row)
    db.flush()
    _add_decision(db, row, state=new.state, reason=new.reason, matrix=matrix, agent=new.agent)
    record(
        db,
        "placement.recorded",
        "placement",
        row.id,
        organisation_id=new.organisation_id,
        agent=new.agent,
        state=new.state,
        method=new.method,
    )
    return placements_of(db, [row])[0]


def _add_decision(
    db: Session,
    row: PlacementRow,
    *,
    state: str,
    reason: str,
    matrix: list[float],
    agent: str | None = None,
    person_id: UUID | None = None,
    alternative: int | None = None,
) -> None:
    at = instant(db)
    closed = func.tstzrange(func.lower(PlacementDecisionRow.recorded), literal(at), type_=TSTZRANGE)
    db.execute(
        update(PlacementDecisionRow)
        .where(PlacementDecisionRow.placement_id == row.id, func.upper_inf(PlacementDecisionRow.recorded))
        .values(recorded=closed)
        .execution_options(synchronize_session=False)
    )
    db.add(
        PlacementDecisionRow(
            placement_id=row.id,
            version_id=row.version_id,
            state=state,
            alternative=alternative,
            site_from_scan=matrix,
            reason=reason,
            decided_by=person_id,
            agent=agent,
            recorded=Range(at, None),
        )
    )
    db.flush()


def decide(
    db: Session,
    caller: Caller,
    placement_id: UUID,
    *,
    state: str,
    reason: str,
    alternative: int | None = None,
) -> Placement:
    """Decide on a placement as a named person (curators), or for one of its alternatives, for a reason."""
    if state not in STATES:
        raise InvalidError(f"there is no state {state!r} of a placement", hint="one of " + ", ".join(STATES))
    if not reason.strip():
        raise InvalidError("a decision needs a reason")
    placement = get_placement(db, caller, placement_id)
    version = get_version(db, caller, placement.version_id)
    caller.require(version.organisation_id, Role.CURATOR)
    locked_version(db, version.id)
    row = db.scalars(select(PlacementRow).where(PlacementRow.id == placement_id)).one()
    matrix = list(row.site_from_scan)
    if alternative is not None:
        if not 0 <= alternative < len(row.alternatives):
            raise AlternativeUnknownError(f"the placement has {len(row.alternatives)} alternatives")
        matrix = flat(require_rigid(row.alternatives[alternative]["site_from_scan"]))
    _add_decision(
        db,
        row,
        state=state,
        reason=reason,
        matrix=matrix,
        person_id=caller.person_id,
        alternative=alternative,
    )
    record(
        db,
        "placement.decided",
        "placement",
        row.id,
        organisation_id=version.organisation_id,
        caller=caller,
        state=state,
        reason=reason,
        alternative=alternative,
    )
    return get_placement(db, caller, placement_id)
