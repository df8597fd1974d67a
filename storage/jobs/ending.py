"""How jobs and attempts end, whatever the cause."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from storage.derivatives.tables import DerivativeRow, VersionDerivativeRow
from storage.jobs.cleaning import clean_text
from storage.jobs.inserting import settle_dependents
from storage.jobs.records import Account, JobError
from storage.jobs.tables import AttemptRow, JobRow


def end_attempt(
    db: Session,
    job: JobRow,
    state: str,
    *,
    error: JobError | None = None,
    account: Account | None = None,
    results: Mapping[str, Any] | None = None,
) -> None:
    """End the running attempt of a locked job; what it had begun to make and did not finish is lost."""
    attempt = db.scalars(
        select(AttemptRow)
        .where(AttemptRow.job_id == job.id, AttemptRow.fence == job.fence)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    attempt.state, attempt.ended_at = state, db.scalars(select(func.clock_timestamp())).one()
    if error is not None:
        attempt.error_kind, attempt.error_message, attempt.error_hint = error.kind, error.message, error.hint
    if results is not None:
        attempt.result = {key: dict(value) for key, value in results.items()}
    if account is not None:
        attempt.seconds, attempt.peak_mib = account.seconds, account.peak_mib
        attempt.log_head = clean_text(account.log_head or "") or None
        attempt.log_tail = clean_text(account.log_tail or "") or None
        attempt.limits = dict(account.limits) if account.limits is not None else None
        attempt.software = dict(account.software) if account.software is not None else None
    db.flush()
    db.execute(
        update(DerivativeRow)
        .where(DerivativeRow.attempt_id == attempt.id, DerivativeRow.state == "building")
        .values(state="lost")
    )


def end_job(db: Session, job: JobRow, state: str, *, error: JobError | None = None) -> None:
    """End a locked job; those that wait for it are queued, or fail with it.

    What a job that did not succeed had handed over before is taken back.
    """
    at = db.scalars(select(func.clock_timestamp())).one()
    job.state, job.ended_at, job.changed_at = state, at, at
    job.worker = job.lease_ends_at = None
    if error is not None:
        job.error_kind, job.error_message, job.error_hint = error.kind, error.message, error.hint
    db.flush()
    if state != "succeeded":
        take_back(db, job.id)
    settle_dependents(db, job.id)


def take_back(db: Session, job_id: UUID, *, but: UUID | None = None) -> None:
    """Take back what a job's attempts had made ready, all but one derivative; its bytes are reaped later."""
    of_job = select(AttemptRow.id).where(AttemptRow.job_id == job_id)
    ready = select(DerivativeRow.id).where(
        DerivativeRow.attempt_id.in_(of_job), DerivativeRow.state == "ready"
    )
    taken = [found for found in db.scalars(ready) if found != but]
    db.execute(delete(VersionDerivativeRow).where(VersionDerivativeRow.derivative_id.in_(taken)))
    db.execute(update(DerivativeRow).where(DerivativeRow.id.in_(taken)).values(state="lost"))
