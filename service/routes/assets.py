"""Assets, and their versions in a row."""

from fastapi import APIRouter

from service.answers.assets import asset_page, one_asset
from service.answers.versions import version_page
from service.dependencies import Anyone, Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.common import Page
from service.schemas.subjects import AssetCreate, AssetRead
from service.schemas.versions import VersionRead
from storage.versions import assets
from storage.versions import queries as versions

router = APIRouter(prefix="/v1", tags=["assets"], route_class=IdempotentRoute)


@router.post("/subjects/{subject_id}/assets", status_code=201, dependencies=[Idempotent])
def create_asset(subject_id: Id, body: AssetCreate, caller: Person, db: Database) -> AssetRead:
    """Make an asset of a subject; its versions come by uploads."""
    title = body.title.model_dump(exclude_none=True) if body.title else None
    made = assets.create_asset(db, caller, subject_id, kind=body.kind, name=body.name, title=title)
    return one_asset(db, caller, made)


@router.get("/subjects/{subject_id}/assets")
def list_assets(
    subject_id: Id, caller: Anyone, db: Database, cursor: Cursor = None, limit: Limit = 50
) -> Page[AssetRead]:
    """List a subject's assets, each with its newest version that the caller sees."""
    page = assets.list_assets(db, caller, subject_id, cursor=cursor, limit=limit)
    return asset_page(db, caller, page)


@router.get("/assets/{asset_id}")
def get_asset(asset_id: Id, caller: Anyone, db: Database) -> AssetRead:
    """Show an asset."""
    return one_asset(db, caller, assets.get_asset(db, caller, asset_id))


@router.get("/assets/{asset_id}/versions")
def list_versions(
    asset_id: Id, caller: Anyone, db: Database, cursor: Cursor = None, limit: Limit = 50
) -> Page[VersionRead]:
    """List an asset's versions: published ones, and drafts the caller may see."""
    page = versions.list_versions(db, caller, asset_id, cursor=cursor, limit=limit)
    return version_page(db, page)
