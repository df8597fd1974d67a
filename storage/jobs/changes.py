"""What the API asks for its own use: jobs that changed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.jobs.queries import jobs_of
from storage.jobs.records import Job
from storage.jobs.tables import JobRow


def jobs_by_ids(db: Session, job_ids: Sequence[UUID]) -> list[Job]:
    """Return the jobs that exist among `job_ids`, unseen by any caller."""
    query = select(JobRow).where(JobRow.id.in_(job_ids)).execution_options(populate_existing=True)
    return jobs_of(db, list(db.scalars(query)))
