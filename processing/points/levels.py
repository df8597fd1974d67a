"""Which level of detail a point belongs to, and which tile: additive, one linear pass each.

A node has a grid of 128 cells a side. In every cell one point is drawn first: of the points that its eight
parts put forward, the one nearest to a place in the middle quarter of the cell that a hash of it gives. So
drawn points keep apart, no rows of the grid show, and the order of the file plays no part. A point's level is
the coarsest at which it is the first of its cell. In Morton order a cell is a run, and cells nest as runs do:
one pass with a stack, one contest wherever two neighbouring runs meet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS, gather

GRID_DIGITS = 7
MAX_LEVEL = BITS - GRID_DIGITS
LEAF_POINTS = 20_000
LEAST_POINTS = 500
# A leaf draws all that is left, but at most this many times what its level alone would draw: no patch of a
# level is far denser than the rest.
LEAF_DENSITY = 2.0


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
def _aim(cell: np.uint64, digits: int, axis: int) -> np.int64:
    """Choose one coordinate of where the drawn point of a cell should be near to, in the key's units.

    The cell is its first ``digits`` digits; the hash is splitmix64's (Steele et al. 2014).
    """
    x = (cell + np.uint64(digits)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) >> np.uint64(16 * axis)
    size = np.int64(1) << (BITS - digits)
    return ((3 * size) >> 3) + ((size * np.int64(x & np.uint64(0xFFFF))) >> 18)


@compiled()
def _away(key: np.uint64, cell: np.uint64, digits: int) -> np.int64:
    """Answer the squared distance of a point to the aim of its cell."""
    inside = (np.int64(1) << (BITS - digits)) - 1
    total = np.int64(0)
    for axis in range(3):
        apart = (np.int64(gather(key >> np.uint64(axis))) & inside) - _aim(cell, digits, axis)
        total += apart * apart
    return total


@compiled()
def point_levels(records: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Answer the level (n,) of each of the sorted records (n, 2)."""
    n = len(records)
    levels = np.zeros(n, np.uint8)
    # Open cells from coarse to fine: how many digits, and who is ahead in it.
    depths, ahead = np.empty(BITS + 1, np.int64), np.empty(BITS + 1, np.int64)
    top = 0
    for i in range(1, n + 1):
        digits = shared_digits(records[i - 1, 0], records[i, 0]) if i < n else 0
        leader = i - 1
        while top and depths[top - 1] >= digits:
            leader = _contest(records, ahead[top - 1], leader, depths[top - 1], levels)
            top -= 1
        if digits >= GRID_DIGITS:
            depths[top], ahead[top] = digits, leader
            top += 1
    return levels


@compiled()
def _contest(
    records: NDArray[np.uint64], left: int, right: int, digits: int, levels: NDArray[np.uint8]
) -> int:
    """Let two points of one cell meet: the one farther from its aim is drawn first in a part of the cell."""
    ahead, behind = left, right
    if digits < BITS:
        cell = records[left, 0] >> np.uint64(3 * (BITS - digits))
        if _away(records[right, 0], cell, digits) < _away(records[left, 0], cell, digits):
            ahead, behind = right, left
    levels[behind] = min(digits + 1 - GRID_DIGITS, MAX_LEVEL)
    return ahead


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
    records: NDArray[np.uint64],
    levels: NDArray[np.uint8],
    depth: int,
    leaf_points: int,
    least_points: int,
    leaf_density: float = 1e9,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Put sorted points of one cell at ``depth`` into nodes.

    A subtree of at most ``leaf_points`` becomes a leaf, unless more than ``leaf_density`` times the points of
    its own level belong to deeper ones (and it has more than twice ``least_points``); one of fewer than
    ``least_points`` goes into its parent. Answers the node of each point and a table (nodes, 2) of level and
    first point's index; the first ``depth`` nodes are the cell's ancestors, level 0 first.
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
    stack = np.zeros((8 * (BITS + 2), 4), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0, n, depth, _remaining(levels, 0, n, depth)
    top = 1
    if depth and stack[0, 3] < least_points:
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
        held = stack[top, 3]
        leaf = level >= MAX_LEVEL or held <= leaf_points
        if leaf and level < MAX_LEVEL and held > 2 * least_points:
            deeper = _remaining(levels, start, end, level + 1)
            leaf = deeper <= leaf_density * (held - deeper)
        highest = 255 if leaf else level
        for i in range(start, end):
            if level <= levels[i] <= highest:
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
                stack[top, 0], stack[top, 1], stack[top, 2], stack[top, 3] = low, stop, level + 1, count
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
    nodes, table = assign_nodes(records, levels, 0, 2, 1, LEAF_DENSITY)
    gathered(records, nodes, len(table), np.zeros_like(records))
