"""People ask for a version to be registered again, with control points, a prior, or another fixed version."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.errors import ConflictError
from storage.jobs.queries import get_job
from storage.jobs.records import Job
from storage.placements.errors import NothingToRegisterToError, VersionNotInspectedError
from storage.placements.flows import fixed_for, insert_registration
from storage.placements.queries import current_placement, frame_of
from storage.placements.records import Frame, Placement
from storage.versions.queries import get_version
from storage.versions.records import Version


def request_placement(
    db: Session,
    caller: Caller,
    version_id: UUID,
    *,
    control: Sequence[Mapping[str, Any]] | None = None,
    prior: Sequence[Sequence[float]] | None = None,
    fixed_version_id: UUID | None = None,
) -> Job:
    """Insert a registration (contributors); control points and prior are in the frame of the site, metres."""
    version = get_version(db, caller, version_id)
    caller.require(version.organisation_id, Role.CONTRIBUTOR)
    frame = frame_of(db, version.subject_id)
    if version.kind is None or frame is None:
        raise VersionNotInspectedError(
            f"version {version_id} has not been inspected", hint="wait for its jobs"
        )
    fixed = _fixed(db, caller, version, frame, fixed_version_id)
    if fixed is None and not control:
        raise NothingToRegisterToError(
            "no other version stands in this frame", hint="give control points, or place another version"
        )
    job_id = insert_registration(
        db, version, fixed, control=control, prior=prior, requested_by=caller.person_id
    )
    record(
        db,
        "placement.requested",
        "version",
        version_id,
        organisation_id=version.organisation_id,
        caller=caller,
        job=str(job_id),
    )
    return get_job(db, caller, job_id)


def _fixed(
    db: Session, caller: Caller, version: Version, frame: Frame, fixed_version_id: UUID | None
) -> Placement | None:
    if fixed_version_id is None:
        return fixed_for(db, version, frame)
    other = get_version(db, caller, fixed_version_id)
    placement = current_placement(db, other.id)
    if placement is None or placement.state != "accepted" or placement.frame_id != frame.id:
        raise ConflictError(f"version {other.id} has no accepted placement in this frame")
    return placement
