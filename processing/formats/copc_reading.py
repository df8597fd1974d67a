"""Reads COPC 1.0 by ranges: header, the hierarchy's pages that are asked for, and whole nodes.

https://copc.io (specification 1.0). Every byte that was asked of the source is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import lazrs
import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.copc import ENTRY, INFO, Place
from processing.formats.las_chunks import check_layers, chunk_head_bytes, laszip_record, layers_of
from processing.formats.las_header import RECORD_BYTES, SEND_AGAIN, read_header
from processing.formats.las_rows import Layout, Rows
from processing.room.sources import Source

# One small request costs as much as 64 kB on any line we serve; gaps below this are read along.
WINDOW_BYTES = 64 << 10
KEPT_WINDOWS = 8
REQUEST_BYTES = 8 << 20
BATCH_POINTS = 500_000
MAX_ENTRIES = 20_000_000
# No writer fills a node with more; a count that says so would only fill the memory.
MAX_NODE_POINTS = 20_000_000
MAX_LEVEL = 31


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node: where it stands, and where its chunk lies."""

    place: Place
    offset: int
    size: int
    points: int


class Counted:
    """A source that keeps the last small reads, and counts what it asks for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name, self.size = source.name, source.size
        self.bytes_read = self.requests = 0
        self._windows: list[tuple[int, bytes]] = []

    def read_at(self, offset: int, length: int) -> bytes:
        """Read at most length bytes from offset, and keep what is near."""
        kept = self._kept(offset, length)
        if kept is not None:
            return kept
        data = self._asked(offset, min(offset + max(length, WINDOW_BYTES), self.size))
        self._windows = [*self._windows[-KEPT_WINDOWS + 1 :], (offset, data)]
        return data[: max(0, min(length, self.size - offset))]

    def fetch(self, offset: int, length: int) -> bytes:
        """Read at most length bytes from offset, and keep nothing."""
        end = min(offset + length, self.size)
        for start, data in self._windows:
            if start <= offset < start + len(data):
                head = data[offset - start : end - start]
                return head if offset + len(head) == end else head + self._asked(offset + len(head), end)
        return self._asked(offset, end)

    def _kept(self, offset: int, length: int) -> bytes | None:
        end = min(offset + length, self.size)
        for start, data in self._windows:
            if start <= offset and end <= start + len(data):
                return data[offset - start : end - start]
        return None

    def _asked(self, offset: int, end: int) -> bytes:
        length = max(0, end - offset)
        self.requests += max(1, -(-length // REQUEST_BYTES))
        self.bytes_read += length
        return self._source.read_at(offset, length)


class CopcFile:
    """An opened COPC file. ``low`` (3,) and ``side`` are its cube, in the file's units."""

    def __init__(self, source: Source) -> None:
        self.source = Counted(source)
        self.las = read_header(self.source)
        info = self.las.vlr("copc", 1)
        if info is None or len(info) < INFO.size or self.las.point_format not in (6, 7, 8):
            raise KnownError(
                "invalid-arguments",
                f"{source.name} is not COPC, and only COPC can be cut by ranges",
                "make one of it first: python -m processing copc IN OUT.copc.laz",
            )
        values = INFO.unpack_from(info)
        half, self.spacing = float(values[3]), float(values[4])
        self.low = np.array(values[:3]) - half
        self.side = 2 * half
        if not (np.isfinite(self.low).all() and np.isfinite(half) and half > 0 and self.spacing > 0):
            raise KnownError(
                "invalid-header", f"{source.name}: its cube of half-size {half} is none", SEND_AGAIN
            )
        self._root = int(values[5]), int(values[6])
        self._laszip = laszip_record(source, self.las)
        self._layers = layers_of(self._laszip)
        self._head_bytes = chunk_head_bytes(self.las.record_bytes, self._layers)
        self.layout = Layout(
            point_format=self.las.point_format,
            extra_bytes=self.las.record_bytes - RECORD_BYTES[self.las.point_format],
            descriptors=self.las.vlr("LASF_Spec", 4) or b"",
        )

    def cell(self, place: Place) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Answer the corners of a node's cell, in the file's units."""
        side = self.side / 2 ** place[0]
        low = self.low + np.array(place[1:]) * side
        return low, low + side

    def nodes(self, touches: Callable[[Place], bool], deepest: int = MAX_LEVEL) -> list[Node]:
        """List the nodes with points that are touched, by their place in the file; other pages stay unread.

        ``touches`` is asked of every entry whose parent it was true of.
        """
        found: list[Node] = []
        pages, seen, entries = [self._root], set(), 0
        while pages:
            page = pages.pop()
            if page in seen:
                raise self._broken(f"its page at byte {page[0]} leads back to itself")
            seen.add(page)
            for place, offset, size, points in self._page(*page):
                entries += 1
                if place[0] > deepest or not touches(place):
                    continue
                if points == -1:
                    pages.append((offset, size))
                elif points:
                    found.append(self._checked(Node(place=place, offset=offset, size=size, points=points)))
            if entries > MAX_ENTRIES:
                raise self._broken(f"more than {MAX_ENTRIES:,} entries")
        if sum(node.points for node in found) > self.las.points:
            raise self._broken(f"its nodes hold more than the {self.las.points:,} points it declares")
        return sorted(found, key=lambda node: node.offset)

    def _page(self, offset: int, size: int) -> Iterator[tuple[Place, int, int, int]]:
        if size <= 0 or size % ENTRY.size or size > MAX_ENTRIES * ENTRY.size:
            raise self._broken(f"a page of {size} bytes")
        data = self.source.read_at(offset, size)
        if len(data) != size:
            raise self._broken(f"its page at byte {offset} passes the end of the file")
        for level, x, y, z, at, length, points in ENTRY.iter_unpack(data):
            if not (0 <= level <= MAX_LEVEL and min(x, y, z) >= 0 and max(x, y, z) < 2**level):
                raise self._broken(f"an entry {level}-{x}-{y}-{z}")
            yield (level, x, y, z), at, length, points

    def _checked(self, node: Node) -> Node:
        inside = node.size > 0 and node.offset + node.size <= self.source.size
        if not inside or not 0 < node.points <= min(MAX_NODE_POINTS, self.las.points):
            raise self._broken(f"node {node.place} of {node.points} points at byte {node.offset}")
        return node

    def rows(self, nodes: Sequence[Node]) -> Iterator[tuple[Node, Rows]]:
        """Read nodes, listed by their place in the file; whatever lies side by side comes in one request."""
        for batch in batches(nodes):
            start = batch[0].offset
            data = memoryview(self.source.fetch(start, batch[-1].offset + batch[-1].size - start))
            size = self.las.record_bytes
            rows = np.empty((sum(node.points for node in batch), size), np.uint8)
            packed = b"".join(data[node.offset - start : node.offset - start + node.size] for node in batch)
            table = [(node.points, node.size) for node in batch]
            for node in batch if self._layers else ():
                chunk = data[node.offset - start : node.offset - start + node.size]
                check_layers(self.source, bytes(chunk[: self._head_bytes]), node.size, size, self._layers)
            try:
                lazrs.decompress_points_with_chunk_table(
                    packed, self._laszip, rows.reshape(-1), table, _everything()
                )
            except lazrs.LazrsError as error:
                raise KnownError(
                    "corrupt-data", f"{self.source.name} cannot be decoded: {error}", SEND_AGAIN
                ) from error
            at = 0
            for node in batch:
                yield node, rows[at : at + node.points]
                at += node.points

    def _broken(self, what: str) -> KnownError:
        return KnownError("corrupt-data", f"{self.source.name}: its hierarchy is damaged: {what}", SEND_AGAIN)


def batches(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Part nodes, listed by offset, into what one request reads: near each other, and not too many."""
    batch: list[Node] = []
    points = 0
    for node in nodes:
        if batch:
            gap = node.offset - batch[-1].offset - batch[-1].size
            long = node.offset + node.size - batch[0].offset > REQUEST_BYTES
            if gap > WINDOW_BYTES or gap < 0 or long or points + node.points > BATCH_POINTS:
                yield batch
                batch, points = [], 0
        batch.append(node)
        points += node.points
    if batch:
        yield batch


def _everything() -> Any:
    return lazrs.DecompressionSelection(lazrs.SELECTIVE_DECOMPRESS_ALL)
