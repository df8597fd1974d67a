"""One connection to a server: plain calls in, plain JSON out, problems as exceptions."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import httpx

from heritwin.errors import ApiError, ClientError, UnreachableError
from heritwin.settings import Settings

Json = dict[str, Any]

# A restart of the server behind a proxy takes seconds; a line that breaks takes longer.
TIMEOUT = httpx.Timeout(connect=15, read=60, write=60, pool=60)
# These say "not now" and change nothing, so the same call may be made again.
TRY_AGAIN = frozenset({502, 503, 504})


class Api:
    """Calls on ``/v1`` as one person.

    Every method answers decoded JSON. Raises ``ApiError`` for a problem the server names and
    ``UnreachableError`` when it does not answer.
    """

    def __init__(self, settings: Settings, *, transport: httpx.BaseTransport | None = None) -> None:
        self.settings = settings
        headers = {"Authorization": f"Bearer {settings.key}", "Accept": "application/json"}
        if settings.language:
            headers["Accept-Language"] = settings.language
        self._http = httpx.Client(
            base_url=settings.server,
            headers=headers,
            timeout=TIMEOUT,
            transport=transport,
            verify=tls_context(settings.ca_file),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def use_key(self, key: str) -> None:
        """Speak with another key from now on."""
        self.settings = replace(self.settings, key=key)
        self._http.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str, **query: object) -> Json:
        """GET; query values that are None are left out."""
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Json | None = None, *, idempotency_key: str | None = None) -> Json:
        """POST a JSON body. With an idempotency key the server answers a repeat as it did the first."""
        return self._call("POST", path, body=body or {}, idempotency_key=idempotency_key)

    def patch(self, path: str, body: Json) -> Json:
        """PATCH with a JSON body."""
        return self._call("PATCH", path, body=body)

    def delete(self, path: str) -> Json:
        """DELETE."""
        return self._call("DELETE", path)

    def items(self, path: str, **query: object) -> Iterator[Json]:
        """Every item of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def events(self, path: str) -> Iterator[tuple[str, Json]]:
        """Server-sent events of ``path`` as (event, data), until the server ends the stream."""
        try:
            with self._http.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise _problem(answer)
                event = "message"
                for line in answer.iter_lines():
                    if line.startswith("event:"):
                        event = line[6:].strip()
                    elif line.startswith("data:"):
                        yield event, json.loads(line[5:])
        except httpx.TransportError as error:
            raise _unreachable(self.settings.server, error) from error

    def download(self, path: str) -> bytes:
        """The bytes of a small file (a picture, a level of detail)."""
        try:
            answer = self._http.get(path, follow_redirects=True)
        except httpx.TransportError as error:
            raise _unreachable(self.settings.server, error) from error
        if answer.status_code >= 400:
            raise _problem(answer)
        return answer.content

    def blocks(self, path: str, *, first: int = 0) -> Iterator[bytes]:
        """The bytes of a file of any size, in blocks, from an offset on; a break is an UnreachableError."""
        headers = {"Range": f"bytes={first}-"} if first else {}
        try:
            with self._http.stream("GET", path, headers=headers, follow_redirects=True) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise _problem(answer)
                if first and answer.status_code != 206:
                    raise ClientError(f"{path}: the server does not go on in the middle of a file")
                yield from answer.iter_bytes(1 << 20)
        except httpx.TransportError as error:
            raise _unreachable(self.settings.server, error) from error

    def save(self, path: str, target: Path) -> int:
        """Write a file of any size to ``target``, which appears when it is whole; answer its bytes."""
        part = target.with_name(target.name + ".part")
        try:
            with self._http.stream("GET", path, follow_redirects=True) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise _problem(answer)
                with part.open("wb") as file:
                    for data in answer.iter_bytes(1 << 20):
                        file.write(data)
            part.replace(target)
        except httpx.TransportError as error:
            raise _unreachable(self.settings.server, error) from error
        except OSError as error:
            raise ClientError(f"{target} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        return target.stat().st_size

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, object] | None = None,
        body: Json | None = None,
        idempotency_key: str | None = None,
    ) -> Json:
        params = {name: str(value) for name, value in (query or {}).items() if value is not None}
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        try:
            answer = self._http.request(method, path, params=params, json=body, headers=headers)
        except httpx.TransportError as error:
            raise _unreachable(self.settings.server, error) from error
        if answer.status_code >= 400:
            raise _problem(answer)
        return cast(Json, answer.json()) if answer.content else {}


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """The platform's trust, and the server's own authority where one is named."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _problem(answer: httpx.Response) -> ApiError:
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": f"{answer.status_code} from {answer.url}: {answer.text[:200]}"}
    return ApiError(answer.status_code, problem if isinstance(problem, dict) else {})


def _unreachable(server: str, error: httpx.TransportError) -> UnreachableError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return UnreachableError(
            f"{server} shows a certificate this machine does not trust.",
            hint="If the server uses its own authority: heritwin login SERVER --ca-file ca.crt "
            "(the administrator finds the file with: heritwin status).",
        )
    return UnreachableError(
        f"{server} does not answer ({type(error).__name__}: {error}).",
        hint="Check the address and the network; an unfinished upload goes on where it was.",
    )
