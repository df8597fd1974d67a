"""A web server of one folder that answers byte ranges, as an object store does, and counts what it sent."""

from __future__ import annotations

import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class RangeServer(ThreadingHTTPServer):
    """Serves the files of a folder by name; ``sent_bytes`` and ``ranges`` tell what was asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.folder = folder
        self.sent_bytes = 0
        self.ranges: list[tuple[int, int]] = []

    def url(self, name: str) -> str:
        """Where a file is."""
        return f"http://127.0.0.1:{self.server_port}/{name}"


class _Answer(BaseHTTPRequestHandler):
    server: RangeServer
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        size = (self.server.folder / self.path.lstrip("/")).stat().st_size
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def do_GET(self) -> None:
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())
        with (self.server.folder / self.path.lstrip("/")).open("rb") as file:
            file.seek(first)
            data = file.read(last - first + 1)
        self.server.sent_bytes += len(data)
        self.server.ranges.append((first, first + len(data)))
        self.send_response(206)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


class HttpSource:
    """One file behind a web server, read by ranges: what the room calls a source."""

    def __init__(self, url: str) -> None:
        self.url, self.name = url, url.rsplit("/", 1)[-1]
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=30) as answer:
            self.size = int(answer.headers["Content-Length"])

    def read_at(self, offset: int, length: int) -> bytes:
        last = min(offset + length, self.size) - 1
        request = urllib.request.Request(self.url, headers={"Range": f"bytes={offset}-{last}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()


@contextmanager
def served(folder: Path) -> Iterator[RangeServer]:
    """Serve a folder on a free port."""
    with RangeServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
