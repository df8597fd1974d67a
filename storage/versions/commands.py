"""Publish and withdraw versions; make drafts of uploads, and fill in what inspection found."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.errors import InvalidError
from storage.jobs.kinds import INSPECT, LIVE
from storage.jobs.tables import JobRow
from storage.objects.store import ObjectStore
from storage.organisations.persons import reader_of_person
from storage.placements.errors import VersionNotInspectedError
from storage.subjects.history import instant
from storage.versions.errors import (
    ManifestConflictError,
    VersionNotPublishedError,
    VersionNotVerifiedError,
    VersionWithdrawnError,
)
from storage.versions.manifests import MEDIA_TYPE, canonical, manifest_digest, manifest_key, manifest_of
from storage.versions.queries import get_version, one_version
from storage.versions.records import Version
from storage.versions.tables import AssetRow, PublicationRow, VersionRow

PUBLISHER = "storage: publish on finish"
INSPECTED = (
    "kind",
    "format",
    "points",
    "vertices",
    "triangles",
    "bounds",
    "crs",
    "units",
    "attributes",
    "stations",
    "textures",
    "warnings",
)


def publish(db: Session, caller: Caller, store: ObjectStore, version_id: UUID) -> Version:
    """Publish a draft (curators); a published version is answered as it is.

    Not while it is being inspected: what is found later could not be written to it any more, and it would
    stay without kind, bounds and tiles for ever. What no parser reads can be published as it is.
    """
    version = get_version(db, caller, version_id)
    caller.require(version.organisation_id, Role.CURATOR)
    locked_version(db, version_id)
    looking = select(JobRow.id).where(
        JobRow.version_id == version_id, JobRow.operation == INSPECT, JobRow.state.in_(LIVE)
    )
    if version.state == "draft" and version.verified_at and db.scalar(looking.limit(1)) is not None:
        raise VersionNotInspectedError(
            f"version {version_id} is still being inspected", hint="wait for its job inspect-version"
        )
    return publish_as(db, store, version_id, caller=caller)


def locked_version(db: Session, version_id: UUID) -> VersionRow:
    """Return a version's row, locked. Locks are taken in the order version, asset, job."""
    query = select(VersionRow).where(VersionRow.id == version_id).with_for_update(key_share=True)
    return db.scalars(query.execution_options(populate_existing=True)).one()


def publish_as(db: Session, store: ObjectStore, version_id: UUID, *, caller: Caller | None = None) -> Version:
    """Give a verified draft its number and manifest; without a caller, by the rule "publish on finish".

    The rule acts on the word of whoever uploaded it: if he is no curator any more, the draft stays one.
    The manifest is put before the commit, at a key that only this version can get: the asset's row is locked
    while the number is chosen. If the transaction is lost, the number is given again and the manifest
    overwritten by whoever gets it; no published version ever points to it.
    """
    row = locked_version(db, version_id)
    asset_id = row.asset_id
    db.execute(select(AssetRow.id).where(AssetRow.id == asset_id).with_for_update(key_share=True))
    if row.state == "published":
        return one_version(db, version_id)
    if row.state == "withdrawn":
        raise VersionWithdrawnError(f"version {version_id} was withdrawn", hint="upload a new version")
    version = one_version(db, version_id)
    if caller is None and not _is_curator(db, version.created_by, version.organisation_id):
        return version
    if row.verified_at is None or any(file.sha256 is None for file in version.files):
        raise VersionNotVerifiedError(
            f"the bytes of version {version_id} are not yet verified", hint="wait for its job verify-upload"
        )
    highest = db.scalar(select(func.max(VersionRow.number)).where(VersionRow.asset_id == asset_id))
    number = (highest or 0) + 1
    manifest = canonical(manifest_of(version, number))
    _put_manifest(store, asset_id, number, manifest)
    at = instant(db)
    row.number, row.state, row.manifest_sha256 = number, "published", manifest_digest(manifest)
    row.published_at, row.published_by = at, caller.person_id if caller else None
    db.add(
        PublicationRow(
            version_id=version_id,
            asset_id=asset_id,
            number=number,
            recorded=Range(at, None),
            recorded_by=row.published_by,
        )
    )
    record(
        db,
        "version.published",
        "version",
        version_id,
        organisation_id=version.organisation_id,
        caller=caller,
        agent=None if caller else PUBLISHER,
        number=number,
        manifest_sha256=row.manifest_sha256,
    )
    db.flush()
    return one_version(db, version_id)


def _is_curator(db: Session, person_id: UUID, organisation_id: UUID) -> bool:
    """Say whether a person may publish in an organisation at this moment, whatever key was used before."""
    return reader_of_person(db, person_id).has(organisation_id, Role.CURATOR)


def _put_manifest(store: ObjectStore, asset_id: UUID, number: int, manifest: bytes) -> None:
    key = manifest_key(asset_id, number)
    if store.put_if_absent(key, manifest, media_type=MEDIA_TYPE):
        return
    # Left by a transaction that was lost after its PUT: no row has this number, the asset is locked.
    store.put(key, manifest, media_type=MEDIA_TYPE)
    if store.get(key) != manifest:
        raise ManifestConflictError(f"another manifest lies at {key}")


def withdraw(db: Session, caller: Caller, version_id: UUID, *, reason: str) -> Version:
    """Withdraw a published version (curators), for a reason; its number and manifest stay as a tombstone."""
    if not reason.strip():
        raise InvalidError("a withdrawal needs a reason")
    version = get_version(db, caller, version_id)
    caller.require(version.organisation_id, Role.CURATOR)
    row = locked_version(db, version_id)
    if row.state == "withdrawn":
        return get_version(db, caller, version_id)
    if row.state != "published":
        raise VersionNotPublishedError(f"version {version_id} is a {row.state}")
    at = instant(db)
    row.state, row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = (
        "withdrawn",
        at,
        caller.person_id,
        reason,
    )
    closed = func.tstzrange(func.lower(PublicationRow.recorded), literal(at), type_=TSTZRANGE)
    db.execute(
        update(PublicationRow)
        .where(PublicationRow.version_id == version_id, func.upper_inf(PublicationRow.recorded))
        .values(recorded=closed)
    )
    record(
        db,
        "version.withdrawn",
        "version",
        version_id,
        organisation_id=version.organisation_id,
        caller=caller,
        reason=reason,
    )
    db.flush()
    return get_version(db, caller, version_id)


def fill_in_inspection(db: Session, version_id: UUID, result: Mapping[str, Any]) -> None:
    """Write what inspection found to a draft; a published version keeps what it was published with."""
    row = locked_version(db, version_id)
    if row.state != "draft":
        return
    for name in INSPECTED:
        if name in result:
            setattr(row, name, result[name])
    row.own_frame = result.get("frame")
    db.flush()
