"""A version too large for one worker: spread once into chunks, tiled in groups by many, joined by one.

`spread-version` streams the master and leaves chunk files as `work`. Its finishing transaction inserts a
`tile-group` for every group of chunks, and the `join-tiles` that needs them all. Each attempt writes under
derivatives of its own: packs are a `part`, tables are `work`. The joined tileset has the parts' packs among
its files, where they lie, so nothing is copied; in the same transaction all work is spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.derivatives.keys import WORK, object_key
from storage.derivatives.tables import DerivativeFileRow, DerivativeRow
from storage.jobs.digests import input_digests
from storage.jobs.errors import OutputRefusedError
from storage.jobs.estimates import shared_disk_mib, shared_memory_mib
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.kinds import GROUP, JOIN, SPREAD, STATED
from storage.jobs.parts import PART, attempts_at, made_by, of_sharing, part_path, parts_of, spread_of
from storage.jobs.records import MadeDerivative
from storage.jobs.tables import JobRow
from storage.versions.records import Version

PRIORITY: Mapping[str, int] = {SPREAD: 120, GROUP: 118, JOIN: 115}
"""After what one worker tiles: a small upload overtakes a large one between two of its parts. What was begun
is ended before more is spread, so that little work lies about."""
MOST_GROUPS = 4000


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """From how many points a cloud is shared, and how many points a group shall hold at most.

    The size of a group is written into the job: what a cloud is cut into never depends on who works at it.
    """

    spread_points: int = 100_000_000
    group_points: int = 25_000_000

    def shares(self, version: Version) -> bool:
        """Say whether a version is large enough to be shared."""
        return version.kind == "point_cloud" and (version.points or 0) >= self.spread_points


def new_spread(
    job: JobRow,
    version: Version,
    sharing: Sharing,
    *,
    digests: Sequence[str],
    needs: Sequence[UUID],
    stated: Mapping[str, Any],
) -> NewJob:
    """Return the job that begins the shared tiling of a version, after its inspection."""
    points = version.points or 0
    # The one reader that needs a path copies the file into the job's folder first.
    copied_bytes = version.size_bytes if version.format == "e57" else 0
    return NewJob(
        operation=SPREAD,
        organisation_id=version.organisation_id,
        parameters={"kind": version.kind, "points": points, "group_points": sharing.group_points, **stated},
        digests=digests,
        version_id=version.id,
        upload_id=job.upload_id,
        requested_by=job.requested_by,
        priority=PRIORITY[SPREAD],
        memory_mib=shared_memory_mib(SPREAD, points),
        disk_mib=shared_disk_mib(SPREAD, points, copied_bytes),
        needs=needs,
    )


def after_spread(db: Session, job: JobRow, result: Mapping[str, Any]) -> None:
    """Insert the groups that were cut, and the join that waits for all of them.

    When a cloud is spread again because its work was reaped, they are there already, waiting for it.
    """
    work = made_by(db, job.id, WORK)
    if job.version_id is None or work is None:
        raise OutputRefusedError(f"{job.operation} {job.id} left no chunks of a version")
    groups = _groups(result, _paths(db, work.id))
    digests = input_digests(db, job.version_id)
    parts = []
    for group in groups:
        parameters = {"group": group.number, "file": group.file}
        parts.append(_insert(db, job, GROUP, group.points, parameters, digests, needs=[job.id]))
    points = sum(group.points for group in groups)
    stated = {name: job.arguments[name] for name in STATED if name in job.arguments}
    _insert(db, job, JOIN, points, {"groups": len(groups), **stated}, digests, needs=[job.id, *parts])
    tell_parts(db, job)


@dataclass(frozen=True, kw_only=True)
class _Group:
    number: int
    file: str
    points: int


def _groups(result: Mapping[str, Any], paths: set[str]) -> list[_Group]:
    """Read the table of groups that came out of the room: numbers from 0, each with a file that is there."""
    try:
        groups = [
            _Group(number=int(row["number"]), file=str(row["file"]), points=int(row["points"]))
            for row in result["groups"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise OutputRefusedError(f"the table of groups cannot be read: {error!r}") from error
    if not 0 < len(groups) <= MOST_GROUPS:
        raise OutputRefusedError(f"{len(groups)} groups were cut, 1 to {MOST_GROUPS} are possible")
    for number, group in enumerate(groups):
        if group.number != number or group.file not in paths or group.points < 1:
            raise OutputRefusedError(f"{group} is not group {number} with points in a file that was made")
    return groups


def _paths(db: Session, derivative_id: UUID) -> set[str]:
    query = select(DerivativeFileRow.path).where(DerivativeFileRow.derivative_id == derivative_id)
    return set(db.scalars(query))


def _insert(
    db: Session,
    spread: JobRow,
    operation: str,
    points: int,
    parameters: Mapping[str, Any],
    digests: Sequence[str],
    *,
    needs: Sequence[UUID],
) -> UUID:
    new = NewJob(
        operation=operation,
        organisation_id=spread.organisation_id,
        parameters={"spread": str(spread.id), "points": points, **parameters},
        digests=digests,
        version_id=spread.version_id,
        upload_id=spread.upload_id,
        requested_by=spread.requested_by,
        priority=PRIORITY[operation],
        memory_mib=shared_memory_mib(operation, points),
        disk_mib=shared_disk_mib(operation, points),
        needs=needs,
    )
    return insert_job(db, new)


def tell_parts(db: Session, job: JobRow) -> None:
    """Write into the waiting join how many parts are there: one line for a page to show of them all."""
    of_parts = (of_sharing(job), JobRow.operation == GROUP)
    parts = db.scalars(select(func.count()).select_from(JobRow).where(*of_parts)).one()
    done = select(func.count()).select_from(JobRow).where(*of_parts, JobRow.state == "succeeded")
    db.execute(
        update(JobRow)
        .where(of_sharing(job), JobRow.operation == JOIN, JobRow.state.in_(("waiting", "queued")))
        .values(
            stage="tiling",
            done=db.scalars(done).one(),
            total=parts,
            unit="parts",
            changed_at=func.clock_timestamp(),
        )
        .execution_options(synchronize_session=False)
    )


def supersede(db: Session, job: JobRow, made: Sequence[MadeDerivative]) -> None:
    """Spend what an earlier success of the same job left: it was done again, and counts once."""
    db.execute(
        update(DerivativeRow)
        .where(
            DerivativeRow.attempt_id.in_(attempts_at(JobRow.id == job.id)),
            DerivativeRow.kind.in_((PART, WORK)),
            DerivativeRow.state == "ready",
            DerivativeRow.id.not_in([each.id for each in made]),
        )
        .values(state="spent")
        .execution_options(synchronize_session=False)
    )


def after_join(db: Session, job: JobRow, derivative_id: UUID) -> None:
    """Give the joined tileset the packs of its parts; the work of all jobs of this sharing is spent."""
    parts = parts_of(db, job.id, PART)
    if len(parts) != job.arguments["groups"]:
        raise OutputRefusedError(f"{len(parts)} of {job.arguments['groups']} parts are there to be joined")
    joined = db.get_one(DerivativeRow, derivative_id)
    for number, part in parts:
        rows = select(DerivativeFileRow).where(DerivativeFileRow.derivative_id == part.id)
        for row in db.scalars(rows).all():
            joined.size_bytes = (joined.size_bytes or 0) + row.size_bytes
            db.add(
                DerivativeFileRow(
                    derivative_id=derivative_id,
                    path=part_path(number, row.path),
                    role=row.role,
                    media_type=row.media_type,
                    size_bytes=row.size_bytes,
                    sha256=row.sha256,
                    object_key=object_key(part.id, row.path),
                )
            )
    db.flush()
    spend_work(db, job)


def spend_work(db: Session, job: JobRow) -> None:
    """Leave the chunks and tables of a sharing to the reaper."""
    db.execute(
        update(DerivativeRow)
        .where(
            DerivativeRow.attempt_id.in_(attempts_at(of_sharing(job))),
            DerivativeRow.kind == WORK,
            DerivativeRow.state == "ready",
        )
        .values(state="spent")
        .execution_options(synchronize_session=False)
    )


def is_work_there(db: Session, job: JobRow) -> bool:
    """Say whether the chunks that a sharing's parts are made of are still there."""
    return made_by(db, spread_of(job), WORK) is not None
