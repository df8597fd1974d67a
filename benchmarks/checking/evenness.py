"""How evenly the points of a level lie: their distance to the nearest neighbour, over the level's spacing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.checking.decoded import decoded_tiles
from benchmarks.checking.written import written_tree

# As many points are kept as make 700 MiB with their colours; deeper levels are then left out and said so.
MOST_POINTS = 40_000_000
# Neighbours are sought in some cubes of this many spacings, drawn at random among the occupied ones.
CUBE_SPACINGS, CUBES = 24, 400
# A point this near to the side of its cube may have its neighbour outside: it is not asked.
MARGIN_SPACINGS = 2.0


@dataclass(frozen=True, kw_only=True)
class Level:
    """The points drawn at one level: its tiles and all above, in metres from the root's low corner."""

    level: int
    spacing_m: float
    xyz: NDArray[np.float32]
    srgb: NDArray[np.uint8]


def levels(tiles: Path) -> list[Level]:
    """Gather what is drawn at each level that has tiles below it, coarsest first.

    A level's spacing is the geometric error written for it: the root's, halved at each step down.
    """
    tree = written_tree(tiles)
    inner = {tree.levels[key] for key in tree.refined}
    xyz: list[NDArray[np.float32]] = []
    srgb: list[NDArray[np.uint8]] = []
    ends: dict[int, int] = {}
    count = 0
    low: NDArray[np.float64] | None = None
    for tile in decoded_tiles(tiles):
        level = tree.levels[tile.key]
        if level not in inner or (count > MOST_POINTS and level - 1 in ends):
            continue
        # The first tile is the root: its box holds all.
        low = tree.boxes[tile.key][0] if low is None else low
        xyz.append((tile.xyz - low).astype(np.float32))
        srgb.append(np.round(tile.srgb).astype(np.uint8))
        count += len(tile.xyz)
        ends[level] = count
    places, colours = np.concatenate(xyz), np.concatenate(srgb)
    return [
        Level(
            level=level,
            spacing_m=tree.root_error_m / 2**level,
            xyz=places[: ends[level]],
            srgb=colours[: ends[level]],
        )
        for level in sorted(ends)
    ]


def evenness(drawn: Level, random: np.random.Generator) -> dict[str, Any]:
    """Answer the median distance to the nearest drawn neighbour, metres and over the spacing."""
    from scipy.spatial import cKDTree

    side_m = CUBE_SPACINGS * drawn.spacing_m
    cubes = np.floor(drawn.xyz / side_m).astype(np.int64)
    names = cubes[:, 0] | cubes[:, 1] << 21 | cubes[:, 2] << 42
    chosen = np.unique(names[random.integers(0, len(names), CUBES)])
    held = np.flatnonzero(np.isin(names, chosen))
    xyz = drawn.xyz[held].astype(np.float64)
    within = xyz - cubes[held] * side_m
    margin_m = MARGIN_SPACINGS * drawn.spacing_m
    asked = ((within > margin_m) & (within < side_m - margin_m)).all(axis=1)
    distance, _ = cKDTree(xyz).query(xyz[asked], k=2)
    nearest = distance[:, 1]
    return {
        "level": drawn.level,
        "spacing_m": drawn.spacing_m,
        "points_drawn": len(drawn.xyz),
        "points_asked": len(nearest),
        "median_m": float(np.median(nearest)),
        "evenness": round(float(np.median(nearest)) / drawn.spacing_m, 4),
        "tenth_percentile": round(float(np.percentile(nearest, 10)) / drawn.spacing_m, 4),
    }
