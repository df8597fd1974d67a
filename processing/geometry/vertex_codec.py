"""meshoptimizer's vertex codec, version 0, as compiled passes: the stream of EXT_meshopt_compression.

A stream of n rows of k bytes: the byte 0xA0; then blocks of 256 rows, each holding its k columns one after
the other; then the tail, which is row 0 behind zeros up to 32 bytes. A column is the zigzag difference of
each byte to the one above, in groups of 16: two bits a group choose 0, 2, 4 or 8 bits a byte; bytes that do
not fit follow whole. After meshoptimizer's vertexcodec.cpp (Kapoulkine, MIT): streams as short as its
encoder's, made without copies inside compiled code that fills the columns itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled

HEADER = 0xA0
BLOCK = 256
TAIL = 32
GROUP = 16
_GROUPS = BLOCK // GROUP


@compiled()
def zigzag(value: int, before: int) -> np.uint8:
    """Fold the difference of two bytes, modulo 256, so that small ones of either sign are small."""
    difference = (value - before) & 255
    return np.uint8(((difference << 1) ^ -(difference >> 7)) & 255)


@compiled()
def encode_column(
    column: NDArray[np.uint8], words: NDArray[np.uint64], out: NDArray[np.uint8], at: int
) -> int:
    """Write one column of a block (folded differences, zeros behind the end); answer the new end.

    ``column`` is a multiple of 16 long; ``words`` is the same memory, eight bytes a word.
    """
    groups = len(column) // GROUP
    head = at
    at += (groups + 3) // 4
    for h in range(head, at):
        out[h] = 0
    ones = np.uint64(0x0101010101010101)
    for g in range(groups):
        a, b = words[2 * g], words[2 * g + 1]
        if a | b == np.uint64(0):
            continue
        # One in the lowest bit of every byte that is at least 3, and at least 15.
        over3a = _at_least_3(a)
        over3b = _at_least_3(b)
        over15a = _at_least_15(a)
        over15b = _at_least_15(b)
        # Byte sums: at most 8 each, so that they do not carry.
        size2 = 4 + int(((over3a + over3b) * ones) >> np.uint64(56))
        size4 = 8 + int(((over15a + over15b) * ones) >> np.uint64(56))
        start = g * GROUP
        if size2 < 16 and size2 <= size4:
            out[head + (g >> 2)] |= np.uint8(1 << ((g & 3) * 2))
            at = _write_2(a, over3a, out, at)
            at = _write_2(b, over3b, out, at)
            if size2 > 4:
                at = _escapes(column, start, np.uint8(3), out, at)
        elif size4 < 16:
            out[head + (g >> 2)] |= np.uint8(2 << ((g & 3) * 2))
            at = _write_4(a, out, at, over15a)
            at = _write_4(b, out, at, over15b)
            if size4 > 8:
                at = _escapes(column, start, np.uint8(15), out, at)
        else:
            out[head + (g >> 2)] |= np.uint8(3 << ((g & 3) * 2))
            for i in range(GROUP):
                out[at + i] = column[start + i]
            at += GROUP
    return at


@compiled()
def _at_least_3(word: np.uint64) -> np.uint64:
    high = (word >> np.uint64(2)) & np.uint64(0x3F3F3F3F3F3F3F3F)
    some = ((high + np.uint64(0x7F7F7F7F7F7F7F7F)) >> np.uint64(7)) & np.uint64(0x0101010101010101)
    return some | (word & (word >> np.uint64(1)) & np.uint64(0x0101010101010101))


@compiled()
def _at_least_15(word: np.uint64) -> np.uint64:
    high = (word >> np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F)
    some = ((high + np.uint64(0x7F7F7F7F7F7F7F7F)) >> np.uint64(7)) & np.uint64(0x0101010101010101)
    low = (word & np.uint64(0x0F0F0F0F0F0F0F0F)) + np.uint64(0x0101010101010101)
    return some | ((low >> np.uint64(4)) & np.uint64(0x0101010101010101))


@compiled()
def _write_2(word: np.uint64, over: np.uint64, out: NDArray[np.uint8], at: int) -> int:
    """Write eight bytes as two bits each, the first of four in the highest bits."""
    kept = (word | (over * np.uint64(3))) & np.uint64(0x0303030303030303)
    turn = np.uint64(0x40100401)
    low, high = kept & np.uint64(0xFFFFFFFF), kept >> np.uint64(32)
    out[at] = np.uint8(((low * turn) >> np.uint64(24)) & np.uint64(255))
    out[at + 1] = np.uint8(((high * turn) >> np.uint64(24)) & np.uint64(255))
    return at + 2


@compiled()
def _write_4(word: np.uint64, out: NDArray[np.uint8], at: int, over: np.uint64) -> int:
    """Write eight bytes as four bits each, the first of two in the higher bits."""
    kept = (word | (over * np.uint64(15))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    pairs = (kept << np.uint64(4)) | (kept >> np.uint64(8))
    out[at] = np.uint8(pairs & np.uint64(255))
    out[at + 1] = np.uint8((pairs >> np.uint64(16)) & np.uint64(255))
    out[at + 2] = np.uint8((pairs >> np.uint64(32)) & np.uint64(255))
    out[at + 3] = np.uint8((pairs >> np.uint64(48)) & np.uint64(255))
    return at + 4


@compiled()
def _escapes(column: NDArray[np.uint8], start: int, least: np.uint8, out: NDArray[np.uint8], at: int) -> int:
    """Append the bytes that are at least ``least``."""
    for i in range(start, start + GROUP):
        out[at] = column[i]
        at += int(column[i] >= least)
    return at


@compiled()
def most_bytes(rows: int, width: int) -> int:
    """Answer how long a stream may get at worst, with room for the last careless write."""
    blocks = (rows + BLOCK - 1) // BLOCK
    return 1 + blocks * width * (BLOCK + _GROUPS // 4) + TAIL + width + GROUP


@compiled()
def encode_rows(rows: NDArray[np.uint8], out: NDArray[np.uint8], at: int) -> int:
    """Encode (n, k) bytes, k a multiple of four; answer where the stream ends."""
    n, width = rows.shape
    columns = np.zeros((width, BLOCK), np.uint8)
    before = np.empty(width, np.uint8)
    out[at] = HEADER
    at += 1
    for k in range(width):
        before[k] = rows[0, k]
    for start in range(0, n, BLOCK):
        count = min(BLOCK, n - start)
        padded = (count + GROUP - 1) // GROUP * GROUP
        for k in range(width):
            last = before[k]
            for i in range(count):
                value = rows[start + i, k]
                columns[k, i] = zigzag(value, last)
                last = value
            before[k] = last
            columns[k, count:padded] = 0
            column = columns[k, :padded]
            at = encode_column(column, column.view(np.uint64), out, at)
    return write_tail(rows[0], out, at)


@compiled()
def write_tail(first: NDArray[np.uint8], out: NDArray[np.uint8], at: int) -> int:
    """Write the end of a stream: zeros, then row 0."""
    for _ in range(TAIL - len(first)):
        out[at] = 0
        at += 1
    for k in range(len(first)):
        out[at] = first[k]
        at += 1
    return at
