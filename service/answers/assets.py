"""Assets as answers."""

from sqlalchemy.orm import Session

from service.answers.subjects import picture_url
from service.schemas.common import Name, Page
from service.schemas.subjects import AssetRead, LatestVersion
from storage import paging
from storage.callers import Caller
from storage.subjects.summaries import NewestVersion, newest_versions
from storage.versions.records import Asset


def one_asset(db: Session, caller: Caller, asset: Asset) -> AssetRead:
    """Return one asset with its newest version."""
    return _asset_read(asset, newest_versions(db, caller, [asset.id]).get(asset.id))


def asset_page(db: Session, caller: Caller, page: paging.Page[Asset]) -> Page[AssetRead]:
    """Return a page of assets with their newest versions."""
    newest = newest_versions(db, caller, [item.id for item in page.items])
    return Page(items=[_asset_read(item, newest.get(item.id)) for item in page.items], next=page.next)


def _asset_read(asset: Asset, newest: NewestVersion | None) -> AssetRead:
    fields = {name: getattr(asset, name) for name in AssetRead.model_fields if hasattr(asset, name)}
    fields["title"] = Name.model_validate(asset.title) if asset.title else None
    fields["latest"] = _latest(newest) if newest is not None else None
    return AssetRead(**fields)


def _latest(newest: NewestVersion) -> LatestVersion:
    return LatestVersion(
        id=newest.id,
        number=newest.number,
        state=newest.state,
        points=newest.points,
        triangles=newest.triangles,
        picture=picture_url(newest.picture_id),
    )
