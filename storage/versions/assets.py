"""Make and read assets."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.db import as_record
from storage.errors import InvalidError, NotFoundError
from storage.ids import new_id
from storage.paging import Page, page_of
from storage.subjects.queries import get_subject, subject_for
from storage.values import require_asset_name, require_name
from storage.versions.errors import AssetNameTakenError
from storage.versions.records import Asset
from storage.versions.tables import AssetRow
from storage.visibility import asset_visible

KINDS = ("point_cloud", "mesh", "image_set", "terrain", "splat", "drawing", "document", "media")


def create_asset(
    db: Session,
    caller: Caller,
    subject_id: UUID,
    *,
    kind: str,
    name: str,
    title: Mapping[str, Any] | None = None,
) -> Asset:
    """Make an asset of a subject (contributors)."""
    subject = subject_for(db, caller, subject_id, Role.CONTRIBUTOR)
    if kind not in KINDS:
        raise InvalidError(f"there is no kind of asset {kind!r}", hint="one of " + ", ".join(KINDS))
    made = db.scalar(
        insert(AssetRow)
        .values(
            id=new_id(),
            subject_id=subject_id,
            kind=kind,
            name=require_asset_name(name),
            title=require_name(title) if title else None,
            created_by=caller.person_id,
        )
        .on_conflict_do_nothing()
        .returning(AssetRow)
    )
    if made is None:
        raise AssetNameTakenError(f"the subject has an asset {name} already", name=name)
    record(db, "asset.created", "asset", made.id, organisation_id=subject.organisation_id, caller=caller)
    return as_record(Asset, made)


def get_asset(db: Session, caller: Caller, asset_id: UUID) -> Asset:
    """Return one asset of a subject the caller sees."""
    row = db.scalar(select(AssetRow).where(AssetRow.id == asset_id, asset_visible(caller)))
    if row is None:
        raise NotFoundError.of("asset", asset_id)
    return as_record(Asset, row)


def list_assets(
    db: Session, caller: Caller, subject_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[Asset]:
    """Return the assets of one subject."""
    get_subject(db, caller, subject_id)
    query = select(AssetRow).where(AssetRow.subject_id == subject_id)
    return page_of(
        db, query, AssetRow.id, lambda rows: [as_record(Asset, r) for r in rows], cursor=cursor, limit=limit
    )
