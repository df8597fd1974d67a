"""Recipes: what a cloud is like, and clouds cleaned of outliers and thinned, made straight from COPC."""

from typing import Any

from fastapi import APIRouter, Response

from service.answers.derivatives import derivative_read
from service.answers.jobs import job_brief
from service.dependencies import Anyone, AskedLanguage, Database, Id, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.common import Page
from service.schemas.recipes import CleanAsk, MeasureAsk, RecipeAnswer
from service.schemas.versions import DerivativeRead
from storage.derivatives import queries as derivatives
from storage.derivatives import recipes

router = APIRouter(prefix="/v1", tags=["versions"], route_class=IdempotentRoute)

_MADE: dict[int | str, dict[str, Any]] = {200: {"description": "It is there.", "model": RecipeAnswer}}


@router.post("/versions/{version_id}/measures", status_code=202, dependencies=[Idempotent], responses=_MADE)
def ask_for_measures(
    version_id: Id,
    body: MeasureAsk,
    caller: Person,
    db: Database,
    language: AskedLanguage,
    response: Response,
) -> RecipeAnswer:
    """Have the density, spacing and roughness of a point cloud measured; the same is measured once."""
    answer = recipes.request_made(db, caller, version_id, recipes.MEASURING, body.model_dump())
    return _answered(answer, language, response)


@router.post("/versions/{version_id}/cleanings", status_code=202, dependencies=[Idempotent], responses=_MADE)
def ask_for_cleaning(
    version_id: Id,
    body: CleanAsk,
    caller: Person,
    db: Database,
    language: AskedLanguage,
    response: Response,
) -> RecipeAnswer:
    """Have a point cloud cleaned into a file of its own, the effect measured; the same is made once."""
    ask = body.model_dump(exclude_none=True)
    return _answered(recipes.request_made(db, caller, version_id, recipes.CLEANING, ask), language, response)


@router.get("/versions/{version_id}/measures")
def list_measures(version_id: Id, caller: Anyone, db: Database) -> Page[DerivativeRead]:
    """List the measures made of a version; each says its parameters in `result`."""
    found = derivatives.list_derivatives(
        db, caller, version_id, kind=recipes.MEASURING.kind, current_only=False
    )
    return Page(items=[derivative_read(item) for item in found])


@router.get("/versions/{version_id}/cleanings")
def list_cleanings(version_id: Id, caller: Anyone, db: Database) -> Page[DerivativeRead]:
    """List the cleaned clouds made of a version; each says its parameters and its effect in `result`."""
    found = derivatives.list_derivatives(
        db, caller, version_id, kind=recipes.CLEANING.kind, current_only=False
    )
    return Page(items=[derivative_read(item) for item in found])


def _answered(answer: recipes.RecipeAnswer, language: AskedLanguage, response: Response) -> RecipeAnswer:
    if answer.job is not None:
        return RecipeAnswer(job=job_brief(answer.job, language))
    response.status_code = 200
    return RecipeAnswer(derivative=derivative_read(answer.derivative) if answer.derivative else None)
