"""Jobs: how far they are, as answers and as events; cancel and retry."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.answers.jobs import job_brief, job_page, job_read
from service.dependencies import (
    SESSION_COOKIE,
    Anyone,
    AppServices,
    AskedLanguage,
    Cursor,
    Database,
    Id,
    Limit,
    Person,
    Services,
    authenticate,
    bearer_key,
)
from service.errors import TooManyStreamsError
from service.events.streams import HEADERS, job_events
from service.idempotency import Idempotent, IdempotentRoute
from service.messages import Language
from service.schemas.common import Page
from service.schemas.jobs import JobRead, JobState
from storage.callers import Caller
from storage.db import transaction
from storage.jobs import control, queries
from storage.jobs.records import Job
from storage.versions import queries as versions

router = APIRouter(prefix="/v1", tags=["jobs"], route_class=IdempotentRoute)

Once = Annotated[bool, Query(description="Tell the present state, then end.")]
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`event: job` with a job as JSON for each job and each change, then `event: end`.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "properties": {"event": {"enum": ["job", "end"]}, "data": {"type": "string"}},
                },
                "example": 'event: job\ndata: {"id": "…"}\n\nevent: end\ndata: {"states": {}}\n\n',
            }
        },
    }
}


@router.get("/jobs")
def list_jobs(
    caller: Person,
    db: Database,
    language: AskedLanguage,
    version_id: UUID | None = None,
    state: Annotated[JobState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[JobRead]:
    """List jobs the caller may see, newest first."""
    page = queries.list_jobs(db, caller, version_id=version_id, state=state, cursor=cursor, limit=limit)
    return job_page(page, language)


@router.get("/jobs/{job_id}")
def get_job(job_id: Id, caller: Anyone, db: Database, language: AskedLanguage) -> JobRead:
    """Show a job with its attempts."""
    return job_read(queries.get_job(db, caller, job_id), language)


@router.post("/jobs/{job_id}/cancel", status_code=202, dependencies=[Idempotent])
def cancel_job(job_id: Id, caller: Person, db: Database, language: AskedLanguage) -> JobRead:
    """Ask a job to stop; its child process is ended within seconds."""
    return job_read(control.cancel(db, caller, job_id), language)


@router.post("/jobs/{job_id}/retry", status_code=202, dependencies=[Idempotent])
def retry_job(job_id: Id, caller: Person, db: Database, language: AskedLanguage) -> JobRead:
    """Queue a job again that failed or was cancelled."""
    return job_read(control.retry(db, caller, job_id), language)


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse, responses=EVENTS)
async def follow_job(
    job_id: Id,
    request: Request,
    caller: Anyone,
    services: AppServices,
    language: AskedLanguage,
    once: Once = False,
) -> StreamingResponse:
    """Follow a job by server-sent events, at most one a second."""

    def read(db: Session, now: Caller) -> Sequence[Job]:
        return [queries.get_job(db, now, job_id)]

    return await _stream(services, job_id, request, caller, read, language, once=once)


@router.get("/versions/{version_id}/events", response_class=StreamingResponse, responses=EVENTS)
async def follow_version(
    version_id: Id,
    request: Request,
    caller: Anyone,
    services: AppServices,
    language: AskedLanguage,
    once: Once = False,
) -> StreamingResponse:
    """Follow all jobs of a version, those not yet made too."""

    def read(db: Session, now: Caller) -> Sequence[Job]:
        versions.get_version(db, now, version_id)
        return queries.jobs_of_version(db, now, version_id)

    return await _stream(services, version_id, request, caller, read, language, once=once)


async def _stream(
    services: Services,
    watched_id: UUID,
    request: Request,
    caller: Caller,
    read: Callable[[Session, Caller], Sequence[Job]],
    language: Language,
    *,
    once: bool,
) -> StreamingResponse:
    """Check that the caller may read, and has not too many streams open, before the answer begins."""

    key, cookie = bearer_key(request.headers.get("authorization")), request.cookies.get(SESSION_COOKIE)

    def read_now() -> Sequence[Job]:
        # Who asks is found out anew each time: a stream may outlive a role, a key or a session.
        now = authenticate(services, key, cookie)
        with transaction(services.sessions) as db:
            return read(db, now)

    await run_in_threadpool(read_now)
    board, settings = services.board, services.settings
    mine = board.watches_of(caller.person_id)
    if not once and (board.watches >= settings.streams or mine >= settings.streams_of_person):
        raise TooManyStreamsError(
            f"{board.watches} event streams are open here, {mine} of them yours",
            hint="close some, or ask with ?once=true",
        )
    events = job_events(
        services.board,
        watched_id,
        read_now,
        lambda job: job_brief(job, language).model_dump(mode="json"),
        once=once,
        owner=caller.person_id,
        keep_alive_s=settings.stream_recheck_s,
    )
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)
