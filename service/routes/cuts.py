"""Cuts: a part of a cloud as a file, made straight from its COPC."""

from typing import Any

from fastapi import APIRouter, Response

from service.answers.derivatives import derivative_read
from service.answers.jobs import job_brief
from service.dependencies import Anyone, AskedLanguage, Database, Id, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.regions import check_region
from service.schemas.common import Page
from service.schemas.cuts import CutAnswer, CutAsk
from service.schemas.versions import DerivativeRead
from storage.derivatives import cuts
from storage.derivatives import queries as derivatives
from storage.versions import queries as versions

router = APIRouter(prefix="/v1", tags=["versions"], route_class=IdempotentRoute)

_MADE: dict[int | str, dict[str, Any]] = {200: {"description": "The cut is there.", "model": CutAnswer}}


@router.post("/versions/{version_id}/cuts", status_code=202, dependencies=[Idempotent], responses=_MADE)
def ask_for_cut(
    version_id: Id, body: CutAsk, caller: Person, db: Database, language: AskedLanguage, response: Response
) -> CutAnswer:
    """Have a box or a prism cut out of a point cloud, every attribute kept; the same cut is made once.

    Answers 202 and the job, or 200 and the derivative whose file can be fetched.
    """
    version = versions.get_version(db, caller, version_id)
    check_region(body, version.bounds)
    answer = cuts.request_cut(db, caller, version_id, body.model_dump(exclude_none=True))
    if answer.job is not None:
        return CutAnswer(job=job_brief(answer.job, language))
    response.status_code = 200
    return CutAnswer(derivative=derivative_read(answer.derivative) if answer.derivative else None)


@router.get("/versions/{version_id}/cuts")
def list_cuts(version_id: Id, caller: Anyone, db: Database) -> Page[DerivativeRead]:
    """List the cuts made of a version; each says its region in `result`."""
    found = derivatives.list_derivatives(db, caller, version_id, kind=cuts.KIND, current_only=False)
    return Page(items=[derivative_read(item) for item in found])
