"""E57 (ASTM E2807): every scan streamed through libe57, its pose applied and kept as a station."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pye57 import libe57

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudHeader, PointChunk, warning
from processing.formats.e57_pictures import pictures_of, read_through
from processing.formats.e57_scan import Filling, Scan
from processing.room.sources import Source, materialise

MAX_XML_BYTES = 256 << 20
PAGE_BYTES = 1024
CHECKSUM_BYTES = 4
# About 2 MiB, still in the processor's cache when it is turned into points.
READ_POINTS = 65_536
# libe57 hands lengths of a damaged section to the allocator, and quotes its bytes where it complains.
DAMAGED = (libe57.E57Exception, UnicodeDecodeError, MemoryError)


class E57Reader:
    """One E57 file; libe57 needs a path, so a ranged input is copied into the work folder first.

    libe57 holds every page it reads against its checksum (its own default).
    """

    def __init__(self, source: Source, folder: Path) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        _check_file(source)
        try:
            self._file = libe57.ImageFile(str(materialise(source, folder)), "r")
            root = self._file.root()
            data3d = root["data3D"] if root.isDefined("data3D") else []
            self._scans = [Scan(data3d[i], i) for i in range(len(data3d))]
            pictures, self._blobs = pictures_of(root)
            crs = root["coordinateMetadata"].value() if root.isDefined("coordinateMetadata") else ""
        except DAMAGED as error:
            raise self._damaged(error) from error
        self._check_scans()
        self.header = self._header(pictures, str(crs).strip())

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every valid point of every scan, in the file's common frame."""
        self.findings = []
        for scan in self._scans:
            yield from self._of_scan(scan, everything=everything)
        if everything:
            self._read_pictures()
        for scan in self._scans:
            self.findings += scan.intensity.findings() if scan.intensity is not None else []

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Keep every n-th point: libe57 cannot seek among points, so that all of them are read."""
        total = sum(scan.count for scan in self._scans)
        every = max(1, total // max(1, points))
        for scan in self._scans:
            for chunk in self._of_scan(scan, everything=False):
                yield chunk.where(slice(None, None, every))

    def _of_scan(self, scan: Scan, *, everything: bool) -> Iterator[PointChunk]:
        if scan.count == 0:
            return
        if scan.intensity is not None:
            scan.intensity.clipped = 0
        capacity = min(READ_POINTS, scan.count)
        arrays: dict[str, NDArray[Any]] = {
            name: np.zeros(capacity, scan.fields[name]) for name in scan.wanted(everything=everything)
        }
        filling: Filling | None = None
        read = 0
        try:
            buffers = libe57.VectorSourceDestBuffer()
            for name, array in arrays.items():
                buffers.append(libe57.SourceDestBuffer(self._file, name, array, capacity, True, True))
            reader = scan.points.reader(buffers)
            while got := int(reader.read()):
                if filling is not None and not filling.has_room(got):
                    yield filling.points()
                    filling = None
                if filling is None:
                    filling = Filling(scan, min(CHUNK_POINTS, scan.count - read), everything=everything)
                filling.take({name: array[:got] for name, array in arrays.items()})
                read += got
            if filling is not None:
                yield filling.points()
            reader.close()
        except DAMAGED as error:
            raise self._damaged(error) from error
        if read != scan.count:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name}: a scan declares {scan.count:,} points, {read:,} were there",
            )

    def _read_pictures(self) -> None:
        """A damaged picture does not make the points worthless: it is said, and the file is read."""
        for blob in self._blobs:
            try:
                read_through(blob)
            except DAMAGED as error:
                text = f"an embedded picture is damaged: {_first_line(error)}"
                self.findings.append(warning("picture-damaged", text))

    def _check_scans(self) -> None:
        if not self._scans or not sum(scan.count for scan in self._scans):
            raise KnownError(
                "empty-result", f"{self._source.name} holds no points", "export it with its scans"
            )
        for scan in self._scans:
            if scan.coordinates is None and scan.count:
                raise KnownError(
                    "unsupported-format",
                    f"{self._source.name}: scan {scan.station.name!r} has no Cartesian or spherical points",
                    "export it again with all three coordinates",
                )
            # Every point is a bit at least where it is stored at all.
            if scan.count > self._source.size * 8 and len(scan.fields) > 0:
                raise KnownError(
                    "count-mismatch",
                    f"{self._source.name}: a scan declares {scan.count:,} points in "
                    f"{self._source.size:,} bytes",
                    "export it again",
                )

    def _header(self, pictures: list[dict[str, Any]], crs: str) -> CloudHeader:
        names = sorted({name for scan in self._scans for name in scan.fields})
        notes = []
        if pictures:
            text = f"{len(pictures)} embedded pictures are kept in the original and listed, not shown"
            notes.append(warning("pictures-not-shown", text))
        empty = [scan.station.name for scan in self._scans if not scan.count]
        if empty:
            text = f"{len(empty)} stations hold no points: {', '.join(empty[:5])}"
            notes.append(warning("empty-stations", text))
        extra: dict[str, np.dtype[Any]] = {}
        for scan in self._scans:
            for name, dtype in scan.extra.items():
                extra[name] = np.promote_types(extra.get(name, dtype), dtype)
        return CloudHeader(
            format="e57",
            points=sum(scan.count for scan in self._scans),
            attributes=tuple(names),
            crs_text=crs or None,
            units="metre",
            stations=tuple(scan.station for scan in self._scans),
            warnings=tuple(notes),
            extra=extra,
            details={"pictures": pictures},
        )

    def _damaged(self, error: Exception) -> KnownError:
        return KnownError(
            "corrupt-data",
            f"{self._source.name} cannot be read: {_first_line(error)}",
            "export or send it again",
        )


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


def _check_file(source: Source) -> None:
    """Check the 48-byte header against the file, and the XML for entities, before libe57 sees either."""
    head = source.read_at(0, 48)
    if len(head) < 48:
        raise KnownError("truncated", f"{source.name} ends inside its header", "send it again")
    major, minor, size, xml_at, xml_bytes, page = struct.unpack_from("<IIQQQQ", head, 8)
    if (major, minor) != (1, 0) or page != PAGE_BYTES:
        raise KnownError("invalid-header", f"{source.name} says it is E57 {major}.{minor}; 1.0 exists")
    if size != source.size:
        raise KnownError(
            "truncated",
            f"{source.name} says it has {size:,} bytes, it has {source.size:,}",
            "the copy was cut off; send it again",
        )
    if xml_at + xml_bytes > size or xml_bytes > MAX_XML_BYTES:
        raise KnownError("invalid-header", f"{source.name}: its XML of {xml_bytes:,} bytes passes the end")
    text = _logical(source, xml_at, xml_bytes)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise KnownError("invalid-header", f"{source.name}: its XML declares entities, which E57 never does")
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or b"\0" in text:
        raise KnownError("invalid-header", f"{source.name}: its XML is not UTF-8 text")


def _logical(source: Source, at: int, length: int) -> bytes:
    """Read bytes as they are between the checksums at the end of every page."""
    first = at - at % PAGE_BYTES
    payload = PAGE_BYTES - CHECKSUM_BYTES
    pages = -(-(at - first + length) // payload)
    raw = source.read_at(first, pages * PAGE_BYTES)
    text = b"".join(raw[page : page + payload] for page in range(0, len(raw), PAGE_BYTES))
    return text[at - first : at - first + length]
