"""Which level of detail a point belongs to, and which tile: additive, one linear pass each.

A node has a grid of 128 cells a side. In every cell one point is drawn first: the one with the highest
priority, a hash of its key, so that no rows of the grid show and the order of the file plays no part. A
point's level is the coarsest at which it is the first of its cell. In Morton order a cell is a run, so a
point is first in all cells that hold neither its nearest higher-ranking neighbour to the left nor to the
right: shared key digits with those two give the level, and a monotonic stack finds them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS

GRID_DIGITS = 7
MAX_LEVEL = BITS - GRID_DIGITS
LEAF_POINTS = 20_000
LEAST_POINTS = 500


@compiled()
def shared_digits(a: np.uint64, b: np.uint64) -> int:
    """Count the leading octal digits of 63-bit keys that agree."""
    x = a ^ b
    bits = 0
    for step in (32, 16, 8, 4, 2, 1):
        if x >> np.uint64(step):
            x >>= np.uint64(step)
            bits += step
    if x:
        bits += 1
    return BITS - (bits + 2) // 3


@compiled()
def priority(key: np.uint64, payload: np.uint64) -> np.uint64:
    """Mix a point into a number without pattern (splitmix64, Steele et al. 2014)."""
    x = key ^ (payload * np.uint64(0x9E3779B97F4A7C15))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled()
def point_levels(records: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Answer the level (n,) of each of the sorted records (n, 2)."""
    n = len(records)
    digits = np.zeros(n, np.int8)
    ranks = np.empty(n, np.uint64)
    stack = np.empty(n, np.int64)
    top = 0
    for i in range(n):
        ranks[i] = priority(records[i, 0], records[i, 1])
        while top and ranks[stack[top - 1]] < ranks[i]:
            below = stack[top - 1]
            shared = shared_digits(records[below, 0], records[i, 0]) + 1
            if shared > digits[below]:
                digits[below] = shared
            top -= 1
        if top:
            digits[i] = shared_digits(records[stack[top - 1], 0], records[i, 0]) + 1
        stack[top] = i
        top += 1
    levels = np.empty(n, np.uint8)
    for i in range(n):
        levels[i] = min(max(digits[i] - GRID_DIGITS, 0), MAX_LEVEL)
    return levels


@compiled()
def _remaining(levels: NDArray[np.uint8], start: int, end: int, level: int) -> int:
    count = 0
    for i in range(start, end):
        if levels[i] >= level:
            count += 1
    return count


@compiled()
def _digit(key: np.uint64, level: int) -> int:
    return int((key >> np.uint64(3 * (BITS - 1 - level))) & np.uint64(7))


@compiled()
def assign_nodes(
    records: NDArray[np.uint64], levels: NDArray[np.uint8], depth: int, leaf_points: int, least_points: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Put sorted points of one cell at ``depth`` into nodes.

    A subtree of at most ``leaf_points`` becomes a leaf; one of fewer than ``least_points`` goes into its
    parent. Answers the node of each point and a table (nodes, 2) of level and first point's index; the first
    ``depth`` nodes are the cell's ancestors, level 0 first.
    """
    n = len(records)
    nodes = np.full(n, -1, np.int32)
    table = np.zeros((depth + 64, 2), np.int64)
    used = depth
    for level in range(depth):
        table[level, 0] = level
    for i in range(n):
        if levels[i] < depth:
            nodes[i] = levels[i]
    # Start, end, level; children are pushed in reverse, so that nodes come in Morton order.
    stack = np.zeros((8 * (BITS + 2), 3), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2] = 0, n, depth
    top = 1
    if depth and _remaining(levels, 0, n, depth) < least_points:
        for i in range(n):
            if nodes[i] < 0:
                nodes[i] = depth - 1
        top = 0
    while top:
        top -= 1
        start, end, level = stack[top, 0], stack[top, 1], stack[top, 2]
        if used == len(table):
            wide = np.zeros((2 * len(table), 2), np.int64)
            wide[: len(table)] = table
            table = wide
        table[used, 0], table[used, 1] = level, start
        node = used
        used += 1
        leaf = level >= MAX_LEVEL or _remaining(levels, start, end, level) <= leaf_points
        for i in range(start, end):
            if levels[i] == level or (leaf and levels[i] > level):
                nodes[i] = node
        if leaf:
            continue
        stop = end
        for digit in range(7, -1, -1):
            low, high = start, stop
            while low < high:
                middle = (low + high) // 2
                if _digit(records[middle, 0], level) < digit:
                    low = middle + 1
                else:
                    high = middle
            count = _remaining(levels, low, stop, level + 1)
            if 0 < count < least_points:
                for i in range(low, stop):
                    if levels[i] > level:
                        nodes[i] = node
            elif count:
                stack[top, 0], stack[top, 1], stack[top, 2] = low, stop, level + 1
                top += 1
            stop = low
    return nodes, table[:used]


@compiled()
def gathered(
    records: NDArray[np.uint64], nodes: NDArray[np.int32], count: int, target: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Copy records into ``target`` node by node, in order; answer where each node starts (count + 1,)."""
    starts = np.zeros(count + 1, np.int64)
    for i in range(len(nodes)):
        starts[nodes[i] + 1] += 1
    for node in range(count):
        starts[node + 1] += starts[node]
    place = starts[:-1].copy()
    for i in range(len(nodes)):
        at = place[nodes[i]]
        place[nodes[i]] = at + 1
        target[at, 0] = records[i, 0]
        target[at, 1] = records[i, 1]
    return starts


def warm() -> None:
    """Compile this module's kernels."""
    records = np.array([[1, 1], [2, 2], [1 << 40, 3]], np.uint64)
    levels = point_levels(records)
    nodes, table = assign_nodes(records, levels, 0, 2, 1)
    gathered(records, nodes, len(table), np.zeros_like(records))
