"""People ask for something made of a cloud: it is made once, straight from the version's COPC file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.derivatives.commands import derivative_key, give_to_version
from storage.derivatives.errors import NotAPointCloudError
from storage.derivatives.queries import current, derivatives_of, find_by_work_key
from storage.derivatives.records import Derivative
from storage.derivatives.tables import DerivativeRow
from storage.errors import ConflictError
from storage.jobs.digests import input_digests
from storage.jobs.estimates import disk_mib, memory_mib
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.kinds import CLEAN, COPC, LIVE, MEASURE
from storage.jobs.queries import one_job
from storage.jobs.records import Job
from storage.jobs.tables import JobRow
from storage.placements.errors import VersionNotInspectedError
from storage.versions.errors import VersionWithdrawnError
from storage.versions.queries import get_version
from storage.versions.records import Version

# Somebody waits for what is made of it.
PRIORITY_OF_COPC = 80


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is made (a kind of derivative, named as the verb of the room) and by which job.

    ``refusal`` is what is said of versions that are no clouds.
    """

    kind: str
    operation: str
    priority: int
    refusal: type[ConflictError] = NotAPointCloudError


# Neighbours of every point take minutes: after the tiles, before COPC files that nobody waits for.
MEASURING = Recipe(kind="measure", operation=MEASURE, priority=120)
CLEANING = Recipe(kind="clean", operation=CLEAN, priority=130)


@dataclass(frozen=True, kw_only=True)
class RecipeAnswer:
    """What was asked for, if it was made before; else the job that makes it."""

    derivative: Derivative | None = None
    job: Job | None = None


def request_made(
    db: Session, caller: Caller, version_id: UUID, recipe: Recipe, ask: Mapping[str, Any]
) -> RecipeAnswer:
    """Answer what a recipe makes of a version, or insert the job that makes it (contributors).

    ``ask`` and the version's own frame are the parameters by which it is found again.
    """
    version = get_version(db, caller, version_id)
    caller.require(version.organisation_id, Role.CONTRIBUTOR)
    _require_cloud(version, recipe)
    parameters = {**ask, **_frame_of(version)}
    key = derivative_key(
        db,
        version_id=version.id,
        organisation_id=version.organisation_id,
        operation=f"{recipe.kind}/{recipe.kind}",
        recipe_version=1,
        parameters=parameters,
    )
    made = find_by_work_key(db, key)
    if made is not None:
        give_to_version(db, version.id, made, recipe.kind)
        row = db.get_one(DerivativeRow, made)
        return RecipeAnswer(derivative=derivatives_of(db, [row])[0])
    job_id = insert_job(
        db,
        NewJob(
            operation=recipe.operation,
            organisation_id=version.organisation_id,
            parameters=parameters,
            digests=input_digests(db, version.id),
            version_id=version.id,
            requested_by=caller.person_id,
            priority=recipe.priority,
            memory_mib=memory_mib(recipe.operation, version.size_bytes),
            disk_mib=disk_mib(recipe.operation, version.size_bytes),
            needs=_copc_first(db, version, caller),
        ),
    )
    record(
        db,
        f"{recipe.kind}.requested",
        "version",
        version_id,
        organisation_id=version.organisation_id,
        caller=caller,
        job=str(job_id),
    )
    return RecipeAnswer(job=one_job(db, job_id))


def _require_cloud(version: Version, recipe: Recipe) -> None:
    if version.state == "withdrawn":
        raise VersionWithdrawnError(f"version {version.id} was withdrawn")
    if version.kind is None:
        raise VersionNotInspectedError(
            f"version {version.id} has not been inspected", hint="wait for its jobs"
        )
    if version.kind != "point_cloud":
        raise recipe.refusal(f"version {version.id} is a {version.kind}, and this is made of point clouds")


def _frame_of(version: Version) -> dict[str, Any]:
    """Return the frame in which the version's metres are meant: it was chosen when it was inspected."""
    frame = version.own_frame or {}
    if frame.get("kind") != "tangent":
        return {}
    return {"origin": frame["origin_geodetic"], "crs": (version.crs or {}).get("declared")}


def _copc_first(db: Session, version: Version, caller: Caller) -> list[UUID]:
    """Return the job whose COPC file the recipe waits for; none if the file is there."""
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
