"""Read jobs: the requester and curators may."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from storage.callers import Caller, Role
from storage.db import as_record
from storage.derivatives.tables import DerivativeRow
from storage.errors import NotFoundError
from storage.jobs.kinds import INSPECT
from storage.jobs.records import Attempt, Job, JobError
from storage.jobs.tables import AttemptRow, JobDependencyRow, JobRow
from storage.paging import Page, page_of
from storage.versions.queries import get_version
from storage.versions.tables import VersionRow
from storage.visibility import version_worked_on


def job_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `job`: asked for by the caller, of his version, or he is a curator there."""
    if caller.server_admin:
        return true()
    if caller.person_id is None:
        return false()
    own = and_(
        JobRow.requested_by == caller.person_id,
        JobRow.organisation_id.in_(caller.organisations(Role.VIEWER)),
    )
    version = exists().where(VersionRow.id == JobRow.version_id, version_worked_on(caller))
    return or_(own, version, JobRow.organisation_id.in_(caller.organisations(Role.CURATOR)))


def get_job(db: Session, caller: Caller, job_id: UUID) -> Job:
    """Return one job with its attempts."""
    row = db.scalar(
        select(JobRow)
        .where(JobRow.id == job_id, job_visible(caller))
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError.of("job", job_id)
    return jobs_of(db, [row])[0]


def list_jobs(
    db: Session,
    caller: Caller,
    *,
    version_id: UUID | None = None,
    upload_id: UUID | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Job]:
    """Return jobs, newest first."""
    query = select(JobRow).where(job_visible(caller))
    if version_id is not None:
        query = query.where(JobRow.version_id == version_id)
    if upload_id is not None:
        query = query.where(JobRow.upload_id == upload_id)
    if state is not None:
        query = query.where(JobRow.state == state)
    return page_of(
        db,
        query.execution_options(populate_existing=True),
        JobRow.id,
        lambda rows: jobs_of(db, rows),
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def jobs_of_version(db: Session, caller: Caller, version_id: UUID) -> tuple[Job, ...]:
    """Return the jobs of a version the caller sees, in the order they were made; none he may not see."""
    get_version(db, caller, version_id)
    query = select(JobRow).where(JobRow.version_id == version_id, job_visible(caller)).order_by(JobRow.id)
    return tuple(jobs_of(db, list(db.scalars(query.execution_options(populate_existing=True)))))


def one_job(db: Session, job_id: UUID) -> Job:
    """Return a job for the system's own use, unseen by any caller."""
    return jobs_of(db, [db.get_one(JobRow, job_id, populate_existing=True)])[0]


def jobs_of(db: Session, rows: Sequence[JobRow]) -> list[Job]:
    """Return the records of rows, with attempts and dependencies."""
    ids = [row.id for row in rows]
    attempts: dict[UUID, list[Attempt]] = defaultdict(list)
    for row in db.scalars(
        select(AttemptRow)
        .where(AttemptRow.job_id.in_(ids))
        .order_by(AttemptRow.number)
        .execution_options(populate_existing=True)
    ):
        attempts[row.job_id].append(as_record(Attempt, row, error=error_of(row)))
    needs: dict[UUID, list[UUID]] = defaultdict(list)
    for dependency in db.scalars(
        select(JobDependencyRow).where(JobDependencyRow.job_id.in_(ids)).order_by(JobDependencyRow.needs_id)
    ):
        needs[dependency.job_id].append(dependency.needs_id)
    made: dict[UUID, set[str]] = defaultdict(set)
    for job_id, kind in db.execute(
        select(AttemptRow.job_id, DerivativeRow.kind)
        .join(DerivativeRow, DerivativeRow.attempt_id == AttemptRow.id)
        .where(AttemptRow.job_id.in_(ids), DerivativeRow.state == "ready")
    ):
        made[job_id].add(kind)
    return [
        as_record(
            Job,
            job,
            made=tuple(sorted(made[job.id])),
            attempts=tuple(attempts[job.id]),
            depends_on=tuple(needs[job.id]),
            error=error_of(job),
        )
        for job in rows
    ]


def error_of(row: JobRow | AttemptRow) -> JobError | None:
    """Return why it failed, None if it did not."""
    if row.error_kind is None:
        return None
    return JobError(kind=row.error_kind, message=row.error_message or "", hint=row.error_hint)


def queued_count(db: Session) -> int:
    """Return how many jobs could be claimed now."""
    return db.scalars(select(func.count()).select_from(JobRow).where(JobRow.state == "queued")).one()


def counts_by_state(db: Session) -> dict[str, int]:
    """Return how many jobs there are in each state."""
    counted = db.execute(select(JobRow.state, func.count()).group_by(JobRow.state))
    return {row[0]: row[1] for row in counted}


def oldest_queued_s(db: Session) -> float:
    """Return how long the oldest queued job has been waiting for a worker, 0 if none is."""
    age = func.extract("epoch", func.clock_timestamp() - func.min(JobRow.queued_at))
    found = db.scalar(select(age).where(JobRow.state == "queued"))
    return float(found or 0.0)


def awaits_preview(db: Session, upload_id: UUID) -> bool:
    """Say whether somebody inspects what an upload brought, and has no preview of it yet."""
    preview = exists().where(
        DerivativeRow.attempt_id == AttemptRow.id,
        DerivativeRow.kind == "preview",
        DerivativeRow.state == "ready",
    )
    query = select(JobRow.id).join(AttemptRow, AttemptRow.job_id == JobRow.id)
    under_way = (JobRow.operation == INSPECT) & (JobRow.state == "running") & (AttemptRow.state == "running")
    return db.scalar(query.where(JobRow.upload_id == upload_id, under_way, ~preview).limit(1)) is not None
