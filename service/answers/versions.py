"""Versions as answers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from service.answers.derivatives import derivative_read
from service.answers.placements import placement_brief
from service.answers.subjects import picture_url
from service.schemas.common import Page
from service.schemas.versions import DerivativeRead, VersionFileRead, VersionRead
from storage import paging
from storage.callers import Caller
from storage.derivatives import queries as derivatives
from storage.errors import NotFoundError
from storage.placements import queries as placements
from storage.subjects.summaries import Home, homes_of, pictures_of
from storage.versions import queries
from storage.versions.records import Version

_SAME = [
    "id",
    "asset_id",
    "subject_id",
    "number",
    "state",
    "kind",
    "format",
    "points",
    "vertices",
    "triangles",
    "bounds",
    "crs",
    "units",
    "stated",
    "attributes",
    "stations",
    "textures",
    "warnings",
    "capture_id",
    "represents_edtf",
    "publish_on_finish",
    "manifest_sha256",
    "created_at",
    "verified_at",
    "published_at",
    "withdrawn_at",
    "withdrawn_reason",
]


def version_read(db: Session, caller: Caller, version: Version) -> VersionRead:
    """Return a version with its files and everything made of it that the caller may read."""
    made = _derivatives(db, caller, version)
    picture = next((item.id for item in made if item.kind == "picture"), None)
    home = homes_of(db, [version.asset_id])[version.asset_id]
    return _version(db, version, home, derivatives=made, picture=picture_url(picture))


def version_page(db: Session, page: paging.Page[Version]) -> Page[VersionRead]:
    """Return a page of versions, without what was made of them."""
    pictures = pictures_of(db, [item.id for item in page.items])
    homes = homes_of(db, [item.asset_id for item in page.items])
    items = [
        _version(db, item, homes[item.asset_id], derivatives=[], picture=picture_url(pictures.get(item.id)))
        for item in page.items
    ]
    return Page(items=items, next=page.next)


def _derivatives(db: Session, caller: Caller, version: Version) -> list[DerivativeRead]:
    try:
        return [derivative_read(item) for item in derivatives.list_derivatives(db, caller, version.id)]
    except NotFoundError:
        # Of a withdrawn version everybody sees the tombstone, and only curators what was made.
        return []


def _version(
    db: Session,
    version: Version,
    home: Home,
    *,
    derivatives: Sequence[DerivativeRead],
    picture: str | None,
) -> VersionRead:
    placement = placements.current_placement(db, version.id)
    fields: dict[str, Any] = {name: getattr(version, name) for name in _SAME}
    fields |= {
        "asset": {
            "id": home.asset_id,
            "name": home.asset_name,
            "kind": home.asset_kind,
            "title": home.asset_title,
        },
        "subject": {"id": home.subject_id, "path": home.subject_path, "name": home.subject_name},
        "frame": version.own_frame,
        "credit": home.organisation_name,
        "licence": None,
        "files": [VersionFileRead.model_validate(file) for file in version.files],
        "bytes": version.size_bytes,
        "public": queries.may_be_public(db, version.id),
        "placement": placement_brief(placement) if placement is not None else None,
        "derivatives": list(derivatives),
        "picture": picture,
    }
    return VersionRead.model_validate(fields)
