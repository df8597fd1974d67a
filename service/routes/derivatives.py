"""Derivatives and their files by name."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers.derivatives import DOWNLOADABLE, derivative_read
from service.answers.jobs import job_brief
from service.dependencies import Anyone, AppServices, AskedLanguage, Database, Id, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.jobs import JobStarted
from service.schemas.versions import DerivativeRead
from service.tiles.serving import Content
from storage.db import transaction
from storage.derivatives import queries
from storage.derivatives.records import DerivativeFile
from storage.errors import NotFoundError
from storage.jobs import rechecks

router = APIRouter(prefix="/v1", tags=["derivatives"], route_class=IdempotentRoute)

# What a browser may show by itself; everything else is offered as a download. Never HTML or SVG.
_SHOWN = frozenset({"image/webp", "image/png", "image/jpeg", "model/gltf-binary", "application/json"})


@router.get("/derivatives/{derivative_id}")
def get_derivative(derivative_id: Id, caller: Anyone, db: Database) -> DerivativeRead:
    """Show what a recipe made."""
    return derivative_read(queries.get_derivative(db, caller, derivative_id))


@router.post("/derivatives/{derivative_id}/verify", status_code=202, dependencies=[Idempotent])
def verify_derivative(derivative_id: Id, caller: Person, db: Database, language: AskedLanguage) -> JobStarted:
    """Have a derivative made again and compared with what is kept; the job's result is the verdict."""
    return JobStarted(job=job_brief(rechecks.recheck_derivative(db, caller, derivative_id), language))


@router.get(
    "/derivatives/{derivative_id}/files/{name}",
    response_class=Response,
    responses={
        200: {
            "description": "The file.",
            "content": {
                media_type: {"schema": {"type": "string", "format": "binary"}}
                for media_type in sorted(_SHOWN | {"application/octet-stream"})
            },
        },
        206: {"description": "The range asked for."},
        304: {"description": "Not changed: it never does."},
    },
)
async def get_file(
    derivative_id: Id, name: str, request: Request, caller: Anyone, services: AppServices
) -> Response:
    """Get a file of a derivative: the picture, a level of detail."""

    def find() -> tuple[DerivativeFile, bool]:
        with transaction(services.sessions) as db:
            derivative = queries.get_derivative(db, caller, derivative_id)
            file = next((f for f in derivative.files if f.path == name and f.role in DOWNLOADABLE), None)
            if file is None:
                raise NotFoundError.of("file", name)
            return file, queries.is_public(db, derivative_id)

    file, is_public = await run_in_threadpool(find)
    return await services.tiles.send(
        request,
        Content(
            key=file.object_key,
            offset=0,
            size_bytes=file.size_bytes,
            media_type=file.media_type if file.media_type in _SHOWN else "application/octet-stream",
            etag=f'"{file.sha256}"',
            headers=_headers(file, is_public=is_public),
        ),
    )


def _headers(file: DerivativeFile, *, is_public: bool) -> dict[str, str]:
    headers = {
        # Not shared caches: whether it is public may change; the ETag makes asking again cheap.
        "Cache-Control": "private, max-age=60",
    }
    if is_public:
        headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    if file.media_type not in _SHOWN:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.path, safe='')}"
    return headers
