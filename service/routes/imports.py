"""Record files taken in."""

from fastapi import APIRouter

from service.dependencies import Database, Id, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.imports import ImportCreate, ImportRead
from storage.chronology.importing import loading

router = APIRouter(prefix="/v1", tags=["imports"], route_class=IdempotentRoute)


@router.post("/imports", status_code=201, dependencies=[Idempotent])
def import_records(body: ImportCreate, caller: Person, db: Database) -> ImportRead:
    """Take a record file in, all of it or nothing; the same content is taken in once."""
    made = loading.import_records(db, caller, body.organisation_id, body.records, visibility=body.visibility)
    return ImportRead.model_validate(made)


@router.get("/imports/{import_id}")
def get_import(import_id: Id, caller: Person, db: Database) -> ImportRead:
    """Show a record file taken in."""
    return ImportRead.model_validate(loading.get_import(db, caller, import_id))
