"""Workers take jobs, keep their leases alive, and lose them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, aliased

from storage.audit.commands import record
from storage.ids import new_id
from storage.jobs.ending import end_attempt, end_job
from storage.jobs.errors import LostLeaseError
from storage.jobs.kinds import HELD, WORKER_LOST
from storage.jobs.records import Beat, Claim, JobError, Progress
from storage.jobs.tables import AttemptRow, JobRow


def claim_next(
    db: Session,
    *,
    worker: str,
    memory_mib: int,
    disk_mib: int,
    lease_s: float,
    operations: Sequence[str] | None = None,
) -> Claim | None:
    """Take the next queued job that fits: by priority, then fewest running of its organisation, then age.

    Adds an attempt, raises the fence, sets the lease. Of two workers asking at once each gets another job.
    """
    running = aliased(JobRow)
    of_group = (
        select(func.count())
        .select_from(running)
        .where(running.organisation_id == JobRow.organisation_id, running.state == "running")
        .scalar_subquery()
    )
    query = (
        select(JobRow)
        .where(JobRow.state == "queued", JobRow.memory_mib <= memory_mib, JobRow.disk_mib <= disk_mib)
        .order_by(JobRow.priority, of_group, JobRow.created_at, JobRow.id)
        .limit(1)
        .with_for_update(of=JobRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if operations is not None:
        query = query.where(JobRow.operation.in_(operations))
    job = db.scalar(query)
    return None if job is None else _take(db, job, worker, lease_s)


def _take(db: Session, job: JobRow, worker: str, lease_s: float) -> Claim:
    at = db.scalars(select(func.clock_timestamp())).one()
    job.state, job.worker, job.lease_ends_at = "running", worker, at + timedelta(seconds=lease_s)
    job.fence, job.attempts = job.fence + 1, job.attempts + 1
    job.started_at, job.changed_at = job.started_at or at, at
    job.stage = job.done = job.total = job.unit = None
    job.error_kind = job.error_message = job.error_hint = None
    attempt = AttemptRow(
        id=new_id(), job_id=job.id, number=job.attempts, fence=job.fence, worker=worker, started_at=at
    )
    db.add(attempt)
    db.flush()
    return Claim(
        job_id=job.id,
        attempt_id=attempt.id,
        number=attempt.number,
        fence=job.fence,
        worker=worker,
        operation=job.operation,
        arguments=dict(job.arguments),
        organisation_id=job.organisation_id,
        version_id=job.version_id,
        upload_id=job.upload_id,
        memory_mib=job.memory_mib,
        disk_mib=job.disk_mib,
        lease_ends_at=job.lease_ends_at,
    )


def heartbeat(db: Session, claim: Claim, *, lease_s: float, progress: Progress | None = None) -> Beat:
    """Prolong the lease and tell how far the job is; the answer says whether it is to be cancelled."""
    at = func.clock_timestamp()
    values: dict[str, Any] = {"lease_ends_at": at + timedelta(seconds=lease_s)}
    if progress is not None:
        values |= {
            "stage": progress.stage,
            "done": progress.done,
            "total": progress.total,
            "unit": progress.unit,
            "changed_at": at,
        }
    found = db.execute(
        update(JobRow)
        .where(held_by(claim))
        .values(**values)
        .returning(JobRow.state, JobRow.lease_ends_at)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if found is None:
        raise lost_lease(claim)
    db.execute(
        update(AttemptRow)
        .where(AttemptRow.id == claim.attempt_id)
        .values(heartbeat_at=at)
        .execution_options(synchronize_session=False)
    )
    return Beat(cancelling=found.state == "cancelling", lease_ends_at=found.lease_ends_at)


def held_by(claim: Claim) -> ColumnElement[bool]:
    """Return the condition that a job is still in this claim's hands."""
    return (JobRow.id == claim.job_id) & (JobRow.fence == claim.fence) & JobRow.state.in_(HELD)


def lost_lease(claim: Claim) -> LostLeaseError:
    """Return the error for a claim that holds nothing any more."""
    return LostLeaseError(
        f"job {claim.job_id} is no longer attempt {claim.number} of {claim.worker}", job=str(claim.job_id)
    )


def requeue_expired(db: Session) -> list[UUID]:
    """Take jobs from workers that were not heard of in time; return which."""
    return _take_from(
        db, JobRow.lease_ends_at < func.clock_timestamp(), "its worker was not heard of in time"
    )


def take_back(db: Session, worker: str) -> list[UUID]:
    """Take back what the worker slot of this name held before it was started again; return which."""
    return _take_from(db, JobRow.worker == worker, "its worker was started again")


def _take_from(db: Session, condition: ColumnElement[bool], why: str) -> list[UUID]:
    query = select(JobRow).where(JobRow.state.in_(HELD), condition).with_for_update(skip_locked=True)
    taken = list(db.scalars(query.execution_options(populate_existing=True)))
    for job in taken:
        error = JobError(
            kind=WORKER_LOST,
            message=f"attempt {job.attempts} on {job.worker} was lost: {why}",
            hint="if it happens again, look at that worker's memory and log",
        )
        end_attempt(db, job, "lost", error=error)
        if job.state == "cancelling":
            end_job(db, job, "cancelled")
        elif job.attempts >= job.max_attempts:
            end_job(db, job, "failed", error=error)
        else:
            queue_again(db, job)
        record(
            db,
            "job.lease-lost",
            "job",
            job.id,
            organisation_id=job.organisation_id,
            agent="storage: leases",
            attempt=job.attempts,
            state=job.state,
        )
    db.flush()
    return [job.id for job in taken]


def queue_again(db: Session, job: JobRow) -> None:
    """Give a held job back to the queue; its attempt has ended."""
    at = db.scalars(select(func.clock_timestamp())).one()
    job.state, job.queued_at, job.changed_at = "queued", at, at
    job.worker = job.lease_ends_at = None
    db.flush()
