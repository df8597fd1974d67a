"""Errors as answers (RFC 9457). The only place that knows an HTTP status for an error."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from service.errors import EdgeError
from service.messages import Language, detail_of, language_of, text_of
from service.statuses import STATUS
from storage.errors import StorageError

MEDIA_TYPE = "application/problem+json"
_KIND_OF_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-many-bytes"}
_OWN_FIELDS = frozenset({"type", "title", "status", "detail", "kind", "hint", "request_id"})


class Problem(BaseModel):
    """What went wrong, and what to do about it. More fields may name the values concerned."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/not-found",
                    "title": "There is no such thing here",
                    "status": 404,
                    "detail": "there is no version 0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10",
                    "kind": "not-found",
                    "hint": None,
                    "request_id": "0198a7c27b1e7cc1",
                }
            ]
        },
    )

    type: str
    title: str = Field(description="For people, in the language asked by Accept-Language (vi or en).")
    status: int
    detail: str
    kind: str = Field(description="Stable; kinds are added, never renamed.")
    hint: str | None
    request_id: str | None = None


def status_of(error: Exception) -> int:
    """Return the status of an error class, or of its nearest listed ancestor."""
    return next(STATUS[base] for base in type(error).__mro__ if base in STATUS)


def problem_of(
    kind: str, status: int, language: Language, message: str, hint: str | None, details: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the JSON of a problem, its texts in the language asked."""
    text = text_of(kind, language)
    extras = {name: value for name, value in details.items() if name not in _OWN_FIELDS}
    return {
        "type": f"/problems/{kind}",
        "title": text.title,
        "status": status,
        "detail": detail_of(kind, language, message, details),
        "kind": kind,
        "hint": hint if hint is not None and language == "en" else text.hint or hint,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
        **extras,
    }


def answer(
    request: Request,
    kind: str,
    status: int,
    message: str,
    *,
    hint: str | None = None,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the problem as an answer."""
    language = language_of(request.headers.get("accept-language"))
    body = problem_of(kind, status, language, message, hint, details or {})
    more = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in (429, 503):
        more["Retry-After"] = "5"
    return JSONResponse(
        _plain(body),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Vary": "Accept-Language", "Content-Language": language, **more, **(headers or {})},
    )


def _plain(value: Any) -> Any:
    """Return the value with only JSON types in it: ids, times and digests become text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


async def known_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of storage or of the edge."""
    assert isinstance(error, StorageError | EdgeError)
    status = status_of(error)
    headers = {}
    if "size_bytes" in error.details and status == 416:
        headers["Content-Range"] = f"bytes */{error.details['size_bytes']}"
    return answer(
        request, error.kind, status, error.message, hint=error.hint, details=error.details, headers=headers
    )


async def invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose path, query, header or body is not what the route takes."""
    assert isinstance(error, RequestValidationError)
    errors = [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors()]
    named = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors[:3])
    return answer(request, "invalid-request", 422, named, details={"errors": errors})


async def framework_error(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses by itself: no such route, wrong method, body too large."""
    assert isinstance(error, HTTPException)
    kind = _KIND_OF_STATUS.get(error.status_code, "http-error")
    return answer(request, kind, error.status_code, str(error.detail), headers=error.headers)


def crashed(request: Request) -> JSONResponse:
    """Answer after a defect of ours: 500, with nothing of its inside."""
    return answer(request, "internal", 500, "something went wrong on our side")


def install(app: FastAPI) -> None:
    """Make the app answer every error as a problem."""
    app.add_exception_handler(StorageError, known_error)
    app.add_exception_handler(EdgeError, known_error)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, framework_error)
