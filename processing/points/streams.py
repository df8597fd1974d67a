"""The nodes of a chunk as compressed vertex streams, in one compiled pass over each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.colour import SHORT16_FROM_SRGB8
from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS
from processing.geometry.vertex_codec import BLOCK, HEADER, encode_column, most_bytes, write_tail, zigzag
from processing.points.packing import cell_of

# A row of the table: start and end of each stream, then the lowest and the highest drawn steps (3 + 3).
POSITIONS, COLOURS, INTENSITIES, CLASSES = 0, 2, 4, 6
LOWEST, HIGHEST, TABLE_WIDTH = 8, 11, 14
# Bytes of a row: 3 x 16 bits and two of padding (wide: 3 x float32); 3 x 16 bits and two of padding; 16 bits,
# and 8 bits, both padded to four.
WIDTHS = (8, 8, 4, 4)
WIDE = 12


@compiled()
def room_for(starts: NDArray[np.int64], low: int, high: int) -> int:
    """Answer how many bytes the streams of nodes ``low`` … ``high`` may take at worst."""
    total = 0
    for node in range(low, high):
        points = starts[node + 1] - starts[node]
        total += most_bytes(points, WIDE) + most_bytes(points, 8) + 2 * most_bytes(points, 4)
    return total


@compiled()
def encode_nodes(
    records: NDArray[np.uint64],
    starts: NDArray[np.int64],
    low: int,
    high: int,
    coarser: NDArray[np.int64],
    widths: NDArray[np.int64],
    bits: int,
    wanted: NDArray[np.bool_],
    linear: NDArray[np.uint16],
    out: NDArray[np.uint8],
    table: NDArray[np.int64],
) -> None:
    """Encode nodes ``low`` … ``high`` behind each other; the records of node i begin at ``starts[i]``.

    ``coarser`` (nodes,) says by how many bits cells are coarsened, ``widths`` (nodes,) how many bits of them
    are then told: 16, or up to 24 as float32. ``wanted`` (3,): colours, intensities, classes.
    """
    columns = np.zeros((WIDE, BLOCK), np.uint8)
    at = 0
    for node in range(low, high):
        part = records[starts[node] : starts[node + 1]]
        if len(part) == 0:
            continue
        row = table[node]
        row[POSITIONS] = at
        if widths[node] > 16:
            mask = (1 << widths[node]) - 1
            at = _wide_positions(part, coarser[node], mask, bits, columns, out, at, row)
        else:
            at = _positions(part, bits, columns, out, at, row)
        row[POSITIONS + 1] = row[COLOURS] = at
        if wanted[0]:
            at = _colours(part, linear, columns, out, at)
        row[COLOURS + 1] = row[INTENSITIES] = at
        if wanted[1]:
            at = _numbers(part, 32, 2, columns, out, at)
        row[INTENSITIES + 1] = row[CLASSES] = at
        if wanted[2]:
            at = _numbers(part, 24, 1, columns, out, at)
        row[CLASSES + 1] = at


@compiled()
def _positions(
    part: NDArray[np.uint64],
    bits: int,
    columns: NDArray[np.uint8],
    out: NDArray[np.uint8],
    at: int,
    row: NDArray[np.int64],
) -> int:
    up, down = max(0, BITS - bits), max(0, bits - BITS)
    first = np.zeros(8, np.uint8)
    last = np.zeros(3, np.int64)
    for k in range(3):
        last[k] = cell_of(part[0, 0], part[0, 1], k, up, down) & 0xFFFF
        first[2 * k], first[2 * k + 1] = np.uint8(last[k] & 255), np.uint8(last[k] >> 8)
        row[LOWEST + k] = row[HIGHEST + k] = last[k]
    out[at] = HEADER
    at += 1
    for start in range(0, len(part), BLOCK):
        count = min(BLOCK, len(part) - start)
        for k in range(3):
            before, least, most = last[k], row[LOWEST + k], row[HIGHEST + k]
            for i in range(count):
                value = cell_of(part[start + i, 0], part[start + i, 1], k, up, down) & 0xFFFF
                columns[2 * k, i] = zigzag(int(value & 255), int(before & 255))
                columns[2 * k + 1, i] = zigzag(int(value >> 8), int(before >> 8))
                before, least, most = value, min(least, value), max(most, value)
            last[k], row[LOWEST + k], row[HIGHEST + k] = before, least, most
        at = _block(columns, 6, 8, count, out, at)
    return write_tail(first, out, at)


@compiled()
def _wide_positions(
    part: NDArray[np.uint64],
    coarser: int,
    mask: int,
    bits: int,
    columns: NDArray[np.uint8],
    out: NDArray[np.uint8],
    at: int,
    row: NDArray[np.int64],
) -> int:
    """Write positions as float32 that are whole numbers: exact up to 2**24."""
    up, down = max(0, BITS - bits), max(0, bits - BITS)
    number = np.zeros(1, np.float32)
    image = number.view(np.uint8)
    first, last = np.zeros(WIDE, np.uint8), np.zeros(WIDE, np.uint8)
    for k in range(3):
        value = (cell_of(part[0, 0], part[0, 1], k, up, down) >> coarser) & mask
        row[LOWEST + k] = row[HIGHEST + k] = value
        number[0] = value
        first[4 * k : 4 * k + 4] = image
    last[:] = first
    out[at] = HEADER
    at += 1
    for start in range(0, len(part), BLOCK):
        count = min(BLOCK, len(part) - start)
        for k in range(3):
            for i in range(count):
                value = (cell_of(part[start + i, 0], part[start + i, 1], k, up, down) >> coarser) & mask
                row[LOWEST + k] = min(row[LOWEST + k], value)
                row[HIGHEST + k] = max(row[HIGHEST + k], value)
                number[0] = value
                for b in range(4):
                    columns[4 * k + b, i] = zigzag(int(image[b]), int(last[4 * k + b]))
                    last[4 * k + b] = image[b]
        at = _block(columns, WIDE, WIDE, count, out, at)
    return write_tail(first, out, at)


@compiled()
def _colours(
    part: NDArray[np.uint64],
    linear: NDArray[np.uint16],
    columns: NDArray[np.uint8],
    out: NDArray[np.uint8],
    at: int,
) -> int:
    first = np.zeros(8, np.uint8)
    last = np.zeros(3, np.int64)
    for k in range(3):
        last[k] = np.int64(linear[np.int64((part[0, 1] >> np.uint64(8 * k)) & np.uint64(255))])
        first[2 * k], first[2 * k + 1] = np.uint8(last[k] & 255), np.uint8(last[k] >> 8)
    out[at] = HEADER
    at += 1
    for start in range(0, len(part), BLOCK):
        count = min(BLOCK, len(part) - start)
        for k in range(3):
            before = last[k]
            for i in range(count):
                level = np.int64((part[start + i, 1] >> np.uint64(8 * k)) & np.uint64(255))
                value = np.int64(linear[level])
                columns[2 * k, i] = zigzag(int(value & 255), int(before & 255))
                columns[2 * k + 1, i] = zigzag(int(value >> 8), int(before >> 8))
                before = value
            last[k] = before
        at = _block(columns, 6, 8, count, out, at)
    return write_tail(first, out, at)


@compiled()
def _numbers(
    part: NDArray[np.uint64],
    shift: int,
    width: int,
    columns: NDArray[np.uint8],
    out: NDArray[np.uint8],
    at: int,
) -> int:
    first = np.zeros(4, np.uint8)
    for k in range(width):
        first[k] = np.uint8((part[0, 1] >> np.uint64(shift + 8 * k)) & np.uint64(255))
    last = first.copy()
    out[at] = HEADER
    at += 1
    for start in range(0, len(part), BLOCK):
        count = min(BLOCK, len(part) - start)
        for k in range(width):
            before = np.int64(last[k])
            for i in range(count):
                value = np.int64((part[start + i, 1] >> np.uint64(shift + 8 * k)) & np.uint64(255))
                columns[k, i] = zigzag(int(value), int(before))
                before = value
            last[k] = np.uint8(before)
        at = _block(columns, width, 4, count, out, at)
    return write_tail(first, out, at)


@compiled()
def _block(
    columns: NDArray[np.uint8], filled: int, width: int, count: int, out: NDArray[np.uint8], at: int
) -> int:
    """Write the columns of one block; those behind ``filled`` are padding."""
    padded = (count + 15) // 16 * 16
    for k in range(filled):
        columns[k, count:padded] = 0
        column = columns[k, :padded]
        at = encode_column(column, column.view(np.uint64), out, at)
    head = (padded // 16 + 3) // 4
    for _ in range((width - filled) * head):
        out[at] = 0
        at += 1
    return at


def warm() -> None:
    """Compile this module's kernels."""
    starts = np.array([0, 2], np.int64)
    out, table = np.zeros(int(room_for(starts, 0, 1)), np.uint8), np.zeros((1, TABLE_WIDTH), np.int64)
    wanted, nothing = np.ones(3, np.bool_), np.zeros(1, np.int64)
    records = np.zeros((2, 2), np.uint64)
    widths = np.full(1, 24, np.int64)
    encode_nodes(records, starts, 0, 1, nothing, widths, 3, wanted, SHORT16_FROM_SRGB8, out, table)
