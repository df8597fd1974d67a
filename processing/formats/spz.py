"""SPZ, compressed 3D Gaussian splats: versions 2 and 3 (one gzip stream) and 4 (a zstd stream each).

Format by Niantic's reference, github.com/nianticlabs/spz, README.md and src/cc/load-spz.cc. Its axes are
right, up and back: Y is up.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import zstandard
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CloudHeader, PointChunk, pieces_of, warning
from processing.formats.splats import colours_of
from processing.room.sources import Source, open_source

CHUNK_POINTS = 262_144
MAGIC = b"NGSP"
HEADER = struct.Struct("<4sIIBBBB")
# Version 4 says where its table of streams begins, and keeps twelve bytes.
LONG_HEADER_BYTES, TABLE_AT = 32, 16
STREAM = struct.Struct("<QQ")
# Coefficients of spherical harmonics a splat, by their degree.
HARMONICS = {0: 0, 1: 9, 2: 24, 3: 45, 4: 72}
POSITION_BYTES, ALPHA_BYTES, COLOUR_BYTES, SCALE_BYTES = 9, 1, 3, 3
COLOUR_SCALE = 0.15
PIECE_BYTES = 1 << 20
# The windows that zstd may claim: those of its own highest levels.
MOST_WINDOW_BYTES = 128 << 20
# Real splats are packed to a half or a third. What claims more than this is made to fill memory.
MOST_RATIO = 100
Take = Callable[[int], bytes]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What the header says."""

    version: int
    points: int
    degree: int
    fractional_bits: int
    table_at: int
    streams: int

    @property
    def rest_bytes(self) -> int:
        """Bytes a splat behind its colour: scales, rotation, harmonics."""
        rotation = 4 if self.version >= 3 else 3
        return SCALE_BYTES + rotation + HARMONICS[self.degree]


class SpzReader:
    """The splats of one SPZ file as points: their centres in metres, Z up; colour; opacity as intensity."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        self._declared = self._head()
        self._first = _attributes(source, self._declared)
        self.header = CloudHeader(
            format="spz",
            points=self._declared.points,
            attributes=("x", "y", "z", "red", "green", "blue", "opacity", "scale", "rotation", "harmonics"),
            warnings=(warning("assumed-units", "SPZ does not say its unit; metres were assumed"),),
            details={"version": self._declared.version, "harmonics_degree": self._declared.degree},
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Answer every splat; with ``everything`` the file is also read to its end."""
        if everything:
            _check_rest(self._source, self._declared)
        positions, alphas, colours = self._first
        for start, count in pieces_of(self._declared.points, CHUNK_POINTS):
            place = slice(start, start + count)
            yield PointChunk(
                xyz=self._places(positions[place]),
                rgb=colours_of((colours[place] / 255 - 0.5) / COLOUR_SCALE),
                intensity=alphas[place].astype(np.uint16) * 257,
            )

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Answer every so many splats: all positions are in one stream, read already."""
        every = max(1, self._declared.points // max(1, points))
        for chunk in self.chunks():
            yield chunk.where(slice(None, None, every))

    def _places(self, fixed: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Turn three signed 24-bit numbers a splat (n, 9) into metres (n, 3), Z up."""
        wide = np.zeros((len(fixed), 3, 4), np.uint8)
        wide[:, :, 1:] = fixed.reshape(-1, 3, 3)
        # In the upper three bytes of 32 bits the sign is where it belongs.
        steps = wide.view("<i4")[:, :, 0] >> 8
        x, y, z = (steps / (1 << self._declared.fractional_bits)).T
        return np.stack([x, -z, y], axis=1)

    def _head(self) -> Declared:
        head = self._source.read_at(0, LONG_HEADER_BYTES)
        long = head.startswith(MAGIC)
        if not long:
            head = _gunzipped(self._source)(HEADER.size)
        if len(head) < (LONG_HEADER_BYTES if long else HEADER.size):
            raise KnownError("truncated", f"{self._source.name} ends inside its header", "send it again")
        magic, version, points, degree, bits, _, streams = HEADER.unpack_from(head)
        name = self._source.name
        if magic != MAGIC:
            raise KnownError(
                "invalid-header", f"{name} is named .spz, and holds something else", "export it again"
            )
        if not (version == 4 if long else version in (2, 3)):
            raise KnownError(
                "unsupported-format", f"{name} is SPZ version {version}", "save it with version 2, 3 or 4"
            )
        if degree not in HARMONICS or bits > 23:
            text = f"{name} declares harmonics of degree {degree} and {bits} fractional bits"
            raise KnownError("invalid-header", text, "export it again")
        table_at = struct.unpack_from("<I", head, TABLE_AT)[0] if long else 0
        declared = Declared(
            version=version,
            points=points,
            degree=degree,
            fractional_bits=bits,
            table_at=table_at,
            streams=streams,
        )
        self._check_count(declared)
        return declared

    def _check_count(self, declared: Declared) -> None:
        if declared.points == 0:
            raise KnownError("empty-result", f"{self._source.name} declares no splats", "export it again")
        each = POSITION_BYTES + ALPHA_BYTES + COLOUR_BYTES + declared.rest_bytes
        if declared.points * each > self._source.size * MOST_RATIO:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {declared.points:,} splats in {self._source.size:,} bytes, "
                f"less than {MOST_RATIO} times packed",
                "the copy was cut off, or the header is damaged; send it again",
            )


def _attributes(
    source: Source, declared: Declared
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Read positions (n, 9), alphas (n,) and colours (n, 3): 13 bytes a splat are kept."""
    takes = _takes(source, declared)
    widths = (POSITION_BYTES, ALPHA_BYTES, COLOUR_BYTES)
    found = [
        np.frombuffer(_exactly(source, take, declared.points * width), np.uint8)
        for take, width in zip(takes, widths, strict=False)
    ]
    return found[0].reshape(-1, 9), found[1], found[2].reshape(-1, 3)


def _check_rest(source: Source, declared: Declared) -> None:
    """Read all streams as far as declared: all that must be there; what follows is passed over."""
    takes = _takes(source, declared)
    rest = declared.rest_bytes
    widths = [POSITION_BYTES, ALPHA_BYTES, COLOUR_BYTES]
    widths += [rest] if declared.version < 4 else [SCALE_BYTES, 4, HARMONICS[declared.degree]]
    for take, width in zip(takes, widths, strict=False):
        left = declared.points * width
        while left:
            left -= len(_exactly(source, take, min(left, PIECE_BYTES)))


def _takes(source: Source, declared: Declared) -> list[Take]:
    """Where each attribute's bytes are to be had, in order; of versions before 4 it is one and the same."""
    if declared.version < 4:
        take = _gunzipped(source)
        take(HEADER.size)
        return [take] * 4
    wanted = 6 if HARMONICS[declared.degree] else 5
    table = source.read_at(declared.table_at, declared.streams * STREAM.size)
    if declared.streams < wanted or len(table) < declared.streams * STREAM.size:
        text = f"{source.name} names {declared.streams} streams, {wanted} are needed"
        raise KnownError("invalid-header", text, "the copy was cut off; send it again")
    takes, at = [], declared.table_at + len(table)
    for packed, _ in STREAM.iter_unpack(table):
        if at + packed > source.size:
            text = f"{source.name} ends before the end of its streams"
            raise KnownError("truncated", text, "the copy was cut off; send it again")
        takes.append(_unpacked(source, at))
        at += packed
    return takes


def _exactly(source: Source, take: Take, size: int) -> bytes:
    data = take(size)
    if len(data) < size:
        text = f"{source.name}: a stream ends {size - len(data):,} bytes before what is declared"
        raise KnownError("truncated", text, "the copy was cut off; send it again")
    return data


def _gunzipped(source: Source) -> Take:
    """A stream's bytes, as many as asked for and no more, however many are packed into how few."""
    unpack = zlib.decompressobj(wbits=31)
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        made = bytearray()
        while len(made) < size and not unpack.eof:
            packed = unpack.unconsumed_tail
            if not packed:
                packed = source.read_at(at, PIECE_BYTES)
                at += len(packed)
            try:
                more = unpack.decompress(packed, size - len(made))
            except zlib.error as error:
                raise KnownError("corrupt-data", f"{source.name}: {error}", "send it again") from error
            if not more and not packed:
                break
            made += more
        return bytes(made)

    return take


def _unpacked(source: Source, start: int) -> Take:
    """The same of the zstd stream that begins here; it knows its own end."""
    opened = open_source(source)
    opened.seek(start)
    reader = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW_BYTES).stream_reader(opened)

    def take(size: int) -> bytes:
        made = bytearray()
        try:
            while len(made) < size and (more := reader.read(min(size - len(made), PIECE_BYTES))):
                made += more
        except zstandard.ZstdError as error:
            raise KnownError("corrupt-data", f"{source.name}: {error}", "send it again") from error
        return bytes(made)

    return take
