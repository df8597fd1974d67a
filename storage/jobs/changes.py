"""What the API asks for its own use: jobs that changed, and how closed the living workers' rooms are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.jobs.queries import jobs_of
from storage.jobs.records import Job
from storage.jobs.tables import JobRow, WorkerRow


def jobs_by_ids(db: Session, job_ids: Sequence[UUID]) -> list[Job]:
    """Return the jobs that exist among `job_ids`, unseen by any caller."""
    query = select(JobRow).where(JobRow.id.in_(job_ids)).execution_options(populate_existing=True)
    return jobs_of(db, list(db.scalars(query)))


def rooms_since(db: Session, moment: datetime) -> list[str]:
    """Return the kinds of processing room of the workers heard of since a moment, in order."""
    query = select(WorkerRow.room).where(WorkerRow.heartbeat_at > moment).distinct().order_by(WorkerRow.room)
    return list(db.scalars(query))
