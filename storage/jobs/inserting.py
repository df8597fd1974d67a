"""Write job rows: in the transaction of what caused them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.ids import new_id
from storage.jobs.kinds import DEPENDENCY_FAILED, LIVE
from storage.jobs.tables import LIVE as LIVE_SQL
from storage.jobs.tables import JobDependencyRow, JobRow
from storage.jobs.work_keys import work_key


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job to be written. Smaller `priority` numbers come first; the estimates bound who may take it."""

    operation: str
    organisation_id: UUID
    parameters: Mapping[str, Any]
    digests: Sequence[str] = ()
    recipe_version: int = 1
    version_id: UUID | None = None
    upload_id: UUID | None = None
    requested_by: UUID | None = None
    priority: int = 100
    memory_mib: int = 1024
    disk_mib: int = 512
    max_attempts: int = 3
    needs: Sequence[UUID] = field(default=())


def insert_job(db: Session, job: NewJob) -> UUID:
    """Write a job's row; if one with the same work key is live, return that one's id instead."""
    key = work_key(
        operation=job.operation,
        recipe_version=job.recipe_version,
        parameters={**job.parameters, "version": str(job.version_id), "upload": str(job.upload_id)},
        digests=job.digests,
        organisation_id=job.organisation_id,
    )
    made: UUID | None = db.scalar(
        insert(JobRow)
        .values(
            id=new_id(),
            operation=job.operation,
            state="waiting",
            organisation_id=job.organisation_id,
            version_id=job.version_id,
            upload_id=job.upload_id,
            requested_by=job.requested_by,
            arguments=dict(job.parameters),
            recipe_version=job.recipe_version,
            work_key=key,
            priority=job.priority,
            memory_mib=job.memory_mib,
            disk_mib=job.disk_mib,
            max_attempts=job.max_attempts,
        )
        .on_conflict_do_nothing(index_elements=["work_key"], index_where=text(LIVE_SQL))
        .returning(JobRow.id)
    )
    if made is None:
        live = select(JobRow).where(JobRow.work_key == key, JobRow.state.in_(LIVE))
        return db.scalars(live).one().id
    # A need that is ending right now cannot see this job yet: wait for its end, then look.
    locked = select(JobRow.id).where(JobRow.id.in_(job.needs)).order_by(JobRow.id)
    db.execute(locked.with_for_update(read=True))
    db.add_all(JobDependencyRow(job_id=made, needs_id=need) for need in dict.fromkeys(job.needs))
    db.flush()
    settle_waiting(db, made)
    return made


def settle_waiting(db: Session, job_id: UUID) -> None:
    """Queue a waiting job whose needs have all succeeded; fail it when one of them cannot any more.

    The lock on the waiting job comes before its needs are read: of two needs that end at once, the
    second finds the first one ended.
    """
    job = db.get_one(JobRow, job_id, with_for_update=True, populate_existing=True)
    if job.state != "waiting":
        return
    needs = db.execute(
        select(JobRow.id, JobRow.operation, JobRow.state, JobRow.error_kind)
        .join(JobDependencyRow, JobDependencyRow.needs_id == JobRow.id)
        .where(JobDependencyRow.job_id == job_id)
        .order_by(JobRow.id)
    ).all()
    lost = next((need for need in needs if need.state in ("failed", "cancelled")), None)
    if lost is not None:
        job.state = "failed"
        job.error_kind = DEPENDENCY_FAILED
        job.error_message = (
            f"it needs {lost.operation} ({lost.id}), which {_how(lost.state, lost.error_kind)}"
        )
        job.error_hint = "retry that job; this one then waits for it again"
        job.ended_at = job.changed_at = db.scalars(select(func.clock_timestamp())).one()
    elif all(need.state == "succeeded" for need in needs):
        job.state = "queued"
        job.queued_at = job.changed_at = db.scalars(select(func.clock_timestamp())).one()
    db.flush()


def _how(state: str, error_kind: str | None) -> str:
    return "was cancelled" if state == "cancelled" else f"failed: {error_kind}"


def settle_dependents(db: Session, job_id: UUID) -> None:
    """Look again at the jobs that wait for one that has just ended, and at those that wait for them."""
    dependents = select(JobDependencyRow.job_id).where(JobDependencyRow.needs_id == job_id)
    for dependent in db.scalars(dependents.order_by(JobDependencyRow.job_id)).all():
        before = db.get_one(JobRow, dependent).state
        settle_waiting(db, dependent)
        if before == "waiting" and db.get_one(JobRow, dependent).state == "failed":
            settle_dependents(db, dependent)
