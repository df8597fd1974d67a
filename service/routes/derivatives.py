"""Derivatives and their files by name."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers.derivatives import DOWNLOADABLE, derivative_read
from service.answers.jobs import job_brief
from service.dependencies import Anyone, AppServices, AskedLanguage, Database, Id, Person
from service.downloads import RESPONSES, content_of
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.jobs import JobStarted
from service.schemas.versions import DerivativeRead
from service.tiles.serving import Content
from storage.db import transaction
from storage.derivatives import queries
from storage.errors import NotFoundError
from storage.jobs import rechecks

router = APIRouter(prefix="/v1", tags=["derivatives"], route_class=IdempotentRoute)


@router.get("/derivatives/{derivative_id}")
def get_derivative(derivative_id: Id, caller: Anyone, db: Database) -> DerivativeRead:
    """Show what a recipe made."""
    return derivative_read(queries.get_derivative(db, caller, derivative_id))


@router.post("/derivatives/{derivative_id}/verify", status_code=202, dependencies=[Idempotent])
def verify_derivative(derivative_id: Id, caller: Person, db: Database, language: AskedLanguage) -> JobStarted:
    """Have a derivative made again and compared with what is kept; the job's result is the verdict."""
    return JobStarted(job=job_brief(rechecks.recheck_derivative(db, caller, derivative_id), language))


@router.get("/derivatives/{derivative_id}/files/{name}", response_class=Response, responses=RESPONSES)
async def get_file(
    derivative_id: Id, name: str, request: Request, caller: Anyone, services: AppServices
) -> Response:
    """Get a file of a derivative: the picture, a level of detail."""

    def find() -> Content:
        with transaction(services.sessions) as db:
            derivative = queries.get_derivative(db, caller, derivative_id)
            file = next((f for f in derivative.files if f.path == name and f.role in DOWNLOADABLE), None)
            if file is None:
                raise NotFoundError.of("file", name)
            return content_of(file, is_public=queries.is_public(db, derivative_id))

    return await services.tiles.send(request, await run_in_threadpool(find))
