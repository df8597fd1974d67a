"""Give up what a shared tiling left that nobody will join any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage.derivatives.keys import WORK
from storage.derivatives.tables import DerivativeRow
from storage.jobs.kinds import JOIN, LIVE, SHARED, SPREAD
from storage.jobs.parts import PART, attempts_at, of_sharing
from storage.jobs.tables import AttemptRow, JobRow
from storage.versions.commands import locked_version
from storage.versions.tables import VersionRow


def idle_sharings(
    db: Session, *, before: datetime, spread_id: UUID | None = None, limit: int = 100
) -> list[UUID]:
    """Return the spreads (or the one asked for) whose chunks nobody works at any more, and that never ended.

    One that failed is kept while it changed since `before`, so that its parts can be tried again without
    spreading anew; not that of a withdrawn version.
    """
    member = aliased(JobRow)
    in_sharing = (member.version_id == JobRow.version_id) & or_(
        member.id == JobRow.id, member.arguments["spread"].astext == cast(JobRow.id, Text)
    )
    live = exists().where(in_sharing, member.state.in_(LIVE))
    joined = exists().where(in_sharing, member.operation == JOIN, member.state == "succeeded")
    touched = exists().where(in_sharing, member.operation.in_(SHARED), member.changed_at >= before)
    left = (
        select(JobRow.id)
        .join(AttemptRow, AttemptRow.job_id == JobRow.id)
        .join(DerivativeRow, DerivativeRow.attempt_id == AttemptRow.id)
        .join(VersionRow, VersionRow.id == JobRow.version_id)
        .where(JobRow.operation == SPREAD, DerivativeRow.kind == WORK, DerivativeRow.state == "ready")
        .where(~live, ~joined, or_(VersionRow.state == "withdrawn", ~touched))
    )
    if spread_id is not None:
        left = left.where(JobRow.id == spread_id)
    return list(db.scalars(left.order_by(JobRow.id).limit(limit)))


def give_up(db: Session, spread_id: UUID, *, before: datetime) -> bool:
    """Leave the work and the parts of an idle sharing to the reaper; say whether it was still idle.

    The version is locked first, as whoever tries a part again does.
    """
    spread = db.get(JobRow, spread_id)
    if spread is None or spread.version_id is None:
        return False
    locked_version(db, spread.version_id)
    if not idle_sharings(db, before=before, spread_id=spread_id):
        return False
    db.execute(
        update(DerivativeRow)
        .where(
            DerivativeRow.attempt_id.in_(attempts_at(of_sharing(spread))),
            DerivativeRow.kind.in_((PART, WORK)),
            DerivativeRow.state == "ready",
        )
        .values(state="spent")
        .execution_options(synchronize_session=False)
    )
    return True
