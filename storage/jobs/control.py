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
from storage.jobs.kinds import DEPENDENCY_FAILED, ENDED, SHARED
from storage.jobs.parts import of_sharing
from storage.jobs.queries import get_job, job_visible
from storage.jobs.records import Job
from storage.jobs.sharing import is_work_there, tell_parts
from storage.jobs.tables import JobDependencyRow, JobRow
from storage.versions.commands import locked_version

MORE_ATTEMPTS = 3


def cancel(db: Session, caller: Caller, job_id: UUID) -> Job:
    """Stop a job (contributors): at once if it waits, by its worker's next heartbeat if it runs.

    To stop one job of a shared tiling is to stop all of them: none is of use without the others.
    """
    jobs = _locked(db, caller, job_id)
    job = next(job for job in jobs if job.id == job_id)
    if job.state in ENDED:
        raise JobEndedError(f"job {job_id} is {job.state} already", state=job.state)
    # The last first: who waits for others shall not fail with them.
    for each in reversed(jobs):
        _stop(db, each)
    db.flush()
    record(db, "job.cancel-asked", "job", job.id, organisation_id=job.organisation_id, caller=caller)
    return get_job(db, caller, job_id)


def retry(db: Session, caller: Caller, job_id: UUID) -> Job:
    """Try a failed or cancelled job again, three more attempts; jobs that failed with it wait for it anew."""
    jobs = _locked(db, caller, job_id)
    job = next(job for job in jobs if job.id == job_id)
    if job.state not in ("failed", "cancelled"):
        raise JobNotEndedError(f"job {job_id} is {job.state}", state=job.state)
    try:
        with db.begin_nested():
            if job.operation in SHARED:
                _revive_shared(db, job, jobs)
            else:
                _revive(db, job)
    except IntegrityError as error:
        raise JobNotEndedError("the same work is being done by another job") from error
    record(db, "job.retried", "job", job.id, organisation_id=job.organisation_id, caller=caller)
    return get_job(db, caller, job_id)


def _locked(db: Session, caller: Caller, job_id: UUID) -> list[JobRow]:
    """Return the job's row locked, among those of its shared tiling if it is of one, oldest first."""
    job = db.scalar(select(JobRow).where(JobRow.id == job_id, job_visible(caller)))
    if job is None:
        raise NotFoundError.of("job", job_id)
    caller.require(job.organisation_id, Role.CONTRIBUTOR)
    wanted = JobRow.id == job_id
    if job.operation in SHARED and job.version_id is not None:
        locked_version(db, job.version_id)
        wanted = of_sharing(job)
    query = select(JobRow).where(wanted).order_by(JobRow.id).with_for_update(of=JobRow)
    return list(db.scalars(query.execution_options(populate_existing=True)))


def _stop(db: Session, job: JobRow) -> None:
    if job.state in ("waiting", "queued"):
        end_job(db, job, "cancelled")
    elif job.state == "running":
        job.state = "cancelling"
        job.changed_at = db.scalars(select(func.clock_timestamp())).one()


def _revive_shared(db: Session, job: JobRow, jobs: list[JobRow]) -> None:
    """Do again what failed or was stopped of a shared tiling; all of it if the chunks are gone.

    Parts that are there stay, so that a part is tried again without reading the master.
    """
    stopping = next((each for each in jobs if each.state == "cancelling"), None)
    if stopping is not None:
        raise JobNotEndedError(f"{stopping.operation} {stopping.id} is still being stopped")
    wanted = ("failed", "cancelled") if is_work_there(db, job) else ENDED
    for each in jobs:
        if each.state in wanted:
            _revive(db, each)
    tell_parts(db, job)


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
