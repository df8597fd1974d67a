"""Places where parts of a mesh meet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.meshes.mesh import U32, Bools

_NOBODY, _SHARED = -1, -2


def shared_places(places: U32, parts: Iterable[U32]) -> Bools:
    """Mark the places that triangles of more than one part use.

    Parameters
    ----------
    places
        (n,) place of each vertex: equal where vertices stand at one point.
    parts
        Triangles (m, 3) of each part, over vertices.

    Returns
    -------
    (places.max() + 1,) bool.
    """
    owner = np.full(int(places.max()) + 1, _NOBODY, np.int32)
    for number, triangles in enumerate(parts):
        _claim(owner, places, triangles, number)
    shared: Bools = owner == _SHARED
    return shared


@compiled()
def _claim(owner: npt.NDArray[np.int32], places: U32, triangles: U32, number: int) -> None:
    for t in range(triangles.shape[0]):
        for k in range(3):
            place = places[triangles[t, k]]
            if owner[place] == _NOBODY:
                owner[place] = number
            elif owner[place] != number:
                owner[place] = _SHARED


@compiled()
def on_borders(triangles: U32, locked: Bools) -> int:
    """Count triangles with two locked corners or more."""
    count = 0
    for t in range(len(triangles)):
        corners = int(locked[triangles[t, 0]]) + int(locked[triangles[t, 1]]) + int(locked[triangles[t, 2]])
        count += int(corners >= 2)
    return count


def kept_share(triangles: int, held: int, keep: float) -> float:
    """Answer the part to keep of what borders do not hold, so that ``keep`` of all is kept.

    Never less than half of it: where borders hold nearly as many, all within them would go.
    """
    return max((keep * triangles - held) / max(triangles - held, 1), keep / 2)
