"""A fault proxy of our own: passes HTTP/1.1 on, counts bytes, cuts connections and loses answers on purpose.

It runs in a thread of its own. What breaks is decided request by request by the plan it is given, so a seeded
plan makes a repeatable bad line.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHUNK_BYTES = 64 << 10
HEAD_BYTES = 256 << 10


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request whose head has come in."""

    method: str
    target: str
    body_bytes: int

    @property
    def part(self) -> str | None:
        """Which part of which object it sends, if it sends one."""
        path, _, query = self.target.partition("?")
        named = [piece for piece in query.split("&") if piece.startswith("partNumber=")]
        return f"{path}#{named[0][11:]}" if self.method == "PUT" and named else None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong: the connection is cut after so many bytes of the body, or the answer is lost."""

    cut_after_bytes: int | None = None
    loses_answer: bool = False


Plan = Callable[[Request], Fault | None]


@dataclass
class Counts:
    """What the proxy saw; bytes are those that came from the client, whether they were passed on or not."""

    requests: int = 0
    cuts: int = 0
    broken_off: int = 0
    lost_answers: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    part_bytes: int = 0
    part_starts: dict[str, int] = field(default_factory=dict)
    parts_answered: set[str] = field(default_factory=set)
    lost_of: dict[str, int] = field(default_factory=dict)

    @property
    def parts_resent(self) -> int:
        """How many times a part was begun again."""
        return sum(starts - 1 for starts in self.part_starts.values())


class CutError(Exception):
    """The connection ends here."""


class FaultProxy:
    """Listens on a free port of loopback and passes on to another one."""

    def __init__(self, port: int, plan: Plan, *, listen: int = 0, bytes_per_s: float | None = None) -> None:
        self.counts = Counts()
        self.port = listen
        self._target, self._plan = port, plan
        self._seconds_per_byte = 1 / bytes_per_s if bytes_per_s else 0.0
        self._free_at_s = 0.0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self) -> None:
        """Begin to listen; ``port`` is known afterwards."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Cut whatever is open and end."""
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, limit=HEAD_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _connection(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        upstream: asyncio.StreamWriter | None = None
        try:
            served, upstream = await asyncio.open_connection("127.0.0.1", self._target, limit=HEAD_BYTES)
            while await self._exchange(client, answer, served, upstream):
                pass
        except (CutError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Reset, not closed in order: that is how a line breaks.
            answer.transport.abort()
        finally:
            for writer in (answer, upstream):
                if writer is not None:
                    writer.close()
                    with contextlib.suppress(OSError, asyncio.CancelledError):
                        await writer.wait_closed()

    async def _exchange(
        self,
        client: asyncio.StreamReader,
        answer: asyncio.StreamWriter,
        served: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
    ) -> bool:
        head = await _head(client)
        if head is None:
            return False
        request = _request(head)
        self.counts.requests += 1
        if request.part is not None:
            starts = self.counts.part_starts
            starts[request.part] = starts.get(request.part, 0) + 1
        fault = self._plan(request) or Fault()
        if b"\r\nexpect:" in head.lower():
            # Clients that wait for leave to send get it from here; the server behind is not asked twice.
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:")]
            head = b"\r\n".join(lines)
            answer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        upstream.write(head)
        await self._body(client, upstream, request, fault)
        reply = await _head(served)
        if reply is None:
            raise CutError
        if fault.loses_answer:
            self.counts.lost_answers += 1
            kind = f"{request.method} {'part' if request.part else request.target.rpartition('/')[2]}"
            self.counts.lost_of[kind] = self.counts.lost_of.get(kind, 0) + 1
            raise CutError
        answer.write(reply)
        if request.part is not None and b" 200 " in reply.split(b"\r\n", 1)[0]:
            self.counts.parts_answered.add(request.part)
        async for data in _content(served, reply, request.method):
            self.counts.bytes_down += len(data)
            answer.write(data)
            await answer.drain()
        return True

    async def _body(
        self, client: asyncio.StreamReader, upstream: asyncio.StreamWriter, request: Request, fault: Fault
    ) -> None:
        left, passed = request.body_bytes, 0
        while True:
            if fault.cut_after_bytes is not None and passed >= min(fault.cut_after_bytes, request.body_bytes):
                self.counts.cuts += 1
                raise CutError
            if not left:
                break
            data = await client.read(min(CHUNK_BYTES, left))
            if not data:
                # The client itself ended in the middle, as when it is killed.
                self.counts.broken_off += 1
                raise CutError
            await self._pace(len(data))
            left, passed = left - len(data), passed + len(data)
            self.counts.bytes_up += len(data)
            if request.part is not None:
                self.counts.part_bytes += len(data)
            upstream.write(data)
            await upstream.drain()

    async def _pace(self, size_bytes: int) -> None:
        """Hold back what comes faster than the line is: one line for all connections."""
        if self._seconds_per_byte:
            now_s = asyncio.get_running_loop().time()
            self._free_at_s = max(now_s, self._free_at_s) + size_bytes * self._seconds_per_byte
            await asyncio.sleep(self._free_at_s - now_s)


@contextmanager
def faulty(
    port: int, plan: Plan, *, listen: int = 0, bytes_per_s: float | None = None
) -> Iterator[FaultProxy]:
    """A proxy in front of a port of this machine, for as long as the block runs."""
    proxy = FaultProxy(port, plan, listen=listen, bytes_per_s=bytes_per_s)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


async def _head(stream: asyncio.StreamReader) -> bytes | None:
    try:
        return await stream.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _request(head: bytes) -> Request:
    method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    headers = _headers(head)
    if "transfer-encoding" in headers:
        raise CutError
    return Request(method=method, target=target, body_bytes=int(headers.get("content-length", "0")))


async def _content(stream: asyncio.StreamReader, head: bytes, method: str) -> AsyncIterator[bytes]:
    """Yield the bytes of an answer's content, framing included."""
    status, headers = int(head.split(b" ", 2)[1]), _headers(head)
    if method == "HEAD" or status in (204, 304) or status < 200:
        return
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while True:
            line = await stream.readline()
            size = int(line.split(b";")[0], 16)
            yield line + await stream.readexactly(size + 2)
            if size == 0:
                return
    left = int(headers.get("content-length", "-1"))
    while left and (data := await stream.read(CHUNK_BYTES if left < 0 else min(CHUNK_BYTES, left))):
        left -= len(data) if left > 0 else 0
        yield data
    if left < 0:
        raise CutError
