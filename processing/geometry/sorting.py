"""Radix sort of (key, payload) rows, shared by clouds and meshes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled

DIGIT_BITS = 11
BINS = 1 << DIGIT_BITS


@compiled()
def counting_pass(
    source: NDArray[np.uint64], target: NDArray[np.uint64], counts: NDArray[np.int64], shift: int
) -> None:
    """Put rows in the order of one digit, keeping their order within it; ``counts`` is its histogram."""
    mask = np.uint64(BINS - 1)
    place = np.empty(BINS, np.int64)
    total = 0
    for b in range(BINS):
        place[b] = total
        total += counts[b]
    for n in range(len(source)):
        digit = np.int64((source[n, 0] >> np.uint64(shift)) & mask)
        at = place[digit]
        place[digit] = at + 1
        target[at, 0] = source[n, 0]
        target[at, 1] = source[n, 1]


@compiled()
def _histograms(records: NDArray[np.uint64], passes: int) -> NDArray[np.int64]:
    counts = np.zeros((passes, BINS), np.int64)
    mask = np.uint64(BINS - 1)
    for n in range(len(records)):
        key = records[n, 0]
        for p in range(passes):
            counts[p, np.int64((key >> np.uint64(p * DIGIT_BITS)) & mask)] += 1
    return counts


def sort_by_key(records: NDArray[np.uint64], spare: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sort (n, 2) records by column 0, stably; the answer is one of the two arrays, both are overwritten.

    Least significant digit first, 11 bits a pass; passes in which all keys agree are left out.
    """
    passes = -(-63 // DIGIT_BITS)
    counts = _histograms(records, passes)
    source, target = records, spare[: len(records)]
    for p in range(passes):
        if counts[p].max() == len(records):
            continue
        counting_pass(source, target, counts[p], p * DIGIT_BITS)
        source, target = target, source
    return source


def warm() -> None:
    """Compile this module's kernels."""
    sort_by_key(np.array([[5, 1], [1 << 40, 2], [3, 3]], np.uint64), np.zeros((3, 2), np.uint64))
