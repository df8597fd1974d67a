"""Find the jobs of one shared tiling, and what they made for each other."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from storage.derivatives.tables import DerivativeFileRow, DerivativeRow
from storage.jobs.kinds import GROUP, SHARED, SPREAD
from storage.jobs.tables import AttemptRow, JobDependencyRow, JobRow

PART = "part"
"""The kind of derivative that holds the packs of one part."""


def spread_of(job: JobRow) -> UUID:
    """Return the id of the job that a shared tiling began with."""
    return job.id if job.operation == SPREAD else UUID(job.arguments["spread"])


def of_sharing(job: JobRow) -> ColumnElement[bool]:
    """Return the condition on `job`: of the same shared tiling as this one."""
    spread = spread_of(job)
    return (
        (JobRow.version_id == job.version_id)
        & JobRow.operation.in_(SHARED)
        & or_(JobRow.id == spread, JobRow.arguments["spread"].astext == str(spread))
    )


def attempts_at(jobs: ColumnElement[bool]) -> Select[UUID]:
    """Return the ids of the attempts at jobs that fulfil a condition."""
    return select(AttemptRow.id).join(JobRow, JobRow.id == AttemptRow.job_id).where(jobs)


def part_path(number: int, path: str) -> str:
    """Return how the join names a file of one of its parts, among its inputs and in its tileset."""
    return f"parts/{number:04d}/{path}"


def made_by(db: Session, job_id: UUID, kind: str) -> DerivativeRow | None:
    """Return what a job has made of a kind and is still there, None if nothing is."""
    query = (
        select(DerivativeRow)
        .join(AttemptRow, AttemptRow.id == DerivativeRow.attempt_id)
        .where(AttemptRow.job_id == job_id, DerivativeRow.kind == kind, DerivativeRow.state == "ready")
    )
    return db.scalar(query.order_by(DerivativeRow.id.desc()).limit(1))


def parts_of(db: Session, join_id: UUID, kind: str) -> list[tuple[int, DerivativeRow]]:
    """Return what the parts that a join needs have made of a kind, with their numbers, in order."""
    query = (
        select(JobRow.arguments, DerivativeRow)
        .join(AttemptRow, AttemptRow.id == DerivativeRow.attempt_id)
        .join(JobRow, JobRow.id == AttemptRow.job_id)
        .join(JobDependencyRow, JobDependencyRow.needs_id == JobRow.id)
        .where(
            JobDependencyRow.job_id == join_id,
            JobRow.operation == GROUP,
            DerivativeRow.kind == kind,
            DerivativeRow.state == "ready",
        )
    )
    found = [(int(arguments["group"]), row) for arguments, row in db.execute(query)]
    return sorted(found, key=lambda each: each[0])


def files_of_work(db: Session, derivative_id: UUID) -> Sequence[DerivativeFileRow]:
    """Return the files of a derivative, by path."""
    query = select(DerivativeFileRow).where(DerivativeFileRow.derivative_id == derivative_id)
    return db.scalars(query.order_by(DerivativeFileRow.path)).all()
