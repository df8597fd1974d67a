"""Welding: rows of bits that are exactly equal become one number."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled

U32 = npt.NDArray[np.uint32]


def weld(*columns: npt.NDArray[Any]) -> tuple[U32, U32]:
    """Number equal rows alike, in order of first appearance.

    Parameters
    ----------
    columns
        Arrays of the same length n, (n,) or (n, k), of any 8- to 64-bit type, compared bit by bit; minus
        zero counts as zero.

    Returns
    -------
    The number of each row, (n,) uint32, and the first row of each number, (u,) uint32.
    """
    if not len(columns[0]):
        return np.empty(0, np.uint32), np.empty(0, np.uint32)
    words = [_words(column) for column in columns]
    keys = np.ascontiguousarray(np.hstack(words)) if len(words) > 1 else np.ascontiguousarray(words[0])
    numbers, first, count = _numbered(keys, _table_bits(len(keys)))
    return numbers, first[:count].copy()


def _words(column: npt.NDArray[Any]) -> U32:
    flat: npt.NDArray[Any] = column.reshape(len(column), -1)
    if np.issubdtype(flat.dtype, np.floating):
        flat = flat + flat.dtype.type(0)
    if flat.dtype.itemsize < 4:
        return flat.astype(np.uint32)
    return np.ascontiguousarray(flat).view(np.uint32).reshape(len(column), -1)


def _table_bits(rows: int) -> int:
    return max(4, int(2 * rows).bit_length())


@compiled()
def _numbered(keys: U32, bits: int) -> tuple[U32, U32, int]:
    """Open addressing with linear probing in a table at most half full; a slot holds a number plus one."""
    rows, width = keys.shape
    mask = np.uint64((1 << bits) - 1)
    table = np.zeros(1 << bits, np.uint32)
    numbers = np.empty(rows, np.uint32)
    first = np.empty(rows, np.uint32)
    count = 0
    for row in range(rows):
        # FNV-1a over words, then the finisher of MurmurHash3.
        code = np.uint64(14695981039346656037)
        for k in range(width):
            code = (code ^ np.uint64(keys[row, k])) * np.uint64(1099511628211)
        code ^= code >> np.uint64(33)
        code *= np.uint64(0xFF51AFD7ED558CCD)
        code ^= code >> np.uint64(33)
        slot = code & mask
        while True:
            held = table[slot]
            if held == 0:
                first[count] = row
                count += 1
                table[slot] = count
                numbers[row] = count - 1
                break
            other = first[held - 1]
            same = True
            for k in range(width):
                if keys[other, k] != keys[row, k]:
                    same = False
                    break
            if same:
                numbers[row] = held - 1
                break
            slot = (slot + np.uint64(1)) & mask
    return numbers, first, count
