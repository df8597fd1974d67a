"""Many viewers asking for tiles at once, with as little work on the client's side as HTTP/1.1 allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What viewers saw: latencies in ms, in the order they came in, and the whole."""

    latencies_ms: list[float]
    seconds: float
    bytes: int
    failures: int

    @property
    def per_s(self) -> float:
        """Answers a second, over all viewers."""
        return len(self.latencies_ms) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """The latency that this share of answers stayed below."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def watch(urls: Sequence[Sequence[str]]) -> Seen:
    """Let every viewer ask for its own addresses, one after another on one connection."""
    return asyncio.run(_watch(urls))


async def _watch(urls: Sequence[Sequence[str]]) -> Seen:
    started_s = time.monotonic()
    each = await asyncio.gather(*(_viewer(mine) for mine in urls))
    return Seen(
        latencies_ms=[latency for latencies, _, _ in each for latency in latencies],
        seconds=time.monotonic() - started_s,
        bytes=sum(size for _, size, _ in each),
        failures=sum(failed for _, _, failed in each),
    )


async def _viewer(urls: Sequence[str]) -> tuple[list[float], int, int]:
    if not urls:
        return [], 0, 0
    place = urlsplit(urls[0])
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    latencies: list[float] = []
    size_bytes = failed = 0
    for url in urls:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        begun_s = time.monotonic()
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
        status, body = await _answer(reader)
        latencies.append((time.monotonic() - begun_s) * 1000)
        size_bytes += body
        failed += status != 200
    writer.close()
    return latencies, size_bytes, failed


async def _answer(reader: asyncio.StreamReader) -> tuple[int, int]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    headers = {n.strip().lower(): v.strip() for n, _, v in (li.partition(b":") for li in head.split(b"\r\n"))}
    if b"content-length" in headers:
        left = size = int(headers[b"content-length"])
        while left:
            left -= len(await reader.read(min(left, 1 << 18)) or b"x" * left)
        return status, size
    size = 0
    while True:
        chunk = int((await reader.readline()).split(b";")[0], 16)
        size += chunk
        await reader.readexactly(chunk + 2)
        if not chunk:
            return status, size
