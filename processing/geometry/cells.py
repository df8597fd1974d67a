"""Cuts an octree into cells of bounded content, by which large clouds and meshes are worked on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class BoundedCell:
    """A cell: its depth, its bins (cells of the finest depth), what it holds and what comes before it."""

    depth: int
    first_bin: int
    bins: int
    held: int
    before: int


def bounded_cells(counts: NDArray[np.int64], most: int) -> Iterator[BoundedCell]:
    """Choose the largest cells that hold at most so much, in Morton order; a single bin may hold more.

    ``counts`` (8 ** depth,) is what each bin holds. Cells that hold nothing are left out.
    """
    before = np.concatenate([[0], np.cumsum(counts)])
    waiting = [(0, 0, len(counts))]
    while waiting:
        depth, first, bins = waiting.pop()
        held = int(before[first + bins] - before[first])
        if not held:
            continue
        if held <= most or bins == 1:
            yield BoundedCell(depth=depth, first_bin=first, bins=bins, held=held, before=int(before[first]))
        else:
            eighth = bins // 8
            waiting.extend((depth + 1, first + digit * eighth, eighth) for digit in range(7, -1, -1))
