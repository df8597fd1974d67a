"""Point records of LAS 1.4 formats 6, 7 and 8, and how records of formats 0 to 10 become them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.formats.las_header import RECORD_BYTES

Rows = NDArray[np.uint8]
# Scan angles of formats 6-10 count 0.006 degrees, those of 0-5 whole degrees (LAS 1.4 R15, table 15).
ANGLE_STEP_DEG = 0.006
_TIME_OFFSET = {1: 20, 3: 20, 4: 20, 5: 20}
_COLOUR_OFFSET = {2: 20, 3: 28, 5: 28}
_CORE = [
    ("xyz", "<i4", 3),
    ("intensity", "<u2"),
    ("returns", "u1"),
    ("flags", "u1"),
    ("classification", "u1"),
    ("user_data", "u1"),
    ("scan_angle", "<i2"),
    ("source_id", "<u2"),
    ("gps_time", "<f8"),
]
EXTRA_BYTES = 192
# LAS 1.4 R15 table 25: codes of plain types.
_TYPE_CODES = {"u1": 1, "i1": 2, "u2": 3, "i2": 4, "u4": 5, "i4": 6, "u8": 7, "i8": 8, "f4": 9, "f8": 10}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A record: point format 6, 7 or 8, and descriptors of the extra bytes that follow (192 bytes each)."""

    point_format: int
    extra_bytes: int = 0
    descriptors: bytes = b""

    @property
    def core_bytes(self) -> int:
        """Length without extra bytes."""
        return RECORD_BYTES[self.point_format]

    @property
    def record_bytes(self) -> int:
        """Length of a record."""
        return self.core_bytes + self.extra_bytes

    @property
    def dtype(self) -> np.dtype[Any]:
        """Fields of the core; extra bytes lie behind them, unnamed."""
        fields: list[Any] = list(_CORE)
        fields += [("rgb", "<u2", 3)] if self.point_format >= 7 else []
        fields += [("nir", "<u2")] if self.point_format == 8 else []
        fields += [("extra", "u1", self.extra_bytes)] if self.extra_bytes else []
        return np.dtype(fields)

    def empty(self, points: int) -> tuple[Rows, NDArray[Any]]:
        """Make rows of zeros (n, record_bytes), and the same memory by fields."""
        rows = np.zeros((points, self.record_bytes), np.uint8)
        return rows, rows.reshape(-1).view(self.dtype)


def format_for(point_format: int) -> int:
    """Choose the modern format that holds all of a format, waves apart."""
    if point_format in (8, 10):
        return 8
    return 7 if point_format in (2, 3, 5, 7) else 6


def has_time(point_format: int) -> bool:
    """Say whether a point format has GPS times."""
    return point_format >= 6 or point_format in _TIME_OFFSET


def fill_core(old: Rows, point_format: int, new: NDArray[Any]) -> None:
    """Carry everything but extra bytes and wave packets of records (n, bytes) into fields of a layout."""
    if point_format >= 6:
        _same(old, point_format, new)
        return
    new["xyz"], new["intensity"] = _field(old, 0, "<i4", 3), _field(old, 12, "<u2")
    bits, classes = old[:, 14], old[:, 15]
    new["returns"] = (bits & 7) | ((bits >> 3 & 7) << 4)
    # Synthetic, key point and withheld move from the class byte; scan direction and edge keep their place.
    new["flags"] = (classes >> 5) | (bits & 0xC0)
    new["classification"] = classes & 0x1F
    new["user_data"] = old[:, 17]
    new["scan_angle"] = np.round(old[:, 16].view(np.int8) / ANGLE_STEP_DEG)
    new["source_id"] = _field(old, 18, "<u2")
    if point_format in _TIME_OFFSET:
        new["gps_time"] = _field(old, _TIME_OFFSET[point_format], "<f8")
    if point_format in _COLOUR_OFFSET:
        new["rgb"] = _field(old, _COLOUR_OFFSET[point_format], "<u2", 3)


def _same(old: Rows, point_format: int, new: NDArray[Any]) -> None:
    dtype = np.dtype(list(_CORE))
    core = np.ascontiguousarray(old[:, : dtype.itemsize]).reshape(-1).view(dtype)
    for name in dtype.names or ():
        new[name] = core[name]
    if point_format in (7, 8, 10):
        new["rgb"] = _field(old, 30, "<u2", 3)
    if point_format in (8, 10):
        new["nir"] = _field(old, 36, "<u2")


def _field(rows: Rows, offset: int, form: str, width: int = 1) -> NDArray[Any]:
    size = np.dtype(form).itemsize * width
    values = np.ascontiguousarray(rows[:, offset : offset + size]).view(form)
    return values if width > 1 else values[:, 0]


def kept_descriptors(descriptors: bytes, extra_bytes: int) -> bytes:
    """Answer descriptors of all extra bytes, in plain form, unused names filled in.

    Minima and maxima are struck out: writers put sentinels there that stop copc.js, and with it every viewer
    built on it. So do the deprecated pairs and triples, which become two or three numbers of their own. Bytes
    without a descriptor get one as undocumented bytes, so that readers find the rest.
    """
    kept = bytearray()
    covered = 0
    for at in range(0, len(descriptors) - EXTRA_BYTES + 1, EXTRA_BYTES):
        one = bytearray(descriptors[at : at + EXTRA_BYTES])
        size = _described_bytes(one)
        if size is None or covered + size > extra_bytes:
            break
        covered += size
        if one[2]:  # options of undocumented bytes are their count
            one[3] &= ~0b110
            one[64:112] = bytes(48)
        kept += b"".join(_parted(one))
    while covered < extra_bytes:
        size = min(255, extra_bytes - covered)
        kept += descriptor(f"undocumented {covered}", 0, size)
        covered += size
    return bytes(kept)


def _parted(one: bytearray) -> list[bytes]:
    """Write a pair or triple (codes 11-30) as numbers called ``name[0]``, ``name[1]``, …"""
    if one[2] <= 10:
        return [bytes(one)]
    code, count = (one[2] - 1) % 10 + 1, 1 + (one[2] - 1) // 10
    name = one[4:36].split(b"\0", 1)[0][:29]
    parts = []
    for i in range(count):
        part = bytearray(one)
        part[2], part[4:36] = code, (name + b"[%d]" % i).ljust(32, b"\0")
        # No data, least, most, scale, offset: three values of eight bytes each; a number has the first.
        for at in range(40, 160, 24):
            part[at : at + 24] = bytes(one[at + 8 * i : at + 8 * i + 8]).ljust(24, b"\0")
        parts.append(bytes(part))
    return parts


def _described_bytes(one: bytearray) -> int | None:
    if one[2] == 0:
        return one[3]
    sizes = (1, 1, 2, 2, 4, 4, 8, 8, 4, 8)
    # Codes 11-30 are pairs and triples of 1-10, deprecated but met.
    return None if one[2] > 30 else sizes[(one[2] - 1) % 10] * (1 + (one[2] - 1) // 10)


def descriptor(name: str, code: int, options: int = 0) -> bytes:
    """Write one descriptor (LAS 1.4 R15, table 24)."""
    return struct.pack("<HBB32s156x", 0, code, options, name.encode()[:32])


def plain_descriptor(name: str, dtype: np.dtype[Any]) -> bytes:
    """Describe a plain number."""
    return descriptor(name, _TYPE_CODES[dtype.str[1:]])
