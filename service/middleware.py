"""What happens around every request: its id, its log line, its measures, protective headers."""

import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import masked
from service.metrics import Metrics
from service.settings import Settings
from storage.ids import new_id

log = structlog.get_logger()

Crashed = Callable[[Request], Response]

# A caller's own id is taken over only if it cannot break a log line or a header.
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
# Set in the scope of a HEAD request, which is answered as its GET would be; the server drops the body.
IS_HEAD = "heritwin.is_head"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestContext:
    """Give each request an id, answer it in `X-Request-ID`, log one line and measure it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, crashed: Crashed) -> None:
        self.app = app
        self.metrics = metrics
        self.crashed = crashed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request inside its log context."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        own = (b"x-request-id", request_id.encode("latin-1"))
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", IS_HEAD: True}
        status = 0
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], own]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception as error:
                log.error("request.crashed", path=masked(scope["path"]), exc_info=error)
                if status == 0:
                    await self.crashed(Request(scope))(scope, receive, send_with_id)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_name(scope)
        self.metrics.requests.labels(scope["method"], route, str(status)).inc()
        self.metrics.seconds.labels(scope["method"], route).observe(seconds)
        # Tiles come by the thousand: those that were answered are counted, and not told one by one.
        is_tile = scope["path"].startswith("/t/") and 0 < status < 400
        if scope["path"] not in _QUIET and not is_tile:
            log.info(
                "request.answered",
                method=scope["method"],
                path=masked(scope["path"]),
                status=status,
                elapsed_s=round(seconds, 4),
            )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.match(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return new_id().hex


def route_name(scope: Scope) -> str:
    """Return the path template that answered, so that measures do not grow with ids."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "unrouted"))


class BodyLimit:
    """Stop reading a body that is larger than a request may be; files go to S3, never through here."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self.app = app
        self.limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; its body is counted as it comes, whatever it said of its length."""
        read_bytes = 0

        async def receive_some() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > self.limit_bytes:
                raise HTTPException(413, f"a request body has at most {self.limit_bytes} bytes")
            return message

        await self.app(scope, receive_some, send)


class ProtectiveHeaders:
    """Add the headers that keep a browser from doing with our answers what was not meant."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.page_policy = page_policy(settings)
        self.is_secure = settings.is_secure
        # Of tiles, which come by the thousand and set none of these themselves.
        given = MutableHeaders()
        self._complete(given, "/t/")
        self.of_tiles = given.raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, its answer's headers completed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"].startswith("/t/"):
                message["headers"] = [*message["headers"], *self.of_tiles]
            elif message["type"] == "http.response.start":
                self._complete(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_protected)

    def _complete(self, headers: MutableHeaders, path: str) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        if self.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if path.startswith("/v1/"):
            headers.setdefault("Cache-Control", "no-store")
        if headers.get("content-type", "").startswith("text/html"):
            ancestors = "*" if path.startswith("/embed/") else "'self'"
            headers["Content-Security-Policy"] = f"{self.page_policy}; frame-ancestors {ancestors}"
        elif not path.startswith("/t/"):
            # Whatever a stranger uploaded or a recipe wrote must never run as a page of ours.
            headers.setdefault(
                "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"
            )


def page_policy(settings: Settings) -> str:
    """Return the content security policy of our pages, framing aside.

    `wasm-unsafe-eval` is for the meshopt decoder; `blob:` for the textures inside a GLB, which three.js
    reads by fetch; the S3 origin for parts of an upload where it is not ours.
    """
    s3 = settings.s3_public_endpoint.rstrip("/")
    connect = "'self' blob: data:" + ("" if s3 == settings.public_origin else f" {s3}")
    return (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; connect-src {connect}; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'"
    )
