"""Do again what a derivative or a placement came from, and compare: asked for by people, done by workers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.derivatives.queries import get_derivative
from storage.derivatives.tables import DerivativeFileRow, DerivativeRow
from storage.jobs.digests import input_digests
from storage.jobs.errors import NotRepeatableError
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.kinds import RECHECK, REGISTER
from storage.jobs.queries import get_job
from storage.jobs.records import Claim, Job
from storage.jobs.tables import AttemptRow, JobRow
from storage.placements.queries import get_placement
from storage.versions.queries import get_version

REPEATABLE: Final = frozenset({"picture", "preview", "tile", "lod", "copc"})
"""The recipes whose derivative one worker makes in one step from the version's files alone."""
REGISTERED: Final = ("control", "prior", "options", "stated", "fixed_version")
"""What a registration was asked for."""
PRIORITY = 150
AGENT = "storage: verify-result"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was made the first time: digests by path with their sizes, or the result of the step."""

    verb: str
    files: Mapping[str, tuple[str, int, str]]
    result: Mapping[str, Any]


def recheck_derivative(db: Session, caller: Caller, derivative_id: UUID) -> Job:
    """Have a derivative made again and compared with what is kept (contributors)."""
    derivative = get_derivative(db, caller, derivative_id)
    caller.require(derivative.organisation_id, Role.CONTRIBUTOR)
    row = db.get_one(DerivativeRow, derivative_id)
    made_by = db.get_one(JobRow, db.get_one(AttemptRow, row.attempt_id).job_id)
    if derivative.operation not in REPEATABLE or made_by.version_id is None:
        raise NotRepeatableError(
            f"derivative {derivative_id} was made by {made_by.operation}: several jobs, or other files",
            hint="verify those it was made from",
        )
    parameters = {
        "derivative": str(derivative_id),
        "verb": derivative.operation,
        # What the recipe was asked for, such as the CRS that the capture states.
        "asked": dict(row.parameters),
    }
    return _insert(db, caller, made_by, "derivative", derivative_id, parameters)


def recheck_placement(db: Session, caller: Caller, placement_id: UUID) -> Job:
    """Have a registration done again and compared with the placement (contributors)."""
    placement = get_placement(db, caller, placement_id)
    caller.require(get_version(db, caller, placement.version_id).organisation_id, Role.CONTRIBUTOR)
    if placement.job_id is None:
        raise NotRepeatableError(
            f"placement {placement_id} was not computed, but made by the {placement.method} rule",
            hint="there is nothing to do again",
        )
    made_by = db.get_one(JobRow, placement.job_id)
    kept = {name: made_by.arguments.get(name) for name in REGISTERED}
    parameters = {"placement": str(placement_id), "verb": "register", **kept}
    return _insert(db, caller, made_by, "placement", placement_id, parameters)


def _insert(
    db: Session, caller: Caller, made_by: JobRow, what: str, what_id: UUID, parameters: Mapping[str, Any]
) -> Job:
    version_id = made_by.version_id
    job_id = insert_job(
        db,
        NewJob(
            operation=RECHECK,
            organisation_id=made_by.organisation_id,
            parameters={**parameters, "made_by": str(made_by.id)},
            digests=input_digests(db, version_id) if version_id is not None else (),
            version_id=version_id,
            requested_by=caller.person_id,
            priority=PRIORITY,
            memory_mib=made_by.memory_mib,
            disk_mib=made_by.disk_mib,
        ),
    )
    record(
        db,
        f"{what}.verification-asked",
        what,
        what_id,
        organisation_id=made_by.organisation_id,
        caller=caller,
        job=str(job_id),
    )
    return get_job(db, caller, job_id)


def is_registration(claim: Claim) -> bool:
    """Say whether a claimed recheck is of a registration, and so reads two versions."""
    return claim.operation == REGISTER or (claim.operation == RECHECK and "placement" in claim.arguments)


def recorded_of(db: Session, claim: Claim) -> Recorded:
    """Return what the claimed recheck is to be compared with."""
    verb = str(claim.arguments["verb"])
    if "placement" in claim.arguments:
        attempt = db.scalars(
            select(AttemptRow)
            .where(AttemptRow.job_id == UUID(claim.arguments["made_by"]), AttemptRow.state == "succeeded")
            .order_by(AttemptRow.number.desc())
            .limit(1)
        ).one()
        return Recorded(verb=verb, files={}, result=(attempt.result or {})["register"])
    derivative = db.get_one(DerivativeRow, UUID(claim.arguments["derivative"]))
    files = db.scalars(select(DerivativeFileRow).where(DerivativeFileRow.derivative_id == derivative.id))
    prefix = f"derivatives/{derivative.id}/"
    return Recorded(
        verb=verb,
        files={f.path: (f.sha256, f.size_bytes, f.object_key or prefix + f.path) for f in files},
        result=derivative.result or {},
    )


def record_recheck(db: Session, job: JobRow, found: Mapping[str, Any]) -> None:
    """Write the verdict where nobody can change it: into the audit, beside the attempt's own result."""
    what = "placement" if "placement" in job.arguments else "derivative"
    record(
        db,
        f"{what}.verified",
        what,
        UUID(job.arguments[what]),
        organisation_id=job.organisation_id,
        agent=AGENT,
        job=str(job.id),
        verdict=found.get("verdict"),
        figures=found.get("figures"),
    )
