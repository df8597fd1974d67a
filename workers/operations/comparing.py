"""How far two results agree: tiles in packs, rigid transforms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from workers.errors import OutputRefusedError

Read = Callable[[str, int, int], bytes]


def agreement_of_packs(
    first: Mapping[str, Any], read_first: Read, second: Mapping[str, Any], read_second: Read
) -> tuple[int, int]:
    """Return how many tiles there are in either of two packed tilesets, and how many are equal in both."""
    try:
        ours, theirs = first["entries"], second["entries"]
        keys = ours.keys() | theirs.keys()
        equal = sum(
            _bytes(first, ours[key], read_first) == _bytes(second, theirs[key], read_second)
            for key in ours.keys() & theirs.keys()
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise OutputRefusedError(f"an index of tiles cannot be read: {error!r}") from error
    return len(keys), equal


def _bytes(index: Mapping[str, Any], entry: Sequence[Any], read: Read) -> tuple[str, bytes]:
    pack, offset, length, media_type = entry
    return str(media_type), read(str(index["packs"][int(pack)]), int(offset), int(length))


def displacement_m(
    first: Sequence[Sequence[float]],
    second: Sequence[Sequence[float]],
    bounds: Sequence[Sequence[float]] | None,
) -> float:
    """Return by how much two 4×4 transforms (metres) part, at the corner of a box where they part most.

    `bounds` is [[min], [max]] in the frame they move from; without one, a box of a metre at the origin.
    """
    low, high = bounds or ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    corners = product(*zip(low, high, strict=True))
    return max(math.dist(_moved(first, corner), _moved(second, corner)) for corner in corners)


def _moved(matrix: Sequence[Sequence[float]], point: Sequence[float]) -> tuple[float, ...]:
    x, y, z = point
    return tuple(row[0] * x + row[1] * y + row[2] * z + row[3] for row in matrix[:3])
