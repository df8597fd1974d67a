"""Heads and tails of all files first: what the server makes of them while the rest is on its way."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

import httpx

from heritwin.api import Json, tls_context
from heritwin.errors import ApiError, ClientError, EarlyProblemError, FileChangedError, UnreachableError
from heritwin.uploads.ends import ends_of
from heritwin.uploads.files import LocalFile, opened
from heritwin.uploads.line import Limit
from heritwin.uploads.persisting import Persistence

# So long the ends go alone; on a slow line with many files the parts then begin beside them.
ALONE_S = 15.0
LOOK_EVERY_S = 1.0
ENDED = frozenset({"succeeded", "failed", "cancelled"})
TIMEOUT = httpx.Timeout(connect=15, read=60, write=45, pool=None)


class EarlyWord:
    """Sends the ends of files and hears what the server says of them; failing, it stops no upload."""

    def __init__(
        self,
        persistence: Persistence,
        upload: Json,
        files: list[LocalFile],
        limit: Limit,
        *,
        stops_on_problem: bool,
    ) -> None:
        self._persistence, self._upload, self._limit = persistence, upload, limit
        entries = {entry["path"]: entry for entry in upload["files"]}
        self._left = [(file, entries[file.name]) for file in files if not entries[file.name].get("early")]
        self._stops_on_problem = stops_on_problem
        self._said: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True, name="early-word")
        self.problem: EarlyProblemError | None = None

    def ask(self) -> None:
        """Send the ends of as many files as go in a few seconds, ask, and go on in the background."""
        if not self._left:
            return
        until_s = time.monotonic() + ALONE_S
        if self._send_some(until_s):
            self._thread.start()

    def close(self) -> None:
        """Stop asking."""
        self._over.set()

    def _send_some(self, until_s: float) -> bool:
        """Send ends until the time is over or none is left, and ask about them."""
        try:
            with httpx.Client(
                timeout=TIMEOUT, verify=tls_context(self._persistence.api.settings.ca_file)
            ) as line:
                while self._left and not self._over.is_set():
                    self._send_one(line, *self._left[0])
                    self._left.pop(0)
                    if time.monotonic() > until_s:
                        break
            self._persistence.api.post(f"{self._path}/early")
        except FileChangedError:
            raise
        except (ApiError, UnreachableError, httpx.TransportError) as error:
            # An older server, or a line that broke: the parts matter more.
            self._persistence.listener.note(f"No early word: {error}")
            return False
        return True

    def _send_one(self, line: httpx.Client, file: LocalFile, entry: Json) -> None:
        wanted: list[Json] = []
        contents: list[bytes] = []
        with opened(file) as stream:
            for stretch in ends_of(file):
                stream.seek(stretch.offset)
                data = stream.read(stretch.size_bytes)
                contents.append(data)
                wanted.append(
                    {
                        "file_id": entry["id"],
                        "offset_bytes": stretch.offset,
                        "size_bytes": len(data),
                        "sha256": hashlib.sha256(data).hexdigest(),
                    }
                )
        file.check()
        signed: list[Any] = self._persistence.api.post(f"{self._path}/early:sign", {"pieces": wanted})[
            "pieces"
        ]
        for place, data in zip(signed, contents, strict=True):
            self._over.wait(self._limit.take(len(data)))
            answer = line.request(place["method"], place["url"], headers=place["headers"], content=data)
            if answer.status_code != 200:
                raise UnreachableError(f"the store refused the end of {file.name} ({answer.status_code})")

    def _go_on(self) -> None:
        try:
            while not self._over.wait(LOOK_EVERY_S):
                if self._left and not self._send_some(time.monotonic() + ALONE_S):
                    return
                if self._hear() and not self._left:
                    return
        except (ClientError, httpx.HTTPError) as error:
            # The parts say it too, where it matters.
            self._persistence.listener.note(f"No early word: {error}")

    def _hear(self) -> bool:
        """Show what is new; True when the last question was answered."""
        upload = self._persistence.api.get(self._path, parts="false")
        fresh = [f for f in upload["files"] if f.get("early") and f["path"] not in self._said]
        asked = upload.get("early") or {}
        over = asked.get("state") in ENDED
        if fresh or over:
            self._said |= {f["path"] for f in fresh}
            self._persistence.listener.early({**upload, "files": fresh})
        problems = [problem for f in fresh for problem in f["early"]["problems"]]
        if problems and self._stops_on_problem:
            self.problem = EarlyProblemError(
                f"{problems[0]['message']}"
                + (f", and {len(problems) - 1} more" if len(problems) > 1 else ""),
                hint=problems[0]["hint"] or "What arrived is kept: run it again without --stop-on-problem.",
            )
            self._persistence.stop.set()
        return over

    @property
    def _path(self) -> str:
        return f"/v1/uploads/{self._upload['id']}"
