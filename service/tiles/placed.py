"""The small root tileset that puts a version's tiles where a placement says.

Moving a version makes a new one of these and never a new tile.
"""

from collections.abc import Sequence
from typing import Any

Matrix = Sequence[Sequence[float]]


def placed_tileset(tileset: dict[str, Any], site_from_scan: Matrix) -> dict[str, Any]:
    """Return a one-tile tileset around `tileset`.

    Parameters
    ----------
    tileset
        The derivative's own `tileset.json`; its root's transform leads to the version's own frame.
    site_from_scan
        4x4, row-major, metres: from the version's own frame to the site's.
    """
    root = tileset["root"]
    box = moved_box(root["boundingVolume"]["box"], root.get("transform"))
    return {
        "asset": {"version": "1.1"},
        "geometricError": tileset["geometricError"],
        "root": {
            "transform": column_major(site_from_scan),
            "boundingVolume": {"box": box},
            "geometricError": tileset["geometricError"],
            "refine": root.get("refine", "REPLACE"),
            "content": {"uri": "../../tileset.json"},
        },
    }


def column_major(matrix: Matrix) -> list[float]:
    """Return a row-major 4x4 as 3D Tiles writes it: 16 numbers, column after column."""
    return [float(matrix[row][column]) for column in range(4) for row in range(4)]


def moved_box(box: Sequence[float], transform: Sequence[float] | None) -> list[float]:
    """Return a box (centre, then three half axes) as seen from outside the tile that `transform` moves."""
    if transform is None:
        return [float(value) for value in box]
    centre = _turned(box[0:3], transform)
    moved = [value + shift for value, shift in zip(centre, transform[12:15], strict=True)]
    for axis in range(3):
        moved += _turned(box[3 + 3 * axis : 6 + 3 * axis], transform)
    return moved


def _turned(vector: Sequence[float], transform: Sequence[float]) -> list[float]:
    return [sum(transform[4 * column + row] * vector[column] for column in range(3)) for row in range(3)]
