"""Fail what no worker can ever take, with the figures, rather than let it wait in silence."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.jobs.ending import end_job
from storage.jobs.records import JobError
from storage.jobs.tables import JobRow, WorkerRow

QUEUED_FOR = timedelta(minutes=1)
"""So long a job waits first: workers that start together with it have time to say what they offer."""
HEARD_WITHIN = timedelta(hours=1)
"""So long the offer of a silent worker still counts: it may be on its way back."""
AGENT = "storage: unfit jobs"


def fail_unfit(
    db: Session, *, queued_for: timedelta = QUEUED_FOR, heard_within: timedelta = HEARD_WITHIN
) -> list[UUID]:
    """Fail queued jobs that need more than any one worker has offered lately; return which.

    Nothing fails while no worker was heard of. A failed one can be retried once there is a larger worker.
    """
    at = func.clock_timestamp()
    offers = select(func.count(), func.max(WorkerRow.memory_mib), func.max(WorkerRow.disk_mib))
    heard, memory_mib, disk_mib = db.execute(offers.where(WorkerRow.heartbeat_at > at - heard_within)).one()
    if heard == 0:
        return []
    takes = exists().where(
        and_(
            WorkerRow.heartbeat_at > at - heard_within,
            WorkerRow.memory_mib >= JobRow.memory_mib,
            WorkerRow.disk_mib >= JobRow.disk_mib,
        )
    )
    query = select(JobRow).where(JobRow.state == "queued", JobRow.queued_at < at - queued_for, ~takes)
    jobs = list(
        db.scalars(
            query.order_by(JobRow.id)
            .with_for_update(of=JobRow, skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )
    for job in jobs:
        end_job(db, job, "failed", error=_error(job, memory_mib, disk_mib))
        record(
            db,
            "job.unfit",
            "job",
            job.id,
            organisation_id=job.organisation_id,
            agent=AGENT,
            memory_mib=job.memory_mib,
            disk_mib=job.disk_mib,
        )
    db.flush()
    return [job.id for job in jobs]


def _error(job: JobRow, memory_mib: int, disk_mib: int) -> JobError:
    return JobError(
        kind="memory-limit" if job.memory_mib > memory_mib else "disk-limit",
        message=(
            f"it needs {job.memory_mib} MiB of memory and {job.disk_mib} MiB of disk; "
            f"workers offer at most {memory_mib} MiB and {disk_mib} MiB"
        ),
        hint="split the file, or start a larger worker, then retry the job",
    )
