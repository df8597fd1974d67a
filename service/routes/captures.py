"""Survey campaigns."""

from fastapi import APIRouter

from service.dependencies import Anyone, Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.common import Page
from service.schemas.subjects import CaptureCreate, CaptureRead
from storage.captures import commands, queries

router = APIRouter(prefix="/v1", tags=["captures"], route_class=IdempotentRoute)


@router.post("/subjects/{subject_id}/captures", status_code=201, dependencies=[Idempotent])
def create_capture(subject_id: Id, body: CaptureCreate, caller: Person, db: Database) -> CaptureRead:
    """Record a survey campaign of a subject."""
    return CaptureRead.model_validate(commands.create_capture(db, caller, subject_id, **body.model_dump()))


@router.get("/subjects/{subject_id}/captures")
def list_captures(
    subject_id: Id, caller: Anyone, db: Database, cursor: Cursor = None, limit: Limit = 50
) -> Page[CaptureRead]:
    """List a subject's survey campaigns."""
    page = queries.list_captures(db, caller, subject_id, cursor=cursor, limit=limit)
    return Page(items=[CaptureRead.model_validate(item) for item in page.items], next=page.next)


@router.get("/captures/{capture_id}")
def get_capture(capture_id: Id, caller: Anyone, db: Database) -> CaptureRead:
    """Show a survey campaign."""
    return CaptureRead.model_validate(queries.get_capture(db, caller, capture_id))
