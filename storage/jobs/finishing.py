"""An attempt comes home: outputs, dependent jobs, follow-ups and audit in one transaction under its fence."""

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.derivatives.commands import make_ready
from storage.errors import InvalidError
from storage.jobs.claims import held_by, lost_lease, queue_again
from storage.jobs.cleaning import clean_results, clean_text
from storage.jobs.ending import end_attempt, end_job, take_back
from storage.jobs.errors import OutputRefusedError
from storage.jobs.flows import after_bundle, after_inspection, publish_if_finished
from storage.jobs.kinds import (
    AGAIN,
    BUNDLE,
    EARLY,
    GROUP,
    INSPECT,
    JOIN,
    RECHECK,
    REGISTER,
    SHARED,
    SPREAD,
    VERIFY,
)
from storage.jobs.queries import one_job
from storage.jobs.rechecks import record_recheck
from storage.jobs.records import Account, Claim, Job, JobError, MadeDerivative, Outputs
from storage.jobs.sharing import Sharing, after_join, after_spread, supersede, tell_parts
from storage.jobs.tables import JobRow
from storage.objects.store import ObjectStore
from storage.placements.flows import record_registration
from storage.uploads.bundles import FINAL, refuse_bundle
from storage.uploads.pieces import record_early
from storage.uploads.verification import settle_verification
from storage.versions.commands import locked_version

AGENT = "storage: jobs"
UNSHARED = Sharing()


def finish(
    db: Session, store: ObjectStore, claim: Claim, outputs: Outputs, *, sharing: Sharing = UNSHARED
) -> Job:
    """End a job with what its attempt made; LostLeaseError, and nothing is kept, under a stale fence.

    A job that was to be cancelled ends as cancelled, its outputs dropped. A verification that finds other
    bytes than were promised ends as failed, with the upload refused. `sharing` decides which clouds are
    tiled by several workers.
    """
    outputs = replace(outputs, results=clean_results(outputs.results))
    job = _held(db, claim)
    if job.state == "cancelling":
        return _end(db, job, claim, "cancelled", None, outputs.account)
    error = None
    if job.operation == VERIFY and job.upload_id is not None:
        error = settle_verification(db, job.upload_id, outputs.found)
    if error is not None:
        return _end(db, job, claim, "failed", error, outputs.account, outputs)
    for made in outputs.derivatives:
        make_ready(db, claim, replace(made, result=clean_results({"made": made.result})["made"]))
    if job.operation == EARLY and job.upload_id is not None:
        record_early(db, job.upload_id, _result(outputs, "early"))
    if job.operation == BUNDLE:
        after_bundle(db, job, outputs.members)
    if job.operation == INSPECT:
        after_inspection(db, job, _result(outputs, "inspect"), sharing)
    if job.operation in SHARED:
        _follow_shared(db, job, outputs)
    if job.operation == RECHECK:
        record_recheck(db, job, _result(outputs, "verify"))
    if job.operation == REGISTER and job.version_id is not None:
        record_registration(
            db,
            job_id=job.id,
            version_id=job.version_id,
            arguments=job.arguments,
            result=_result(outputs, "register"),
        )
    ended = _end(db, job, claim, "succeeded", None, outputs.account, outputs)
    if job.operation == GROUP:
        tell_parts(db, job)
    if job.version_id is not None:
        publish_if_finished(db, store, job.version_id)
    return ended


def _follow_shared(db: Session, job: JobRow, outputs: Outputs) -> None:
    supersede(db, job, outputs.derivatives)
    if job.operation == SPREAD:
        after_spread(db, job, _result(outputs, "spread"))
    if job.operation == JOIN:
        (joined,) = outputs.derivatives
        after_join(db, job, joined.id)


def hand_over(db: Session, claim: Claim, made: MadeDerivative) -> None:
    """Give a version one of its derivatives while its job still runs; LostLeaseError under a stale fence.

    It is taken back if the job fails after all: what could be read of a file is not passed off as the whole.
    """
    job = _held(db, claim)
    if job.state == "cancelling":
        return
    make_ready(db, claim, replace(made, result=clean_results({"made": made.result})["made"]))
    # An attempt that was lost may have handed over the same.
    take_back(db, job.id, but=made.id)
    job.changed_at = db.scalars(select(func.clock_timestamp())).one()
    db.flush()


def _result(outputs: Outputs, step: str) -> dict[str, Any]:
    if step not in outputs.results:
        raise InvalidError(f"the attempt brought no result of the step {step}")
    return dict(outputs.results[step])


def _held(db: Session, claim: Claim) -> JobRow:
    """Return the claimed job's row, locked after its version's (the order of locks)."""
    if claim.version_id is not None:
        locked_version(db, claim.version_id)
    row = db.scalar(
        select(JobRow).where(held_by(claim)).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise lost_lease(claim)
    return row


def _end(
    db: Session,
    job: JobRow,
    claim: Claim,
    state: str,
    error: JobError | None,
    account: Account,
    outputs: Outputs | None = None,
) -> Job:
    results = outputs.results if outputs is not None else None
    end_attempt(db, job, state, error=error, account=account, results=results)
    end_job(db, job, state, error=error)
    record(
        db,
        f"job.{state}",
        "job",
        job.id,
        organisation_id=job.organisation_id,
        agent=AGENT,
        operation=job.operation,
        attempt=claim.number,
        worker=claim.worker,
        version=str(job.version_id) if job.version_id else None,
        kind=error.kind if error else None,
    )
    db.flush()
    return one_job(db, job.id)


def fail(
    db: Session,
    claim: Claim,
    *,
    kind: str,
    message: str,
    hint: str | None = None,
    outputs: Outputs | None = None,
) -> Job:
    """End an attempt that failed; kinds that may pass by themselves are tried again, up to three attempts.

    `outputs` carries the account and the results of steps that succeeded; derivatives in it are lost.
    """
    job = _held(db, claim)
    error = JobError(kind=kind, message=clean_text(message), hint=clean_text(hint) if hint else hint)
    account = outputs.account if outputs is not None else Account()
    outputs = _storable(outputs)
    if job.state == "cancelling":
        return _end(db, job, claim, "cancelled", None, account, outputs)
    if kind in AGAIN and job.attempts < job.max_attempts:
        results = outputs.results if outputs is not None else None
        end_attempt(db, job, "failed", error=error, account=account, results=results)
        queue_again(db, job)
        return one_job(db, job.id)
    if job.operation == BUNDLE and kind in FINAL and job.upload_id is not None:
        refuse_bundle(db, job.upload_id, error)
    return _end(db, job, claim, "failed", error, account, outputs)


def _storable(outputs: Outputs | None) -> Outputs | None:
    """Return the outputs of a failed attempt, without results that cannot even be stored."""
    if outputs is None:
        return None
    try:
        return replace(outputs, results=clean_results(outputs.results))
    except OutputRefusedError:
        return replace(outputs, results={})


def confirm_cancelled(db: Session, claim: Claim, *, account: Account | None = None) -> Job:
    """End a job whose child has been stopped because it was to be cancelled."""
    return _end(db, _held(db, claim), claim, "cancelled", None, account or Account())


def give_back(db: Session, claim: Claim) -> Job:
    """Give a job back unfinished because the worker is stopping; that is not the job's fault."""
    job = _held(db, claim)
    end_attempt(db, job, "lost")
    if job.state == "cancelling":
        end_job(db, job, "cancelled")
    else:
        job.max_attempts += 1
        queue_again(db, job)
    return one_job(db, job.id)
