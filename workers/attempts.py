"""One attempt at a job: claimed, worked on, and ended exactly one way."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from storage import db as database
from storage.errors import StorageError, UnavailableError
from storage.jobs import claims, finishing, liveness
from storage.jobs.errors import LostLeaseError, WorkGoneError
from storage.jobs.inputs import inputs_of
from storage.jobs.records import Claim, Outputs
from storage.objects.errors import ObjectNotFoundError
from workers.errors import JobFailedError, OutputRefusedError, StorageUnavailableError, WorkerError
from workers.heartbeat import Heartbeat
from workers.operations import OPERATIONS
from workers.operations.work import RoomFailedError, Work, account_of
from workers.room.room import remove_folder
from workers.runtime import Runtime

log = structlog.get_logger()

RETRY_EVERY_S = 0.5
PROOF = b"kept"


def work_through(runtime: Runtime) -> int:
    """Do jobs until there is none this worker can do, or it is told to stop; return how many."""
    jobs = 0
    while not runtime.draining.is_set():
        with database.transaction(runtime.sessions) as db:
            liveness.worker_alive(db, runtime.slot.name)
        if not _store_is_proven(runtime):
            runtime.draining.wait(RETRY_EVERY_S)
            continue
        with database.transaction(runtime.sessions) as db:
            claim = claims.claim_next(
                db,
                worker=runtime.slot.name,
                memory_mib=runtime.settings.room_memory_mib,
                disk_mib=runtime.settings.disk_mib(),
                lease_s=runtime.settings.lease_s,
                operations=runtime.settings.own_operations,
            )
        if claim is None:
            return jobs
        with structlog.contextvars.bound_contextvars(
            job_id=str(claim.job_id), operation=claim.operation, attempt=claim.number
        ):
            attempt(runtime, claim)
        jobs += 1
    return jobs


def _store_is_proven(runtime: Runtime) -> bool:
    """Whether the store keeps bytes and gives them back; asked at the start, and after a job found it away.

    A job that begins while the store is still starting would spend its attempts within seconds: it is not
    the job that is at fault.
    """
    key = f"work/.proof-{runtime.slot.name}"
    try:
        if not runtime.is_proven.is_set():
            runtime.store.put(key, PROOF, media_type="text/plain")
            if runtime.store.get(key) == PROOF:
                runtime.is_proven.set()
    except (UnavailableError, ObjectNotFoundError) as error:
        log.warning("worker.waits_for_store", error=error.message[:300])
    return runtime.is_proven.is_set()


def attempt(runtime: Runtime, claim: Claim) -> None:
    """Work on a claimed job and write how it ended; nothing is written for a lease that was lost."""
    log.info("job.started")
    folder = runtime.settings.rooms_dir / runtime.slot.name / str(claim.attempt_id)
    folder.mkdir(parents=True)
    heartbeat = Heartbeat(runtime, claim)
    outputs: Outputs | None = None
    failure: WorkerError | None = None
    try:
        with heartbeat:
            with database.transaction(runtime.sessions) as db:
                inputs = inputs_of(db, claim)
            work = Work(runtime=runtime, claim=claim, inputs=inputs, heartbeat=heartbeat, folder=folder)
            outputs = OPERATIONS[claim.operation](work)
    except WorkerError as error:
        failure = error
    except LostLeaseError as error:
        log.warning("job.lease_lost", error=error.message)
        return
    except WorkGoneError as error:
        failure = JobFailedError(error.kind, error.message, hint=error.hint)
    except (UnavailableError, OperationalError) as error:
        failure = StorageUnavailableError(f"rows or bytes cannot be reached: {error}"[:2000])
    except Exception as error:
        log.exception("job.broke")
        failure = JobFailedError("internal", f"{type(error).__name__}: {error}"[:2000])
    finally:
        remove_folder(folder)
    if heartbeat.is_lost:
        log.warning("job.lease_lost")
        return
    if heartbeat.is_given_up and outputs is None:
        log.info("job.given_back")
        _until_answered(runtime, lambda db: finishing.give_back(db, claim))
        return
    if outputs is not None:
        failure = _finish(runtime, claim, outputs)
    if failure is not None:
        ended = failure
        if failure.kind == StorageUnavailableError.kind:
            runtime.is_proven.clear()
        _until_answered(runtime, lambda db: _write_failure(db, claim, ended))


def _finish(runtime: Runtime, claim: Claim, outputs: Outputs) -> WorkerError | None:
    """Finish the job; what a child said that cannot be kept is its failure, not ours."""
    try:
        if _until_answered(runtime, lambda db: _keep(db, runtime, claim, outputs)):
            log.info("job.finished", seconds=outputs.account.seconds)
    except (StorageError, DBAPIError, LookupError, TypeError, ValueError, AttributeError) as error:
        log.exception("job.outputs_refused")
        return OutputRefusedError(f"the result cannot be kept: {type(error).__name__}: {error}"[:2000])
    return None


def _keep(db: Session, runtime: Runtime, claim: Claim, outputs: Outputs) -> None:
    finishing.finish(db, runtime.store, claim, outputs, sharing=runtime.settings.sharing)


def _write_failure(db: Session, claim: Claim, failure: WorkerError) -> None:
    if failure.kind == "cancelled":
        finishing.confirm_cancelled(db, claim)
        log.info("job.cancelled")
    else:
        outcome = failure.outcome if isinstance(failure, RoomFailedError) else None
        finishing.fail(
            db,
            claim,
            kind=failure.kind,
            message=failure.message,
            hint=failure.hint,
            outputs=Outputs(account=account_of(outcome)) if outcome else None,
        )
        log.warning("job.failed", kind=failure.kind, message=failure.message[:300])


def _until_answered(runtime: Runtime, write: Callable[[Session], object]) -> bool:
    """Write how a job ended, trying again while the lease may hold and nothing answers; say if it was.

    A commit whose answer was lost is found out by the second try: its fence no longer fits.
    """
    until_s = time.monotonic() + runtime.settings.lease_s
    while True:
        try:
            with database.transaction(runtime.sessions) as db:
                write(db)
        except LostLeaseError as error:
            log.warning("job.lease_lost", error=error.message)
            return False
        except (OperationalError, UnavailableError) as error:
            log.warning("job.end_not_written", error=str(error)[:300])
            if time.monotonic() >= until_s:
                return False
            time.sleep(RETRY_EVERY_S)
        else:
            return True
