"""Thins a sample evenly: one point in each of the smallest cells there is room for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.formats.cloud import PointChunk
from processing.geometry.morton import BITS, morton_keys
from processing.geometry.sorting import sort_by_key

# Of a large file 3,300 ranges of 500 points, 60 MB of the usual 36-byte records, however large it is.
SAMPLE_POINTS = 1_650_000


def evenly(chunks: list[PointChunk], most: int) -> list[PointChunk]:
    """Keep at most ``most`` points of all chunks together.

    Octree cells are halved for as long as no more than ``most`` of them are occupied; each keeps one point,
    the middle one in Morton order, and what room is left goes to cells of half the size.
    """
    total = sum(len(chunk.xyz) for chunk in chunks)
    if total <= most:
        return chunks
    keys = _keys(np.concatenate([chunk.xyz for chunk in chunks]))
    records = np.empty((total, 2), np.uint64)
    records[:, 0], records[:, 1] = keys, np.arange(total)
    records = sort_by_key(records, np.empty_like(records))
    order = records[:, 1].astype(np.int64)
    shared = _shared_digits(records[:, 0])
    depth = int(np.flatnonzero(_cells_at(shared) <= most).max(initial=0))
    chosen = _middles(shared, depth)
    finer = np.setdiff1d(_middles(shared, depth + 1), chosen)
    room = min(most - len(chosen), len(finer))
    more = finer[np.linspace(0, len(finer) - 1, room).astype(np.int64)] if room else finer[:0]
    keep = np.zeros(total, np.bool_)
    keep[order[chosen]] = True
    keep[order[more]] = True
    ends = np.cumsum([len(chunk.xyz) for chunk in chunks])[:-1]
    parts = zip(chunks, np.split(keep, ends), strict=True)
    return [chunk.where(part) for chunk, part in parts if part.any()]


def _keys(xyz: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Number the cells of a cube of 2^k metres from a whole metre on, so that none straddles two metres."""
    low = np.floor(xyz.min(axis=0))
    side_m = 2.0 ** np.ceil(np.log2(max(float((xyz.max(axis=0) - low).max()), 1e-6)))
    cells = np.minimum((xyz - low) * (2**BITS / side_m), 2**BITS - 1)
    return morton_keys(cells.astype(np.uint32))


def _shared_digits(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Count the leading octal digits that sorted keys share with the one before, n - 1 of them."""
    differing = keys[1:] ^ keys[:-1]
    _, bits = np.frexp(differing.astype(np.float64))
    return BITS - (bits.astype(np.int64) + 2) // 3


def _cells_at(shared: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the occupied cells at each depth from 0: one begins where fewer digits than that are shared."""
    beginning = np.bincount(np.clip(shared, 0, BITS), minlength=BITS + 1)
    return 1 + np.concatenate([[0], np.cumsum(beginning)[:-1]])


def _middles(shared: NDArray[np.int64], depth: int) -> NDArray[np.int64]:
    """Choose the middle point of every cell at a depth."""
    starts = np.concatenate([[0], np.flatnonzero(shared < depth) + 1])
    ends = np.concatenate([starts[1:], [len(shared) + 1]])
    middles: NDArray[np.int64] = (starts + ends) // 2
    return middles
