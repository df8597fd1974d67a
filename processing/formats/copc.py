"""Writes COPC 1.0: header, records and hierarchy by our own bytes, chunks by lazrs.

https://copc.io (specification 1.0); LAS 1.4 R15. A node is one LAZ chunk; empty ancestors are listed too,
since readers descend only where the parent has an entry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import lazrs
import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.las_header import Vlr
from processing.formats.las_rows import Layout, Rows

Place = tuple[int, int, int, int]
MEDIA_TYPE = "application/vnd.laszip+copc"
HEADER = struct.Struct("<4sHH16sBB32s32sHHHIIBHI5I12dQQIQ15Q")
INFO = struct.Struct("<5d2Q2d11Q")
ENTRY = struct.Struct("<iiiiQii")
# lazrs works on a whole batch at once and holds it twice.
BATCH_POINTS = 500_000
MAX_VLR_BYTES = 65_535
# One page of 64 kB is read at once; below this, pages would only cost requests.
PAGE_ENTRIES = 2_000
PAGE_LEVELS = 4


@dataclass(frozen=True, kw_only=True)
class Head:
    """What the header says: scale and offset (3,) of the integers, the cube, the WKT, further records."""

    layout: Layout
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    cube_low: NDArray[np.float64]
    side: float
    spacing: float
    wkt: str | None = None
    gps_standard: bool = False
    others: tuple[Vlr, ...] = ()


class Totals:
    """Bounds, returns and times of all points written: the header must tell the truth."""

    def __init__(self) -> None:
        self.points = 0
        self.low = np.full(3, 2**31 - 1, np.int64)
        self.high = np.full(3, -(2**31), np.int64)
        self.returns = np.zeros(16, np.int64)
        self.time = np.array([np.inf, -np.inf])


class CopcWriter:
    """Takes nodes in any order, each once; ``close`` writes hierarchy and header."""

    def __init__(self, path: Path, head: Head) -> None:
        self._head, self._path = head, path
        self._nodes: list[tuple[Place, int]] = []
        self._batch: list[memoryview] = []
        self._waiting = 0
        self._file = path.open("w+b")
        self._laszip = lazrs.LazVlr.new_for_compression(
            head.layout.point_format, head.layout.extra_bytes, True
        )
        self._long = [one for one in head.others if len(one.data) > MAX_VLR_BYTES]
        self._records = self._first_records()
        self._base = HEADER.size + sum(len(record) for record in self._records)
        self._file.write(bytes(HEADER.size) + b"".join(self._records))
        self._compressor = lazrs.ParLasZipCompressor(self._file, self._laszip)
        self._compressor.reserve_offset_to_chunk_table()

    def put(self, place: Place, rows: Rows) -> None:
        """Write one node: records (n, record_bytes), at least one."""
        self._nodes.append((place, len(rows)))
        self._batch.append(np.ascontiguousarray(rows).reshape(-1).data)
        self._waiting += len(rows)
        if self._waiting >= BATCH_POINTS:
            self.flush()

    def close(self, totals: Totals) -> int:
        """Finish the file; answer its size in bytes."""
        self.flush()
        self._compressor.done()
        self._file.flush()
        self._file.seek(self._base)
        table = lazrs.read_chunk_table(self._file, self._laszip)
        if [count for count, _ in table] != [count for _, count in self._nodes]:
            raise KnownError("internal", f"{len(table)} chunks were written for {len(self._nodes)} nodes")
        entries, at = {}, self._base + 8
        for (place, count), (_, size) in zip(self._nodes, table, strict=True):
            entries[place] = (at, size, count)
            at += size
        evlr_at = self._file.seek(0, 2)
        pages, root_bytes = hierarchy(with_ancestors(entries), evlr_at + 60)
        self._file.write(_evlr("copc", 1000, pages, "COPC hierarchy"))
        for one in self._long:
            self._file.write(_evlr(one.user_id, one.record_id, one.data, one.description))
        size = self._file.tell()
        self._records[0] = _vlr("copc", 1, self._info(totals, evlr_at + 60, root_bytes), "COPC info")
        self._file.seek(0)
        self._file.write(self._header(totals, evlr_at) + self._records[0])
        self._file.close()
        return size

    def abandon(self) -> None:
        """After a failure: leave no half a file. Does nothing once the file is whole."""
        if not self._file.closed:
            self._file.close()
            self._path.unlink(missing_ok=True)

    def flush(self) -> None:
        """Compress what waits, so that its memory may go."""
        if self._batch:
            self._compressor.compress_chunks(self._batch)
            self._batch, self._waiting = [], 0

    def _first_records(self) -> list[bytes]:
        head = self._head
        records = [_vlr("copc", 1, bytes(INFO.size), "COPC info")]
        records.append(_vlr("laszip encoded", 22204, bytes(self._laszip.record_data()), "lazrs"))
        if head.wkt is not None:
            records.append(_vlr("LASF_Projection", 2112, head.wkt.encode() + b"\0", "WKT"))
        if head.layout.descriptors:
            records.append(_vlr("LASF_Spec", 4, head.layout.descriptors, "extra bytes"))
        short = [one for one in head.others if len(one.data) <= MAX_VLR_BYTES]
        records += [_vlr(one.user_id, one.record_id, one.data, one.description) for one in short]
        return records

    def _info(self, totals: Totals, root_at: int, root_bytes: int) -> bytes:
        head = self._head
        centre = head.cube_low + head.side / 2
        times = totals.time if totals.time[0] <= totals.time[1] else (0.0, 0.0)
        return INFO.pack(*centre, head.side / 2, head.spacing, root_at, root_bytes, *times, *[0] * 11)

    def _header(self, totals: Totals, evlr_at: int) -> bytes:
        head = self._head
        low = totals.low * head.scale + head.offset
        high = totals.high * head.scale + head.offset
        bounds = [value for pair in zip(high, low, strict=True) for value in pair]
        encoding = 0x10 | int(head.gps_standard)
        names = b"Heritwin", b"Heritwin copc"
        layout = head.layout
        identity = (b"LASF", 0, encoding, bytes(16), 1, 4, *names, 0, 0, HEADER.size, self._base)
        records = (len(self._records), layout.point_format | 0x80, layout.record_bytes, *[0] * 6)
        counts = (0, evlr_at, 1 + len(self._long), totals.points, *totals.returns[1:].tolist())
        return HEADER.pack(*identity, *records, *head.scale, *head.offset, *bounds, *counts)


def _vlr(user_id: str, record_id: int, data: bytes, description: str) -> bytes:
    names = user_id.encode("latin-1"), description.encode("latin-1", "replace")
    return struct.pack("<H16sHH32s", 0, names[0], record_id, len(data), names[1]) + data


def _evlr(user_id: str, record_id: int, data: bytes, description: str) -> bytes:
    names = user_id.encode("latin-1"), description.encode("latin-1", "replace")
    return struct.pack("<H16sHQ32s", 0, names[0], record_id, len(data), names[1]) + data


def with_ancestors(entries: dict[Place, tuple[int, int, int]]) -> dict[Place, tuple[int, int, int]]:
    """Add entries of no points for nodes that only have some below."""
    full = dict(entries)
    for level, x, y, z in entries:
        for up in range(1, level + 1):
            full.setdefault((level - up, x >> up, y >> up, z >> up), (0, 0, 0))
    return full


def hierarchy(entries: dict[Place, tuple[int, int, int]], start: int) -> tuple[bytes, int]:
    """Write all pages, to stand at byte ``start``; answer them and the root page's length.

    Pages are cut every few levels, and only once there are many entries.
    """
    levels = PAGE_LEVELS if len(entries) > PAGE_ENTRIES else 64
    pages: dict[Place, list[Place]] = {}
    for place in sorted(entries):
        pages.setdefault(_page_of(place, levels), []).append(place)
    links = {root: _page_of(_above(root), levels) for root in pages if root[0]}
    held = {root: len(places) for root, places in pages.items()}
    for above in links.values():
        held[above] += 1
    at, places = start, {}
    for root in sorted(pages):
        places[root] = (at, held[root] * ENTRY.size)
        at += held[root] * ENTRY.size
    written = []
    for root in sorted(pages):
        rows = [ENTRY.pack(*place, *entries[place]) for place in pages[root]]
        below = sorted(child for child, above in links.items() if above == root)
        rows += [ENTRY.pack(*child, *places[child], -1) for child in below]
        written.append(b"".join(rows))
    return b"".join(written), places[0, 0, 0, 0][1]


def _page_of(place: Place, levels: int) -> Place:
    up = place[0] % levels
    return place[0] - up, place[1] >> up, place[2] >> up, place[3] >> up


def _above(place: Place) -> Place:
    return place[0] - 1, place[1] >> 1, place[2] >> 1, place[3] >> 1


def kept_records(vlrs: Iterable[Vlr], *, crs_is_written: bool) -> tuple[Vlr, ...]:
    """Choose which records of a source live on: not another COPC's, nor those written anew, nor waves.

    What a file says of its CRS is written anew as WKT; where that could not be done it stays as it was.
    """
    anew = {("LASF_Spec", 4), ("LASF_Spec", 65535)} | {("LASF_Spec", n) for n in range(100, 355)}
    gone = {"copc", "laszip encoded"} | ({"LASF_Projection", "liblas"} if crs_is_written else set())
    return tuple(one for one in vlrs if one.user_id not in gone and (one.user_id, one.record_id) not in anew)
