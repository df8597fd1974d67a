"""What a list of subjects or assets shows besides them: counts, newest versions, pictures; one query each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from storage.callers import Caller
from storage.derivatives.tables import VersionDerivativeRow
from storage.organisations.tables import OrganisationRow
from storage.subjects.tables import SubjectRow
from storage.versions.tables import AssetRow, VersionRow
from storage.visibility import subject_visible, version_content_visible, version_visible

Listed = aliased(SubjectRow, name="listed")
# Other names than those the conditions of storage.visibility use inside their EXISTS.
Below = aliased(SubjectRow, name="below")
AssetBelow = aliased(AssetRow, name="asset_below")


@dataclass(frozen=True, kw_only=True)
class SubjectSummary:
    """How many parts a subject has; how many versions are seen in it and below; the newest picture."""

    children: int
    versions: int
    picture_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class NewestVersion:
    """The newest version of an asset that the caller sees."""

    id: UUID
    number: int | None
    state: str
    points: int | None
    triangles: int | None
    picture_id: UUID | None


def summaries_of(db: Session, caller: Caller, subject_ids: Sequence[UUID]) -> dict[UUID, SubjectSummary]:
    """Return the summary of each subject; all of them must be visible to the caller."""
    children = _counts(
        db,
        select(SubjectRow.parent_id, func.count())
        .where(SubjectRow.parent_id.in_(subject_ids), subject_visible(caller))
        .group_by(SubjectRow.parent_id),
    )
    versions = _counts(
        db,
        select(Listed.id, func.count(VersionRow.id))
        .join(Below, _is_under())
        .join(AssetBelow, AssetBelow.subject_id == Below.id)
        .join(VersionRow, VersionRow.asset_id == AssetBelow.id)
        .where(Listed.id.in_(subject_ids), VersionRow.state != "withdrawn", version_visible(caller))
        .group_by(Listed.id),
    )
    pictures = _pictures_below(db, caller, subject_ids)
    return {
        key: SubjectSummary(
            children=children.get(key, 0), versions=versions.get(key, 0), picture_id=pictures.get(key)
        )
        for key in subject_ids
    }


def newest_versions(db: Session, caller: Caller, asset_ids: Sequence[UUID]) -> dict[UUID, NewestVersion]:
    """Return the newest version of each asset that has one to show."""
    rows = list(
        db.scalars(
            select(VersionRow)
            .ext(distinct_on(VersionRow.asset_id))
            .where(
                VersionRow.asset_id.in_(asset_ids),
                VersionRow.state != "withdrawn",
                version_visible(caller),
            )
            .order_by(VersionRow.asset_id, VersionRow.id.desc())
        )
    )
    pictures = pictures_of(db, [row.id for row in rows])
    return {
        row.asset_id: NewestVersion(
            id=row.id,
            number=row.number,
            state=row.state,
            points=row.points,
            triangles=row.triangles,
            picture_id=pictures.get(row.id),
        )
        for row in rows
    }


def pictures_of(db: Session, version_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the current picture derivative of each version that has one."""
    rows = db.execute(
        select(VersionDerivativeRow.version_id, VersionDerivativeRow.derivative_id).where(
            VersionDerivativeRow.version_id.in_(version_ids),
            VersionDerivativeRow.kind == "picture",
            VersionDerivativeRow.is_current,
        )
    )
    return {row[0]: row[1] for row in rows}


def _pictures_below(db: Session, caller: Caller, subject_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    rows = db.execute(
        select(Listed.id, VersionDerivativeRow.derivative_id)
        .ext(distinct_on(Listed.id))
        .join(Below, _is_under())
        .join(AssetBelow, AssetBelow.subject_id == Below.id)
        .join(VersionRow, VersionRow.asset_id == AssetBelow.id)
        .join(VersionDerivativeRow, VersionDerivativeRow.version_id == VersionRow.id)
        .where(
            Listed.id.in_(subject_ids),
            VersionRow.state != "withdrawn",
            version_content_visible(caller),
            VersionDerivativeRow.kind == "picture",
            VersionDerivativeRow.is_current,
        )
        .order_by(Listed.id, VersionRow.id.desc())
    )
    return {row[0]: row[1] for row in rows}


def _is_under() -> ColumnElement[bool]:
    return Below.path.op("<@", is_comparison=True)(Listed.path)


def _counts(db: Session, query: Select[Any, int]) -> dict[UUID, int]:
    return {row[0]: row[1] for row in db.execute(query)}


@dataclass(frozen=True, kw_only=True)
class Home:
    """The asset a version belongs to, and the subject that asset is of."""

    asset_id: UUID
    asset_name: str
    asset_kind: str
    asset_title: dict[str, str] | None
    subject_id: UUID
    subject_path: str
    subject_name: dict[str, str]
    organisation_name: str


def homes_of(db: Session, asset_ids: Sequence[UUID]) -> dict[UUID, Home]:
    """Return where each asset belongs; for versions the caller was already let see."""
    rows = db.execute(
        select(AssetRow, SubjectRow, OrganisationRow.name)
        .join(SubjectRow, SubjectRow.id == AssetRow.subject_id)
        .join(OrganisationRow, OrganisationRow.id == SubjectRow.organisation_id)
        .where(AssetRow.id.in_(asset_ids))
    )
    return {
        asset.id: Home(
            asset_id=asset.id,
            asset_name=asset.name,
            asset_kind=asset.kind,
            asset_title=asset.title,
            subject_id=subject.id,
            subject_path=subject.path,
            subject_name=subject.name,
            organisation_name=organisation_name,
        )
        for asset, subject, organisation_name in rows
    }
