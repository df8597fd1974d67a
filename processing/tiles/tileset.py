"""tileset.json of 3D Tiles 1.1: boxes, errors, and a float64 translation at the root."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Refine = Literal["ADD", "REPLACE"]
GENERATOR = "Heritwin"
# Zero half-axes are degenerate for renderers. All boxes are wider by the same, so that a flat one does not
# outgrow its parent, and so that they hold points as readers place them, in single precision.
MARGIN_M = 1e-4


@dataclass(kw_only=True)
class Tile:
    """One tile: box in metres around the local origin, measured error, content key relative to the file."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    geometric_error_m: float
    content: str | None = None
    children: list[Tile] = field(default_factory=list)


def box(low: NDArray[np.float64], high: NDArray[np.float64]) -> list[float]:
    """Write an axis-aligned box as 3D Tiles do: centre, then three half-axes."""
    centre = (low + high) / 2
    half = (high - low) / 2
    numbers = [*centre, half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]
    return [round(float(number), 7) for number in numbers]


def translation(origin: NDArray[np.float64]) -> list[float]:
    """Write a translation as a column-major 4x4."""
    x, y, z = (float(value) for value in origin)
    return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, y, z, 1]


def tile_json(tile: Tile) -> dict[str, Any]:
    """Write a tile and what is below it; without recursion, since octrees of long walls are deep."""
    root = _bare(tile)
    waiting = [(tile, root)]
    while waiting:
        above, written = waiting.pop()
        if above.children:
            below = [_bare(child) for child in above.children]
            written["children"] = below
            waiting.extend(zip(above.children, below, strict=True))
    return root


def tileset_json(
    root: Tile, *, refine: Refine, origin: NDArray[np.float64] | None, extras: dict[str, Any] | None = None
) -> bytes:
    """Write a whole tileset; origin (3,) is where local zero stands in the version's own frame, metres."""
    written = tile_json(root)
    return document(written, refine=refine, origin=origin, extras=extras)


def document(
    root: dict[str, Any],
    *,
    refine: Refine,
    origin: NDArray[np.float64] | None,
    extras: dict[str, Any] | None = None,
) -> bytes:
    """Wrap a root tile already written as JSON (explicit or implicit) into a tileset."""
    head = dict(root)
    if origin is not None:
        head = {"transform": translation(origin)} | head
    head["refine"] = refine
    asset: dict[str, Any] = {"version": "1.1", "generator": GENERATOR}
    if extras:
        asset["extras"] = extras
    tileset = {"asset": asset, "geometricError": _undrawn_error_m(root), "root": head}
    return json.dumps(tileset, separators=(",", ":"), allow_nan=False).encode()


def _undrawn_error_m(root: dict[str, Any]) -> float:
    """Answer the error of drawing nothing, as far as the whole is wide; else viewers leave it out."""
    diagonal_m = 2 * float(np.linalg.norm(root["boundingVolume"]["box"][3:]))
    return float(f"{max(diagonal_m, 2 * root['geometricError']):.9g}")


def _bare(tile: Tile) -> dict[str, Any]:
    written: dict[str, Any] = {
        "boundingVolume": {"box": box(tile.low - MARGIN_M, tile.high + MARGIN_M)},
        "geometricError": float(f"{tile.geometric_error_m:.9g}"),
    }
    if tile.content is not None:
        written["content"] = {"uri": tile.content}
    return written
