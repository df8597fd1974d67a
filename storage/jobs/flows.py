"""Which jobs follow which: upload → verify, inspect → tile, LOD, placement → publication.

Everything here runs inside the transaction that caused it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from storage.captures.queries import stated_of
from storage.derivatives.commands import derivative_key, give_to_version
from storage.derivatives.queries import find_by_work_key
from storage.jobs.digests import input_digests
from storage.jobs.estimates import disk_mib, memory_mib
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.kinds import BUNDLE, COPC, INSPECT, JOIN, LOD, SPREAD, TILE, VERIFY
from storage.jobs.records import MadeMember
from storage.jobs.sharing import Sharing, new_spread
from storage.jobs.tables import JobRow
from storage.objects.store import ObjectStore
from storage.placements.flows import place_version
from storage.uploads.bundles import is_archive, is_bundle
from storage.uploads.tables import UploadRow
from storage.versions.commands import fill_in_inspection, locked_version, publish_as
from storage.versions.members import take_members
from storage.versions.queries import one_version
from storage.versions.records import Version
from storage.versions.tables import VersionRow

PRIORITY: Mapping[str, int] = {VERIFY: 60, BUNDLE: 40, INSPECT: 50, TILE: 100, LOD: 110, COPC: 200}
AFTER_INSPECTION: Mapping[str, tuple[str, ...]] = {
    "point_cloud": (TILE, COPC),
    "mesh": (TILE, LOD),
    # Of splats the centres are tiled; who draws them takes the file as it is.
    "splat": (TILE,),
}
"""What is made of a version, by its kind; of others nothing."""
MADE_BY: Mapping[str, str] = {TILE: "tileset", LOD: "lod", COPC: "copc"}
"""The kind of derivative by which a finished job is found again."""
BEFORE_PUBLICATION = (VERIFY, BUNDLE, INSPECT, TILE, SPREAD, JOIN, LOD)
"""COPC is for analysts: it comes last, and publication does not wait for it. A join waits for its parts."""


def after_upload(db: Session, upload: UploadRow, version_id: UUID) -> None:
    """Insert what a received upload needs at once: every byte hashed, and the version inspected.

    A model of several files is looked through before it is inspected, an archive once it is verified.
    """
    paths = [file.path for file in one_version(db, version_id).files]
    verified = _insert_first(db, upload, version_id, VERIFY)
    if is_bundle(paths):
        _insert_first(db, upload, version_id, BUNDLE, needs=[verified] if is_archive(paths) else [])
    else:
        _insert_first(db, upload, version_id, INSPECT)


def after_bundle(db: Session, job: JobRow, members: Sequence[MadeMember]) -> None:
    """Give the version what was unpacked, and have it inspected."""
    version_id = _version_of(job)
    if members:
        take_members(db, version_id, members)
    if job.upload_id is not None:
        _insert_first(db, db.get_one(UploadRow, job.upload_id), version_id, INSPECT)


def _insert_first(
    db: Session, upload: UploadRow, version_id: UUID, operation: str, *, needs: Sequence[UUID] = ()
) -> UUID:
    size_bytes = one_version(db, version_id).size_bytes
    return insert_job(
        db,
        NewJob(
            operation=operation,
            organisation_id=upload.organisation_id,
            parameters=stated_of(db, version_id) if operation == INSPECT else {},
            digests=input_digests(db, version_id),
            version_id=version_id,
            upload_id=upload.id,
            requested_by=upload.person_id,
            priority=PRIORITY[operation],
            memory_mib=memory_mib(operation, size_bytes),
            disk_mib=disk_mib(operation, size_bytes),
            needs=needs,
        ),
    )


def after_inspection(db: Session, job: JobRow, result: Mapping[str, Any], sharing: Sharing) -> None:
    """Write what was found to the version; insert tiling, levels of detail, and find its place."""
    version_id = _version_of(job)
    fill_in_inspection(db, version_id, result)
    version = one_version(db, version_id)
    operations = AFTER_INSPECTION.get(version.kind or "", ())
    if not operations:
        return
    needs = [job.id, *_verification(db, job.upload_id)]
    for operation in operations:
        _reuse_or_insert(db, job, version, operation, needs, sharing)
    place_version(db, version, requested_by=job.requested_by, upload_id=job.upload_id, needs=needs)


def _verification(db: Session, upload_id: UUID | None) -> list[UUID]:
    query = select(JobRow.id).where(JobRow.upload_id == upload_id, JobRow.operation == VERIFY)
    return list(db.scalars(query.order_by(JobRow.id.desc()).limit(1)))


def _reuse_or_insert(
    db: Session, job: JobRow, version: Version, operation: str, needs: list[UUID], sharing: Sharing
) -> None:
    kind = MADE_BY[operation]
    # A COPC keeps the file's own coordinates, whatever is stated of them.
    stated = stated_of(db, version.id) if operation != COPC else {}
    key = derivative_key(
        db,
        version_id=version.id,
        organisation_id=version.organisation_id,
        operation=f"{kind_step(operation)}/{kind}",
        recipe_version=1,
        parameters=stated,
    )
    made = find_by_work_key(db, key)
    if made is not None:
        give_to_version(db, version.id, made, kind)
        return
    digests = input_digests(db, version.id)
    if operation == TILE and sharing.shares(version):
        insert_job(db, new_spread(job, version, sharing, digests=digests, needs=needs, stated=stated))
        return
    insert_job(
        db,
        NewJob(
            operation=operation,
            organisation_id=version.organisation_id,
            parameters={"kind": version.kind} | stated,
            digests=digests,
            version_id=version.id,
            upload_id=job.upload_id,
            requested_by=job.requested_by,
            priority=PRIORITY[operation],
            memory_mib=memory_mib(operation, version.size_bytes),
            disk_mib=disk_mib(operation, version.size_bytes),
            needs=needs,
        ),
    )


def kind_step(operation: str) -> str:
    """Return the step (verb) whose derivative an operation makes: `tile-version` → `tile`."""
    return operation.removesuffix("-version")


def publish_if_finished(db: Session, store: ObjectStore, version_id: UUID) -> None:
    """Publish a version that asked for it once its bytes are verified and its derivatives are there.

    The version's row is locked: of two jobs that end at once, the second sees that the first has ended.
    """
    version = locked_version(db, version_id)
    if version.state != "draft" or not version.publish_on_finish or version.verified_at is None:
        return
    if version.kind is None or _unfinished(db, version):
        return
    publish_as(db, store, version_id)


def _unfinished(db: Session, version: VersionRow) -> bool:
    latest = (
        select(JobRow.operation, JobRow.state)
        .where(JobRow.version_id == version.id, JobRow.operation.in_(BEFORE_PUBLICATION))
        .ext(distinct_on(JobRow.operation))
        .order_by(JobRow.operation, JobRow.id.desc())
        .subquery()
    )
    count = select(func.count()).select_from(latest).where(latest.c.state != "succeeded")
    return bool(db.scalar(count))


def _version_of(job: JobRow) -> UUID:
    if job.version_id is None:
        raise ValueError(f"{job.operation} {job.id} has no version")
    return job.version_id
