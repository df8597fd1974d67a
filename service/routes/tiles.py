"""Tiles: to anybody, to a known person, or to the bearer of a token."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from service.dependencies import SESSION_COOKIE, AppServices, Id, Services, bearer_key
from service.tiles.serving import Way
from storage.callers import Caller

router = APIRouter(prefix="/t", tags=["tiles"])

TilePath = Annotated[str, Path(max_length=500, examples=["tileset.json"])]
Token = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The tile, immutable; JSON is compressed where the caller takes gzip.",
        "content": {
            "model/gltf-binary": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
            "application/octet-stream": {"schema": {"type": "string"}},
        },
    },
    206: {"description": "The range asked for."},
    304: {"description": "Not changed: it never does."},
}
PLACED: dict[int | str, dict[str, Any]] = {
    200: {"description": "A root tileset.", "content": {"application/json": {"schema": {"type": "object"}}}},
    304: {"description": "No new decision since."},
}


async def _known(request: Request, services: Services, derivative_id: UUID) -> Caller:
    key = bearer_key(request.headers.get("authorization"))
    if key is not None:
        return await services.tiles.access.of_key(key, derivative_id)
    return await services.tiles.access.of_session(request.cookies.get(SESSION_COOKIE), derivative_id)


@router.get("/public/{derivative}/placed/{placement}/tileset.json", response_class=Response, responses=PLACED)
async def public_placed(derivative: Id, placement: Id, request: Request, services: AppServices) -> Response:
    """The root tileset in the site's frame, of a published version of a public root."""
    caller = await services.tiles.access.of_anyone(derivative)
    return await services.tiles.placed(request, caller, derivative, placement, Way.PUBLIC)


@router.get("/public/{derivative}/{path:path}", response_class=Response, responses=ANSWERS)
async def public_tile(derivative: Id, path: TilePath, request: Request, services: AppServices) -> Response:
    """A tile of a published version of a public root: no key, any origin, any cache."""
    await services.tiles.access.of_anyone(derivative)
    return await services.tiles.tile(request, derivative, path, Way.PUBLIC)


@router.get("/s/{derivative}/placed/{placement}/tileset.json", response_class=Response, responses=PLACED)
async def session_placed(derivative: Id, placement: Id, request: Request, services: AppServices) -> Response:
    """The root tileset in the site's frame, for the cookie or the bearer header."""
    caller = await _known(request, services, derivative)
    return await services.tiles.placed(request, caller, derivative, placement, Way.SESSION)


@router.get("/s/{derivative}/{path:path}", response_class=Response, responses=ANSWERS)
async def session_tile(derivative: Id, path: TilePath, request: Request, services: AppServices) -> Response:
    """A tile, for the cookie or the bearer header."""
    await _known(request, services, derivative)
    return await services.tiles.tile(request, derivative, path, Way.SESSION)


@router.get(
    "/{token}/{derivative}/placed/{placement}/tileset.json", response_class=Response, responses=PLACED
)
async def token_placed(
    token: Token, derivative: Id, placement: Id, request: Request, services: AppServices
) -> Response:
    """The root tileset in the site's frame, for viewers that can send neither cookie nor header."""
    caller = await services.tiles.access.of_token(token, derivative)
    return await services.tiles.placed(request, caller, derivative, placement, Way.TOKEN)


@router.get("/{token}/{derivative}/{path:path}", response_class=Response, responses=ANSWERS)
async def token_tile(
    token: Token, derivative: Id, path: TilePath, request: Request, services: AppServices
) -> Response:
    """A tile, for viewers that can send neither cookie nor header; 401 `token-expired`: ask again."""
    await services.tiles.access.of_token(token, derivative)
    return await services.tiles.tile(request, derivative, path, Way.TOKEN)


@router.options("/{way}/{derivative}/{path:path}", include_in_schema=False)
async def preflight(way: str, derivative: Id, path: str) -> Response:
    """Let pages of other origins send ranges and validators, where no cookie opens the tiles."""
    del derivative, path
    headers = {"Allow": "GET, HEAD, OPTIONS"}
    if way != "s":
        headers |= {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": "Range, If-None-Match",
            "Access-Control-Max-Age": "86400",
        }
    return Response(status_code=204, headers=headers)
