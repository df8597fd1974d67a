"""Sends the parts of an upload, several at once, until all of them are there."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from heritwin.api import Json, tls_context
from heritwin.errors import ApiError, ClientError, StoreRefusedError, UnreachableError
from heritwin.uploads.line import Lanes, Limit
from heritwin.uploads.listening import Listener
from heritwin.uploads.parts import Part, PartBytes
from heritwin.uploads.persisting import Persistence, stopped

# A line that moves nothing for so long is broken: the part goes again on a new connection.
TIMEOUT = httpx.Timeout(connect=15, read=90, write=45, pool=None)
# With a signature just made, more refusals than this are meant.
REFUSALS = 4
LEAVE_S = 2.0


@dataclass(frozen=True, kw_only=True)
class _Sent:
    """What became of one PUT."""

    status: int
    code: str
    was_whole: bool


def send_parts(
    persistence: Persistence, upload_id: str, parts: list[Part], *, lanes: Lanes, most: int, limit: Limit
) -> None:
    """Send parts over at most ``most`` connections; returns when every one is there.

    Raises
    ------
    FileChangedError, StoreRefusedError, UnreachableError, PausedError
        As the first part that cannot be sent says; the others are given up at once and can go later.
    """
    sender = _Sender(persistence, upload_id, lanes, limit)
    waiting: queue.SimpleQueue[Part] = queue.SimpleQueue()
    for part in parts:
        waiting.put(part)
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    # Daemons: a thread that hangs in a dead connection must not hold up Ctrl-C.
    threads = [
        threading.Thread(target=sender.work, args=(waiting, ended), daemon=True, name=f"part-{n}")
        for n in range(min(most, len(parts)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in threads:
            failure = _next(ended)
            if failure is not None:
                raise failure
    finally:
        persistence.stop.set()
        sender.close()
        for thread in threads:
            thread.join(LEAVE_S)
    persistence.stop.clear()


def _next(ended: queue.SimpleQueue[BaseException | None]) -> BaseException | None:
    while True:
        # With a timeout, so that Ctrl-C is heard on Windows too.
        try:
            return ended.get(timeout=0.5)
        except queue.Empty:
            continue


class _Sender:
    """What the lanes of one upload share."""

    def __init__(self, persistence: Persistence, upload_id: str, lanes: Lanes, limit: Limit) -> None:
        self._persistence, self._upload_id = persistence, upload_id
        self._lanes, self._limit = lanes, limit
        self._stop, self._listener = persistence.stop, persistence.listener
        self._line = httpx.Client(
            timeout=TIMEOUT,
            verify=tls_context(persistence.api.settings.ca_file),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
        )

    def close(self) -> None:
        """Close every connection."""
        self._line.close()

    def work(self, waiting: queue.SimpleQueue[Part], ended: queue.SimpleQueue[BaseException | None]) -> None:
        """Send one part after another until none is left; tells how that ended."""
        try:
            while self._lanes.enter(self._stop):
                try:
                    part = waiting.get_nowait()
                except queue.Empty:
                    break
                else:
                    self._until_there(part)
                    self._lanes.arrived(part.size_bytes)
                finally:
                    self._lanes.leave()
            ended.put(None)
        except Exception as error:  # noqa: BLE001 - the edge of this thread: raised again by the main one
            ended.put(error)

    def _until_there(self, part: Part) -> None:
        data = PartBytes(part)
        refusals = attempt = 0
        while True:
            signed = self._persistence.call(lambda: self._sign(part, data.sha256))
            progress = _Progress(self._listener)
            try:
                sent = self._put(part, data, signed, progress)
            except httpx.TransportError as error:
                sent = _Sent(status=0, code=str(error) or type(error).__name__, was_whole=progress.was_whole)
            if sent.status == 200 or (sent.was_whole and sent.status == 0 and self._is_there(part, data)):
                self._persistence.good()
                return
            progress.take_back()
            if self._stop.is_set():
                raise stopped()
            part.file.check()
            if 400 <= sent.status < 500:
                refusals += 1
                if refusals >= REFUSALS:
                    raise self._refused(part, sent)
            else:
                self._lanes.failed()
            self._listener.note(f"Sending {part.label} again ({sent.code}).")
            self._persistence.wait(attempt, UnreachableError(f"{part.label} cannot be sent: {sent.code}"))
            attempt += 1

    def _put(self, part: Part, data: PartBytes, signed: Json, progress: _Progress) -> _Sent:
        answer = self._line.request(
            signed["method"],
            signed["url"],
            headers={**signed["headers"], "Content-Length": str(part.size_bytes)},
            content=self._paced(data, progress),
        )
        code = answer.text.partition("<Code>")[2].partition("</Code>")[0] or f"HTTP {answer.status_code}"
        return _Sent(status=answer.status_code, code=code, was_whole=progress.was_whole)

    def _paced(self, data: PartBytes, progress: _Progress) -> Iterator[bytes]:
        for piece in data.pieces(self._limit.piece_bytes):
            if self._stop.wait(self._limit.take(len(piece))):
                raise stopped()
            yield bytes(piece)
            progress.add(len(piece))
        progress.was_whole = True

    def _is_there(self, part: Part, data: PartBytes) -> bool:
        """Whether a part whose answer was lost arrived all the same."""
        try:
            upload = self._persistence.call(
                lambda: self._persistence.api.get(f"/v1/uploads/{self._upload_id}")
            )
        except ApiError:
            return False
        received: list[Any] = next(f["received"] for f in upload["files"] if f["id"] == part.file_id)
        return any(p["number"] == part.number and p["sha256"] == data.sha256 for p in received)

    def _sign(self, part: Part, sha256: str) -> Json:
        wanted = {
            "file_id": part.file_id,
            "number": part.number,
            "size_bytes": part.size_bytes,
            "sha256": sha256,
        }
        path = f"/v1/uploads/{self._upload_id}/parts:sign"
        signed: list[Any] = self._persistence.api.post(path, {"parts": [wanted]})["parts"]
        return dict(signed[0])

    def _refused(self, part: Part, sent: _Sent) -> ClientError:
        return StoreRefusedError(
            f"the store refused {part.label} ({sent.code})",
            hint="What arrived is kept: run the same command again to go on. If it happens again, "
            "something between here and the server changes the bytes.",
        )


class _Progress:
    """The bytes of one PUT on the bar; taken back when the part must go again."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._shown = 0
        self.was_whole = False

    def add(self, size_bytes: int) -> None:
        self._shown += size_bytes
        self._listener.advance(size_bytes)

    def take_back(self) -> None:
        self._listener.advance(-self._shown)
        self._shown = 0
