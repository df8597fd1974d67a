"""The OpenAPI description: FastAPI's own, completed by how to sign in and every problem."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.problems import MEDIA_TYPE, Problem

_ALWAYS = (401, 422, 500, 503)
_DESCRIPTIONS = {
    400: "The value cannot be stored.",
    401: "The key is unknown, or somebody must be known to ask.",
    403: "The caller sees it and may not do this to it, or the cookie came from another origin.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "The thing is not in a state in which this can be done.",
    413: "The body is larger than a request may be.",
    416: "The byte range lies outside the file.",
    422: "A value is not what this takes, or parts do not add up.",
    429: "As many event streams are open as there may be.",
    500: "A defect of ours.",
    503: "The database or the object store does not answer.",
}
_SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
_PUBLIC = frozenset({"/v1/sessions", "/healthz", "/readyz", "/metrics"})


def install(app: FastAPI) -> None:
    """Make the app describe itself that way."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _described(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key: ht_…"},
        "session": {"type": "apiKey", "in": "cookie", "name": "heritwin_session"},
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    return schema


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status in problem_statuses(path, method):
        responses[str(status)] = {
            "description": _DESCRIPTIONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if path in _PUBLIC or path.startswith(("/t/public/", "/t/{token}/")):
        return
    anyone: list[dict[str, list[str]]] = [{}] if method == "get" else []
    operation["security"] = _SECURITY + anyone


def problem_statuses(path: str, method: str) -> list[int]:
    """Return the statuses with which an operation may refuse or fail."""
    if path in ("/healthz", "/metrics", "/readyz"):
        return []
    statuses = list(_ALWAYS)
    if "{" in path:
        statuses.append(404)
    if path.startswith("/t/") or "/files/" in path:
        statuses.append(416)
    if method != "get":
        statuses += [403, 404, 409]
    if path.endswith("_id}/events"):
        statuses.append(429)
    if path.endswith("/endpoint"):
        statuses.append(409)
    if method in ("post", "patch", "put"):
        statuses += [400, 413]
    return sorted(set(statuses))
