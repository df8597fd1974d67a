"""Versions: what they are, publish and withdraw, and where to stream them from."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers.derivatives import derivative_read
from service.answers.jobs import job_page
from service.answers.versions import version_read
from service.dependencies import (
    Anyone,
    AppServices,
    AskedLanguage,
    Cursor,
    Database,
    Id,
    Limit,
    OpenToPages,
    Person,
)
from service.downloads import RESPONSES, content_of
from service.endpoints import find_endpoint
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.common import Page
from service.schemas.jobs import JobRead
from service.schemas.versions import DerivativeRead, EndpointRead, VersionRead, Withdrawal
from service.tiles.serving import Content
from storage.db import transaction
from storage.derivatives import queries as derivatives
from storage.jobs import queries as jobs
from storage.versions import commands, queries

router = APIRouter(prefix="/v1", tags=["versions"], route_class=IdempotentRoute)

Access = Annotated[
    Literal["public", "session", "token"] | None,
    Query(description="How the viewer will ask for tiles; by default publicly where that is possible."),
]


@router.get("/versions/{version_id}", dependencies=[OpenToPages])
def get_version(version_id: Id, caller: Anyone, db: Database) -> VersionRead:
    """Show a version with everything made of it."""
    return version_read(db, caller, queries.get_version(db, caller, version_id))


@router.post("/versions/{version_id}/publish", dependencies=[Idempotent])
def publish(version_id: Id, caller: Person, services: AppServices, db: Database) -> VersionRead:
    """Publish a draft whose every byte was verified: it gets its number and never changes again."""
    return version_read(db, caller, commands.publish(db, caller, services.store, version_id))


@router.post("/versions/{version_id}/withdraw", dependencies=[Idempotent])
def withdraw(version_id: Id, body: Withdrawal, caller: Person, db: Database) -> VersionRead:
    """Withdraw a version: a tombstone stays, and our own answers for its tiles stop within a minute."""
    return version_read(db, caller, commands.withdraw(db, caller, version_id, reason=body.reason))


@router.get("/versions/{version_id}/derivatives")
def list_derivatives(version_id: Id, caller: Anyone, db: Database) -> Page[DerivativeRead]:
    """List what was made of a version."""
    found = derivatives.list_derivatives(db, caller, version_id)
    return Page(items=[derivative_read(item) for item in found])


@router.get("/versions/{version_id}/jobs")
def list_jobs(
    version_id: Id,
    caller: Anyone,
    db: Database,
    language: AskedLanguage,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[JobRead]:
    """List the jobs of a version."""
    queries.get_version(db, caller, version_id)
    page = jobs.list_jobs(db, caller, version_id=version_id, cursor=cursor, limit=limit)
    return job_page(page, language)


@router.get("/versions/{version_id}/files/{path:path}", response_class=Response, responses=RESPONSES)
async def get_file(
    version_id: Id, path: str, request: Request, caller: Anyone, services: AppServices
) -> Response:
    """Get a file as it was received, whole or a range of it, once its bytes are verified."""

    def find() -> Content:
        with transaction(services.sessions) as db:
            file = queries.original(db, caller, version_id, path)
            return content_of(file, is_public=queries.may_be_public(db, version_id))

    return await services.tiles.send(request, await run_in_threadpool(find))


@router.get("/versions/{version_id}/endpoint", dependencies=[OpenToPages])
def get_endpoint(
    version_id: Id,
    caller: Anyone,
    services: AppServices,
    db: Database,
    access: Access = None,
    placed: Annotated[bool, Query(description="In the site's frame, by the accepted placement.")] = False,
) -> EndpointRead:
    """Say where to stream a version from: its full tiles, or the preview until they are there."""
    version = queries.get_version(db, caller, version_id)
    return find_endpoint(db, services.settings, caller, version, access, placed=placed)
