"""People stop jobs, and try them again."""

from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.errors import NotFoundError
from storage.jobs.ending import end_job
from storage.jobs.errors import JobEndedError, JobNotEndedError
from storage.jobs.inserting import settle_waiting
from storage.jobs.kinds import DEPENDENCY_FAILED, ENDED
from storage.jobs.queries import get_job, job_visible
from storage.jobs.records import Job
from storage.jobs.tables import JobDependencyRow, JobRow

MORE_ATTEMPTS = 3


def cancel(db: Session, caller: Caller, job_id: UUID) -> Job:
    """Stop a job (contributors): at once if it waits, by its worker's next heartbeat if it runs."""
    job = _locked(db, caller, job_id)
    if job.state in ENDED:
        raise JobEndedError(f"job {job_id} is {job.state} already", state=job.state)
    if job.state in ("waiting", "queued"):
        end_job(db, job, "cancelled")
    elif job.state == "running":
        job.state = "cancelling"
        job.changed_at = db.scalars(select(func.clock_timestamp())).one()
    db.flush()
    record(db, "job.cancel-asked", "job", job.id, organisation_id=job.organisation_id, caller=caller)
    return get_job(db, caller, job_id)


def retry(db: Session, caller: Caller, job_id: UUID) -> Job:
    """Try a failed or cancelled job again, three more attempts; jobs that failed with it wait for it anew."""
    job = _locked(db, caller, job_id)
    if job.state not in ("failed", "cancelled"):
        raise JobNotEndedError(f"job {job_id} is {job.state}", state=job.state)
    try:
        with db.begin_nested():
            _revive(db, job)
    except IntegrityError as error:
        raise JobNotEndedError("the same work is being done by another job") from error
    record(db, "job.retried", "job", job.id, organisation_id=job.organisation_id, caller=caller)
    return get_job(db, caller, job_id)


def _locked(db: Session, caller: Caller, job_id: UUID) -> JobRow:
    row = db.scalar(
        select(JobRow)
        .where(JobRow.id == job_id, job_visible(caller))
        .with_for_update(of=JobRow)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError.of("job", job_id)
    caller.require(row.organisation_id, Role.CONTRIBUTOR)
    return row


def _revive(db: Session, job: JobRow) -> None:
    job.state, job.ended_at = "waiting", None
    job.max_attempts = job.attempts + MORE_ATTEMPTS
    job.error_kind = job.error_message = job.error_hint = None
    job.stage = job.done = job.total = job.unit = None
    db.flush()
    settle_waiting(db, job.id)
    dependents = (
        select(JobRow)
        .join(JobDependencyRow, JobDependencyRow.job_id == JobRow.id)
        .where(
            JobDependencyRow.needs_id == job.id,
            JobRow.state == "failed",
            JobRow.error_kind == DEPENDENCY_FAILED,
        )
        .with_for_update(of=JobRow)
        .order_by(text("job.id"))
    )
    for dependent in db.scalars(dependents).all():
        _revive(db, dependent)
