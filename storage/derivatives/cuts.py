"""People ask for a part of a cloud: a cut is made once, straight from the version's COPC file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.derivatives.commands import derivative_key, give_to_version
from storage.derivatives.errors import NothingToCutError
from storage.derivatives.queries import current, derivatives_of, find_by_work_key
from storage.derivatives.records import Derivative
from storage.derivatives.tables import DerivativeRow
from storage.jobs.digests import input_digests
from storage.jobs.estimates import disk_mib, memory_mib
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.kinds import COPC, CUT, LIVE
from storage.jobs.queries import one_job
from storage.jobs.records import Job
from storage.jobs.tables import JobRow
from storage.placements.errors import VersionNotInspectedError
from storage.versions.errors import VersionWithdrawnError
from storage.versions.queries import get_version
from storage.versions.records import Version

KIND = "cut"
# Somebody waits for it, and it reads little: before tiles, after what tells whether an upload is good.
PRIORITY = 70
PRIORITY_OF_COPC = 80


@dataclass(frozen=True, kw_only=True)
class CutAnswer:
    """The cut, if it was made before; else the job that makes it."""

    derivative: Derivative | None = None
    job: Job | None = None


def request_cut(db: Session, caller: Caller, version_id: UUID, ask: Mapping[str, Any]) -> CutAnswer:
    """Answer a cut of a version, or insert the job that makes it (contributors).

    ``ask`` holds ``box`` or ``prism``, ``coordinates`` and ``spacing_m``; with the version's own frame they
    are the parameters by which the cut is found again.
    """
    version = get_version(db, caller, version_id)
    caller.require(version.organisation_id, Role.CONTRIBUTOR)
    _require_cloud(version)
    parameters = {**ask, **_frame_of(version)}
    key = derivative_key(
        db,
        version_id=version.id,
        organisation_id=version.organisation_id,
        operation=f"{KIND}/{KIND}",
        recipe_version=1,
        parameters=parameters,
    )
    made = find_by_work_key(db, key)
    if made is not None:
        give_to_version(db, version.id, made, KIND)
        row = db.get_one(DerivativeRow, made)
        return CutAnswer(derivative=derivatives_of(db, [row])[0])
    job_id = insert_job(
        db,
        NewJob(
            operation=CUT,
            organisation_id=version.organisation_id,
            parameters=parameters,
            digests=input_digests(db, version.id),
            version_id=version.id,
            requested_by=caller.person_id,
            priority=PRIORITY,
            memory_mib=memory_mib(CUT, version.size_bytes),
            disk_mib=disk_mib(CUT, version.size_bytes),
            needs=_copc_first(db, version, caller),
        ),
    )
    record(
        db,
        "cut.requested",
        "version",
        version_id,
        organisation_id=version.organisation_id,
        caller=caller,
        job=str(job_id),
    )
    return CutAnswer(job=one_job(db, job_id))


def _require_cloud(version: Version) -> None:
    if version.state == "withdrawn":
        raise VersionWithdrawnError(f"version {version.id} was withdrawn")
    if version.kind is None:
        raise VersionNotInspectedError(
            f"version {version.id} has not been inspected", hint="wait for its jobs"
        )
    if version.kind != "point_cloud":
        raise NothingToCutError(f"version {version.id} is a {version.kind}; cuts are made of point clouds")


def _frame_of(version: Version) -> dict[str, Any]:
    """Return the frame in which the version's metres are meant: it was chosen when it was inspected."""
    frame = version.own_frame or {}
    if frame.get("kind") != "tangent":
        return {}
    return {"origin": frame["origin_geodetic"], "crs": (version.crs or {}).get("declared")}


def _copc_first(db: Session, version: Version, caller: Caller) -> list[UUID]:
    """Return the job whose COPC file the cut waits for; none if the file is there."""
    if current(db, version.id, "copc") is not None:
        return []
    live = select(JobRow.id).where(
        JobRow.version_id == version.id, JobRow.operation == COPC, JobRow.state.in_(LIVE)
    )
    waiting = db.scalar(live.order_by(JobRow.id.desc()).limit(1))
    if waiting is not None:
        return [waiting]
    job = NewJob(
        operation=COPC,
        organisation_id=version.organisation_id,
        parameters={"kind": version.kind},
        digests=input_digests(db, version.id),
        version_id=version.id,
        requested_by=caller.person_id,
        priority=PRIORITY_OF_COPC,
        memory_mib=memory_mib(COPC, version.size_bytes),
        disk_mib=disk_mib(COPC, version.size_bytes),
    )
    return [insert_job(db, job)]
