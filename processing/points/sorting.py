"""Radix sorts of packed points: by leading digits within a block, and wholly within a chunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS
from processing.geometry.sorting import BINS, DIGIT_BITS, counting_pass

# Bins are the cells at this depth: the first seven octal digits of a key.
BIN_DIGITS = 7
BIN_SHIFT = 3 * (BITS - BIN_DIGITS)
# Shorter runs are put in order by insertion.
_FEW = 16
_MOST_DIGITS = 4


@compiled()
def sort_by_bin(records: NDArray[np.uint64], spare: NDArray[np.uint64]) -> int:
    """Put (n, 2) records in the order of their bins, in place; answer how many bins they fill."""
    n = len(records)
    counts = np.zeros((2, BINS), np.int64)
    mask = np.uint64(BINS - 1)
    low, high = np.uint64(BIN_SHIFT), np.uint64(BIN_SHIFT + DIGIT_BITS)
    for i in range(n):
        key = records[i, 0]
        counts[0, np.int64((key >> low) & mask)] += 1
        counts[1, np.int64(key >> high)] += 1
    counting_pass(records, spare, counts[0], BIN_SHIFT)
    counting_pass(spare[:n], records, counts[1], BIN_SHIFT + DIGIT_BITS)
    filled = 0
    before = np.uint64(2**62)
    for i in range(n):
        bin_ = records[i, 0] >> low
        if bin_ != before:
            filled += 1
            before = bin_
    return filled


@compiled()
def bins_of(records: NDArray[np.uint64], bins: NDArray[np.int32], counts: NDArray[np.int32]) -> None:
    """List the bins of records in their order, and how many records each holds."""
    at = -1
    before = np.uint64(2**62)
    for i in range(len(records)):
        bin_ = records[i, 0] >> np.uint64(BIN_SHIFT)
        if bin_ != before:
            at += 1
            bins[at], counts[at] = np.int32(bin_), 0
            before = bin_
        counts[at] += 1


@compiled()
def _insertion(records: NDArray[np.uint64], start: int, end: int) -> None:
    for i in range(start + 1, end):
        key, payload = records[i, 0], records[i, 1]
        j = i - 1
        while j >= start and (records[j, 0] > key or (records[j, 0] == key and records[j, 1] > payload)):
            records[j + 1, 0], records[j + 1, 1] = records[j, 0], records[j, 1]
            j -= 1
        records[j + 1, 0], records[j + 1, 1] = key, payload


@compiled()
def _radix(
    records: NDArray[np.uint64],
    spare: NDArray[np.uint64],
    start: int,
    end: int,
    column: int,
    shift: int,
    top: int,
    place: NDArray[np.int64],
) -> None:
    """Sort a run by the bits ``shift`` … ``top`` of a column, least significant digit first."""
    width = 5
    while width < DIGIT_BITS and (2 << width) < end - start:
        width += 1
    passes = (top - shift + width - 1) // width
    width = (top - shift + passes - 1) // passes
    mask = np.uint64((1 << width) - 1)
    inside = True
    for p in range(passes):
        by = np.uint64(shift + p * width)
        source, target = (records, spare) if inside else (spare, records)
        place[: mask + 1] = 0
        for i in range(start, end):
            place[np.int64((source[i, column] >> by) & mask)] += 1
        total = start
        for b in range(np.int64(mask) + 1):
            count = place[b]
            place[b] = total
            total += count
        for i in range(start, end):
            digit = np.int64((source[i, column] >> by) & mask)
            at = place[digit]
            place[digit] = at + 1
            target[at, 0] = source[i, 0]
            target[at, 1] = source[i, 1]
        inside = not inside
    if not inside:
        for i in range(start, end):
            records[i, 0], records[i, 1] = spare[i, 0], spare[i, 1]


@compiled()
def sort_chunk(
    records: NDArray[np.uint64],
    spare: NDArray[np.uint64],
    counts: NDArray[np.int64],
    first: int,
    below: int,
    shift: int,
) -> None:
    """Sort records by key, then payload: whatever order they came in, the same comes out.

    ``counts`` are those of the cells from ``first`` on, which have ``below`` bits of a key below them (see
    ``count_cells``); the lowest ``shift`` bits of all keys are 0.
    """
    n = len(records)
    place = np.zeros(len(counts) + 1, np.int64)
    for b in range(len(counts)):
        place[b + 1] = place[b] + counts[b]
    for i in range(n):
        own = np.int64(records[i, 0] >> np.uint64(below)) - first
        at = place[own]
        place[own] = at + 1
        spare[at, 0], spare[at, 1] = records[i, 0], records[i, 1]
    scratch = np.empty((2, 1 << 3 * _MOST_DIGITS), np.int64)
    start = 0
    for b in range(len(counts)):
        end = start + counts[b]
        _sort_run(spare, records, start, end, below, shift, scratch)
        start = end


@compiled()
def _sort_run(
    source: NDArray[np.uint64],
    target: NDArray[np.uint64],
    start: int,
    end: int,
    below: int,
    shift: int,
    scratch: NDArray[np.int64],
) -> None:
    """Sort the run of a cell from ``source`` into ``target``: by a few leading digits, then by insertion."""
    if end - start <= _FEW:
        for i in range(start, end):
            target[i, 0], target[i, 1] = source[i, 0], source[i, 1]
        _insertion(target, start, end)
        return
    digits = _digits_for(end - start)
    ends = scratch[0]
    top = max(below - 3 * digits, 0)
    _spread(source, target, start, end, top, digits, ends)
    low = start
    for b in range(1 << 3 * digits):
        high = ends[b]
        if high - low <= _FEW:
            _insertion(target, low, high)
        else:
            _sort_again(target, source, low, high, top, shift, scratch[1])
        low = high


@compiled()
def _sort_again(
    records: NDArray[np.uint64],
    spare: NDArray[np.uint64],
    start: int,
    end: int,
    top: int,
    shift: int,
    ends: NDArray[np.int64],
) -> None:
    """Sort a longer run whose keys agree above ``top``, in place."""
    digits = _digits_for(end - start)
    lower = top - 3 * digits
    if lower < shift:
        if top > shift:
            _radix(records, spare, start, end, 0, shift, top, ends)
        _settle_ties(records, spare, start, end, ends)
        return
    _spread(records, spare, start, end, lower, digits, ends)
    for i in range(start, end):
        records[i, 0], records[i, 1] = spare[i, 0], spare[i, 1]
    low = start
    for b in range(1 << 3 * digits):
        high = ends[b]
        if high - low <= 2 * _FEW:
            _insertion(records, low, high)
        else:
            scratch = np.empty(BINS, np.int64)
            if lower > shift:
                _radix(records, spare, low, high, 0, shift, lower, scratch)
            _settle_ties(records, spare, low, high, scratch)
        low = high


@compiled()
def _digits_for(count: int) -> int:
    """Choose by how many octal digits to spread: a surface fills four of eight cells."""
    digits = 1
    while digits < _MOST_DIGITS and (8 << 2 * digits) < count:
        digits += 1
    return digits


@compiled()
def _spread(
    source: NDArray[np.uint64],
    target: NDArray[np.uint64],
    start: int,
    end: int,
    by: int,
    digits: int,
    ends: NDArray[np.int64],
) -> None:
    """Copy a run in the order of some digits; ``ends`` tells afterwards where each digit's part ends."""
    size = 1 << 3 * digits
    mask, down = np.uint64(size - 1), np.uint64(by)
    ends[:size] = 0
    for i in range(start, end):
        ends[np.int64((source[i, 0] >> down) & mask)] += 1
    total = start
    for b in range(size):
        count = ends[b]
        ends[b] = total
        total += count
    for i in range(start, end):
        digit = np.int64((source[i, 0] >> down) & mask)
        at = ends[digit]
        ends[digit] = at + 1
        target[at, 0], target[at, 1] = source[i, 0], source[i, 1]


@compiled()
def _settle_ties(
    records: NDArray[np.uint64], spare: NDArray[np.uint64], start: int, end: int, scratch: NDArray[np.int64]
) -> None:
    """Put runs of equal keys in the order of their payloads."""
    run = start
    for i in range(start + 1, end + 1):
        if i < end and records[i, 0] == records[run, 0]:
            continue
        if i - run > _FEW:
            _radix(records, spare, run, i, 1, 0, 63, scratch)
        elif i - run > 1:
            _insertion(records, run, i)
        run = i


@compiled()
def count_cells(records: NDArray[np.uint64], first: int, below: int, counts: NDArray[np.int64]) -> bool:
    """Count records by their cells from ``first`` on; answer False if one belongs elsewhere."""
    for i in range(len(records)):
        b = np.int64(records[i, 0] >> np.uint64(below)) - first
        if b < 0 or b >= len(counts):
            return False
        counts[b] += 1
    return True


def warm() -> None:
    """Compile this module's kernels."""
    records = np.array([[5, 1], [1 << 40, 2], [3, 3]] * 20, np.uint64)
    spare = np.zeros_like(records)
    filled = sort_by_bin(records, spare)
    bins_of(records, np.zeros(filled, np.int32), np.zeros(filled, np.int32))
    counts = np.zeros(8, np.int64)
    count_cells(records, 0, 60, counts)
    sort_chunk(records, spare, counts, 0, 60, 0)
