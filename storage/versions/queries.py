"""Read versions and their files."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from storage.callers import ANONYMOUS, Caller
from storage.db import as_record
from storage.errors import NotFoundError
from storage.paging import Page, page_of
from storage.subjects.tables import SubjectRow
from storage.versions.assets import get_asset
from storage.versions.errors import VersionNotVerifiedError
from storage.versions.records import Version, VersionFile
from storage.versions.tables import AssetRow, BlobRow, VersionFileRow, VersionRow
from storage.visibility import version_content_visible, version_visible


def get_version(db: Session, caller: Caller, version_id: UUID) -> Version:
    """Return one version."""
    return _only(db, caller, VersionRow.id == version_id, name=version_id)


def version_by_number(db: Session, caller: Caller, asset_id: UUID, number: int) -> Version:
    """Return the version of an asset with this number."""
    here = (VersionRow.asset_id == asset_id) & (VersionRow.number == number)
    return _only(db, caller, here, name=f"v{number} of {asset_id}")


def latest_published(db: Session, caller: Caller, asset_id: UUID) -> Version | None:
    """Return the published version of an asset with the highest number, None if there is none."""
    get_asset(db, caller, asset_id)
    row = db.scalar(
        select(VersionRow)
        .where(VersionRow.asset_id == asset_id, VersionRow.state == "published", version_visible(caller))
        .order_by(VersionRow.number.desc())
        .limit(1)
    )
    return None if row is None else versions_of(db, [row])[0]


def list_versions(
    db: Session, caller: Caller, asset_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[Version]:
    """Return the versions of an asset, newest first."""
    get_asset(db, caller, asset_id)
    query = select(VersionRow).where(VersionRow.asset_id == asset_id, version_visible(caller))
    return page_of(
        db,
        query,
        VersionRow.id,
        lambda rows: versions_of(db, rows),
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def may_be_public(db: Session, version_id: UUID) -> bool:
    """Say whether anyone may read the version's bytes: published, under a public root."""
    return (
        db.scalar(
            select(VersionRow.id).where(VersionRow.id == version_id, version_content_visible(ANONYMOUS))
        )
        is not None
    )


def original(db: Session, caller: Caller, version_id: UUID, path: str) -> VersionFile:
    """Return a file as it was received, for whoever may read the version's bytes, once they are verified."""
    version = get_version(db, caller, version_id)
    readable = select(VersionRow.id).where(VersionRow.id == version_id, version_content_visible(caller))
    file = next((file for file in version.files if file.path == path), None)
    if file is None or db.scalar(readable) is None:
        raise NotFoundError.of("file", path)
    if file.sha256 is None:
        raise VersionNotVerifiedError(
            f"the bytes of {path} are not yet verified", hint="wait for the version's job verify-upload"
        )
    return file


def _only(db: Session, caller: Caller, condition: ColumnElement[bool], *, name: object) -> Version:
    row = db.scalar(select(VersionRow).where(condition, version_visible(caller)))
    if row is None:
        raise NotFoundError.of("version", name)
    return versions_of(db, [row])[0]


def versions_of(db: Session, rows: Sequence[VersionRow]) -> list[Version]:
    """Return the records of rows, with their files and where they belong."""
    ids = [row.id for row in rows]
    owners: dict[UUID, Any] = {
        each.id: each
        for each in db.execute(
            select(AssetRow.id, AssetRow.subject_id, SubjectRow.organisation_id)
            .join(SubjectRow, SubjectRow.id == AssetRow.subject_id)
            .where(AssetRow.id.in_({row.asset_id for row in rows}))
        )
    }
    files = files_by_version(db, ids)
    return [
        as_record(
            Version,
            row,
            subject_id=owners[row.asset_id].subject_id,
            organisation_id=owners[row.asset_id].organisation_id,
            files=tuple(files[row.id]),
        )
        for row in rows
    ]


def files_by_version(db: Session, version_ids: Sequence[UUID]) -> dict[UUID, list[VersionFile]]:
    """Return the files of versions in their order."""
    query = (
        select(
            VersionFileRow.version_id,
            VersionFileRow.path,
            VersionFileRow.size_bytes,
            BlobRow.sha256,
            VersionFileRow.media_type,
            VersionFileRow.role,
            BlobRow.object_key,
        )
        .join(BlobRow, BlobRow.id == VersionFileRow.blob_id)
        .where(VersionFileRow.version_id.in_(version_ids))
        .order_by(VersionFileRow.position, VersionFileRow.path)
    )
    found: dict[UUID, list[VersionFile]] = defaultdict(list)
    for row in db.execute(query):
        found[row.version_id].append(as_record(VersionFile, row))
    return found


def files_of(db: Session, version_id: UUID) -> tuple[VersionFile, ...]:
    """Return the files of one version."""
    return tuple(files_by_version(db, [version_id])[version_id])


def one_version(db: Session, version_id: UUID) -> Version:
    """Return a version for the system's own use, unseen by any caller."""
    return versions_of(db, [db.get_one(VersionRow, version_id)])[0]
