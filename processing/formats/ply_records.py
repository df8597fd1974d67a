"""Records of a PLY element, compiled: numbers as float64, lists as fans or strips of triangles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processing.formats.obj_tokens import parse_number
from processing.geometry.compiled import compiled

OK, SHORT, BAD_NUMBER, BAD_LIST = 0, 1, 2, 3
CODES = {"i1": 0, "u1": 1, "i2": 2, "u2": 3, "i4": 4, "u4": 5, "f4": 6, "f8": 7}
MAX_CORNERS = 10_000
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
_SIZES = np.array([1, 1, 2, 2, 4, 4, 4, 8], np.int64)


@compiled()
def _word(data: Bytes, at: int, size: int, big: bool) -> np.uint64:
    word = np.uint64(0)
    for k in range(size):
        byte = np.uint64(data[at + (k if big else size - 1 - k)])
        word = (word << np.uint64(8)) | byte
    return word


@compiled()
def _integer(data: Bytes, at: int, code: int, big: bool) -> int:
    size = _SIZES[code]
    value = np.int64(_word(data, at, size, big))
    signed = code == 0 or code == 2 or code == 4
    if signed and value >= (np.int64(1) << np.int64(8 * size - 1)):
        value -= np.int64(1) << np.int64(8 * size)
    return int(value)


@compiled()
def binary_lists(
    data: Bytes, records: int, kinds: Ints, counts: Ints, wanted: int, big: bool, longest: int
) -> tuple[Ints, Ints, int, int, int]:
    """Walk records that hold lists; keep the items of one list property.

    ``kinds`` and ``counts`` are type codes of values and of list counts, -1 for plain numbers. Answers the
    length of each list, all items, how many whole records and bytes were read, and a code. Reading stops
    before a record that is not all there.
    """
    lengths = np.empty(records, np.int64)
    items = np.empty(max(len(data), 1), np.int64)
    filled = 0
    at = 0
    for record in range(records):
        start = at
        kept = 0
        for p in range(len(kinds)):
            size = _SIZES[kinds[p]]
            length = 1
            if counts[p] >= 0:
                if at + _SIZES[counts[p]] > len(data):
                    return lengths[:record], items[:filled], record, start, SHORT
                length = _integer(data, at, counts[p], big)
                at += _SIZES[counts[p]]
                if length < 0 or (p == wanted and length > longest):
                    return lengths[:record], items[:filled], record, start, BAD_LIST
            if at + size * length > len(data):
                return lengths[:record], items[:filled], record, start, SHORT
            if p == wanted:
                for k in range(length):
                    items[filled + k] = _integer(data, at + size * k, kinds[p], big)
                kept = length
            at += size * length
        lengths[record] = kept
        filled += kept
    return lengths, items[:filled], records, at, OK


@compiled()
def text_numbers(data: Bytes, records: int, width: int) -> tuple[npt.NDArray[np.float64], int, int, int]:
    """Read records of ``width`` numbers, one a line; answers them, how many, bytes read, and a code."""
    values = np.empty((records, width), np.float64)
    at = 0
    for record in range(records):
        at, end = _line(data, at)
        if at >= len(data):
            return values, record, at, SHORT
        for k in range(width):
            while at < end and (data[at] == 32 or data[at] == 9):
                at += 1
            value, stop = parse_number(data, at, end)
            if stop == at:
                return values, record, at, BAD_NUMBER
            values[record, k] = value
            at = stop
        at = end
    return values, records, at, OK


@compiled()
def text_lists(
    data: Bytes, records: int, counts: Ints, wanted: int, longest: int
) -> tuple[Ints, Ints, int, int, int]:
    """Read records that hold lists, one a line; answers as ``binary_lists``."""
    lengths = np.empty(records, np.int64)
    items = np.empty(len(data) // 2 + 1, np.int64)
    filled = 0
    at = 0
    for record in range(records):
        at, end = _line(data, at)
        if at >= len(data):
            return lengths[:record], items[:filled], record, at, SHORT
        for p in range(len(counts)):
            length = 1
            if counts[p] >= 0:
                value, stop = parse_number(data, _skip(data, at, end), end)
                if stop == at or not (0 <= value <= longest):
                    return lengths[:record], items[:filled], record, at, BAD_LIST
                length = int(value)
                at = stop
            for k in range(length):
                at = _skip(data, at, end)
                value, stop = parse_number(data, at, end)
                if stop == at or not (abs(value) < 4e9 or p != wanted):
                    return lengths[:record], items[:filled], record, at, BAD_NUMBER
                if p == wanted:
                    items[filled + k] = int(value)
                at = stop
            if p == wanted:
                lengths[record] = length
                filled += length
        at = end
    return lengths, items[:filled], records, at, OK


@compiled()
def _skip(data: Bytes, at: int, end: int) -> int:
    while at < end and (data[at] == 32 or data[at] == 9):
        at += 1
    return at


@compiled()
def _line(data: Bytes, at: int) -> tuple[int, int]:
    """Answer begin and end of the next line that is not blank."""
    while at < len(data) and (data[at] == 10 or data[at] == 13 or data[at] == 32 or data[at] == 9):
        at += 1
    end = at
    while end < len(data) and data[end] != 10 and data[end] != 13:
        end += 1
    return at, end


@compiled()
def fans(lengths: Ints, items: Ints) -> npt.NDArray[np.int64]:
    """Cut polygons into fans: (m, 3)."""
    total = 0
    for length in lengths:
        total += max(length - 2, 0)
    triangles = np.empty((total, 3), np.int64)
    made = 0
    at = 0
    for length in lengths:
        for k in range(1, length - 1):
            triangles[made, 0] = items[at]
            triangles[made, 1] = items[at + k]
            triangles[made, 2] = items[at + k + 1]
            made += 1
        at += length
    return triangles


@compiled()
def strips(items: Ints) -> npt.NDArray[np.int64]:
    """Cut triangle strips, parted by -1, into (m, 3); every other triangle of a strip is turned."""
    triangles = np.empty((len(items), 3), np.int64)
    made = 0
    run = 0
    for at in range(len(items)):
        if items[at] < 0:
            run = 0
            continue
        run += 1
        if run >= 3:
            flip = run % 2 == 0
            triangles[made, 0] = items[at - 1] if flip else items[at - 2]
            triangles[made, 1] = items[at - 2] if flip else items[at - 1]
            triangles[made, 2] = items[at]
            made += 1
    return triangles[:made].copy()
