"""The LAS 1.0-1.4 header, checked against the file before anything is allocated (ASPRS LAS 1.4 R15)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.room.sources import Source

# Least record length by point format (LAS 1.4 R15, tables 7-26).
RECORD_BYTES = (20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67)
RGB_OFFSET = {2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30}
MAX_VLRS = 100_000
MAX_VLR_BYTES = 64 << 20
HEADER_BYTES = {(1, 0): 227, (1, 1): 227, (1, 2): 227, (1, 3): 235, (1, 4): 375}


@dataclass(frozen=True, kw_only=True)
class Vlr:
    """One variable length record."""

    user_id: str
    record_id: int
    data: bytes
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class LasHeader:
    """A checked header. ``scale`` and ``offset`` (3,) turn integers into file units."""

    version: tuple[int, int]
    point_format: int
    record_bytes: int
    points: int
    offset_to_points: int
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    bounds: NDArray[np.float64]
    compressed: bool
    wkt_flag: bool
    gps_standard: bool
    vlrs: tuple[Vlr, ...]
    vlr_count_lies: bool
    # Kind and text of what is odd and does not stop reading.
    oddities: tuple[tuple[str, str], ...] = ()

    def vlr(self, user_id: str, record_id: int) -> bytes | None:
        """Find the data of the first record with these ids."""
        found = (v.data for v in self.vlrs if v.user_id == user_id and v.record_id == record_id)
        return next(found, None)


def read_header(source: Source) -> LasHeader:
    """Read and check the header, the VLRs and the EVLRs."""
    head = source.read_at(0, 375)
    version = _version(source, head)
    offset_to_points, vlr_count = struct.unpack_from("<II", head, 96)
    header_bytes = struct.unpack_from("<H", head, 94)[0]
    point_format, record_bytes = head[104] & 0x3F, struct.unpack_from("<H", head, 105)[0]
    points = old_points = struct.unpack_from("<I", head, 107)[0]
    if version == (1, 4):
        points = struct.unpack_from("<Q", head, 247)[0] or points
    compressed = bool(head[104] & 0xC0)
    scale = np.frombuffer(head, "<f8", 3, 131).astype(np.float64)
    offset = np.frombuffer(head, "<f8", 3, 155).astype(np.float64)
    box = np.frombuffer(head, "<f8", 6, 179).astype(np.float64)
    _check_places(source, header_bytes, offset_to_points, point_format, record_bytes)
    _check_grid(source, scale, offset)
    if not compressed:
        _check_count(source, points, record_bytes, offset_to_points)
    vlrs, lies = _vlrs(source, header_bytes, vlr_count, offset_to_points)
    waves, evlr_start, evlrs = _places_behind(head, version)
    _check_waves(source, waves)
    vlrs += _evlrs(source, evlr_start, evlrs)
    oddities = []
    if old_points not in (0, points):
        text = f"{source.name} counts {points:,} points in one place and {old_points:,} in another"
        oddities.append(("counts-disagree", f"{text}; the first was taken"))
    if not compressed:
        oddities += _left_over(source, points, record_bytes, offset_to_points, (waves, evlr_start))
    return LasHeader(
        version=version,
        point_format=point_format,
        record_bytes=record_bytes,
        points=points,
        offset_to_points=offset_to_points,
        scale=scale,
        offset=offset,
        bounds=np.stack([box[1::2], box[0::2]]),
        compressed=compressed,
        wkt_flag=bool(head[6] & 0x10),
        gps_standard=bool(head[6] & 0x01),
        vlrs=tuple(vlrs),
        vlr_count_lies=lies,
        oddities=tuple(oddities),
    )


def _places_behind(head: bytes, version: tuple[int, int]) -> tuple[int, int, int]:
    """Answer where waves kept inside the file begin (0: none), where extended records do, and how many."""
    waves = int(struct.unpack_from("<Q", head, 227)[0]) if version >= (1, 3) and head[6] & 0x02 else 0
    start, count = struct.unpack_from("<QI", head, 235) if version == (1, 4) else (0, 0)
    return waves, int(start) if count else 0, int(count)


def _check_waves(source: Source, start: int) -> None:
    """Waves are not read, but a file that lost some of them is not whole."""
    if not start:
        return
    head = source.read_at(start, 60)
    size = struct.unpack_from("<Q", head, 20)[0] if len(head) == 60 else 0
    if len(head) < 60 or start + 60 + size > source.size:
        raise KnownError("truncated", f"{source.name}: its waveforms pass the end of the file", SEND_AGAIN)


def _left_over(
    source: Source, points: int, record_bytes: int, start: int, behind: tuple[int, ...]
) -> list[tuple[str, str]]:
    """Find whole records that no count speaks of."""
    end = start + points * record_bytes
    stop = min([source.size, *(place for place in behind if place >= end)])
    more = (stop - end) // record_bytes
    if not more:
        return []
    text = f"{source.name} declares {points:,} points, and has room for {more:,} more behind them"
    return [("points-undeclared", f"{text}; only the declared ones were read")]


def _version(source: Source, head: bytes) -> tuple[int, int]:
    if len(head) < 227:
        raise KnownError(
            "truncated", f"{source.name} ends inside its header, at byte {len(head)}", SEND_AGAIN
        )
    version = (head[24], head[25])
    if version not in HEADER_BYTES:
        raise KnownError(
            "invalid-header",
            f"{source.name} says it is LAS {version[0]}.{version[1]}; 1.0 to 1.4 exist",
            "export it again as LAS 1.2 or 1.4",
        )
    if len(head) < HEADER_BYTES[version]:
        raise KnownError(
            "truncated", f"{source.name} ends inside its header, at byte {len(head)}", SEND_AGAIN
        )
    return version


SEND_AGAIN = "the copy was cut off or damaged; export or send it again"


def _check_places(
    source: Source, header_bytes: int, offset_to_points: int, point_format: int, record_bytes: int
) -> None:
    if point_format >= len(RECORD_BYTES):
        raise KnownError("invalid-header", f"{source.name} has point format {point_format}; 0 to 10 exist")
    if record_bytes < RECORD_BYTES[point_format]:
        raise KnownError(
            "invalid-header",
            f"{source.name}: records of {record_bytes} bytes are too short for point format {point_format} "
            f"({RECORD_BYTES[point_format]} bytes)",
        )
    if not 227 <= header_bytes <= offset_to_points:
        raise KnownError("invalid-header", f"{source.name}: points before the header's end", SEND_AGAIN)
    if offset_to_points > source.size:
        raise KnownError(
            "invalid-header",
            f"{source.name}: points should begin at byte {offset_to_points}, the file has {source.size}",
            SEND_AGAIN,
        )


def _check_grid(source: Source, scale: NDArray[np.float64], offset: NDArray[np.float64]) -> None:
    if not (np.isfinite(scale).all() and (scale > 0).all() and np.isfinite(offset).all()):
        raise KnownError(
            "invalid-header",
            f"{source.name}: scale {scale.tolist()} and offset {offset.tolist()} make no coordinates",
            "export it again; scales must be above zero",
        )
    # 2**31 steps of 1 km leave the solar neighbourhood of any site; 2**31 of 1e-12 m are 2 mm.
    if (scale > 1e3).any() or (scale < 1e-12).any() or (np.abs(offset) > 1e12).any():
        raise KnownError(
            "invalid-header",
            f"{source.name}: scale {scale.tolist()} and offset {offset.tolist()} are not believable",
            "export it again",
        )


def _check_count(source: Source, points: int, record_bytes: int, offset_to_points: int) -> None:
    held = (source.size - offset_to_points) // record_bytes
    if points > held:
        raise KnownError(
            "count-mismatch",
            f"{source.name} declares {points:,} points, its bytes hold {held:,}",
            SEND_AGAIN,
        )


def _vlrs(source: Source, start: int, count: int, end: int) -> tuple[list[Vlr], bool]:
    """Read at most what lies before the points; a count that says more is reported, not followed."""
    if count > MAX_VLRS:
        raise KnownError("invalid-header", f"{source.name} declares {count:,} header records")
    found: list[Vlr] = []
    position = start
    for _ in range(count):
        head = source.read_at(position, 54)
        if position + 54 > end or len(head) < 54:
            return found, True
        size = struct.unpack_from("<H", head, 20)[0]
        if position + 54 + size > end:
            return found, True
        found.append(_vlr(head, source.read_at(position + 54, size)))
        position += 54 + size
    return found, False


def _evlrs(source: Source, start: int, count: int) -> list[Vlr]:
    """Read extended records of a bounded size (COPC hierarchies and WKT; waves are skipped)."""
    found: list[Vlr] = []
    position = start
    if count > MAX_VLRS:
        raise KnownError("invalid-header", f"{source.name} declares {count:,} extended records")
    for _ in range(count):
        head = source.read_at(position, 60)
        if len(head) < 60:
            raise KnownError(
                "truncated", f"{source.name}: an extended record should stand at byte {position}", SEND_AGAIN
            )
        size = struct.unpack_from("<Q", head, 20)[0]
        if position + 60 + size > source.size:
            raise KnownError(
                "truncated",
                f"{source.name}: an extended record of {size:,} bytes at byte {position} passes the end",
                SEND_AGAIN,
            )
        if size <= MAX_VLR_BYTES:
            found.append(_vlr(head, source.read_at(position + 60, size)))
        position += 60 + size
    return found


def _vlr(head: bytes, data: bytes) -> Vlr:
    user_id = head[2:18].split(b"\0", 1)[0].decode("latin-1")
    description = head[-32:].split(b"\0", 1)[0].decode("latin-1")
    return Vlr(
        user_id=user_id,
        record_id=struct.unpack_from("<H", head, 18)[0],
        data=data,
        description=description,
    )
