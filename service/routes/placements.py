"""Placements: where versions stand, the evidence, and decisions on it."""

from fastapi import APIRouter

from service.answers.jobs import job_brief
from service.answers.placements import placement_read
from service.dependencies import Anyone, AskedLanguage, Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.common import Page
from service.schemas.jobs import JobStarted
from service.schemas.placements import DecisionCreate, PlacementAsk, PlacementRead
from storage.jobs import rechecks
from storage.placements import commands, queries, requests

router = APIRouter(prefix="/v1", tags=["placements"], route_class=IdempotentRoute)


@router.post("/versions/{version_id}/placements", status_code=202, dependencies=[Idempotent])
def ask_for_placement(
    version_id: Id, body: PlacementAsk, caller: Person, db: Database, language: AskedLanguage
) -> JobStarted:
    """Have a version registered against what already stands in its frame, or against control points."""
    job = requests.request_placement(
        db,
        caller,
        version_id,
        control=[point.model_dump() for point in body.control] if body.control else None,
        prior=body.prior,
        fixed_version_id=body.fixed_version_id,
    )
    return JobStarted(job=job_brief(job, language))


@router.get("/versions/{version_id}/placements")
def list_placements(
    version_id: Id, caller: Anyone, db: Database, cursor: Cursor = None, limit: Limit = 50
) -> Page[PlacementRead]:
    """List every placement found for a version, with what was decided on it."""
    page = queries.list_placements(db, caller, version_id, cursor=cursor, limit=limit)
    return Page(items=[placement_read(item) for item in page.items], next=page.next)


@router.get("/placements/{placement_id}")
def get_placement(placement_id: Id, caller: Anyone, db: Database) -> PlacementRead:
    """Show a placement: its evidence, the alternatives, and every decision."""
    return placement_read(queries.get_placement(db, caller, placement_id))


@router.post("/placements/{placement_id}/verify", status_code=202, dependencies=[Idempotent])
def verify_placement(placement_id: Id, caller: Person, db: Database, language: AskedLanguage) -> JobStarted:
    """Have a registration done again and compared with the placement it came to."""
    return JobStarted(job=job_brief(rechecks.recheck_placement(db, caller, placement_id), language))


@router.post("/placements/{placement_id}/decisions", status_code=201, dependencies=[Idempotent])
def decide(placement_id: Id, body: DecisionCreate, caller: Person, db: Database) -> PlacementRead:
    """Decide on a placement, under one's own name; a curator may. Earlier decisions stay on record."""
    decided = commands.decide(
        db, caller, placement_id, state=body.state, reason=body.reason, alternative=body.alternative
    )
    return placement_read(decided)
