"""Holds a packed tileset against the LAS or LAZ file it was made of: nothing lost, nothing moved.

``python -m benchmarks.tiles_check TILES CLOUD``: one JSON line; exit 1 if a rule is broken.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import laspy
import numpy as np

from benchmarks.checking.decoded import decoded_tiles, decoder
from benchmarks.checking.pairing import Gathered, Moved
from benchmarks.checking.tally import Lattice, Points, Tally, keys_of, with_colours
from benchmarks.checking.written import SLACK_M, Written, written_tree

CHUNK_POINTS = 1_000_000
# Pairs are held in memory, some 120 bytes a point of the input: a share of the keys at a time.
SHARE_POINTS = 4_000_000


@dataclass(kw_only=True)
class Seen:
    """Both sides of one pass over the data, and what the tiles say of themselves."""

    there: Tally = field(default_factory=Tally)
    here: Tally = field(default_factory=Tally)
    finest_step_m: float = np.inf
    coarsest_step_m: float = 0.0
    outside_own_box: int = 0


def check(
    tiles: Path,
    cloud: Path,
    *,
    most_shares: int | None = None,
    share_points: int = SHARE_POINTS,
) -> dict[str, Any]:
    """Decode every tile and compare.

    Every point is hashed on both sides. Pairs of input and decoded point are measured share by share of the
    keys: all shares, or ``most_shares``, unless the hashes differ, when all are needed to count what is
    missing.
    """
    tree = written_tree(tiles)
    grid = tree.extras["grid"]
    lattice = Lattice(corner=np.array(grid["corner"]), step_m=grid["coarsest_step_m"])
    with laspy.open(cloud) as reader:
        shares = max(1, -(-reader.header.point_count // share_points))
    seen, moved, share = Seen(), Moved(), 0
    while share < shares:
        _pass(tiles, tree, cloud, lattice, seen if share == 0 else None, moved, (share, shares))
        share += 1
        if most_shares is not None and share >= most_shares and not seen.there.differences(seen.here):
            break
    return _answer(tree, seen, moved, share, shares)


def _pass(
    tiles: Path,
    tree: Written,
    cloud: Path,
    lattice: Lattice,
    seen: Seen | None,
    moved: Moved,
    share: tuple[int, int],
) -> None:
    there, here = Gathered.nothing(), Gathered.nothing()
    for points in las_points(cloud):
        _take(points, lattice, None if seen is None else seen.there, there, share, 0.0)
    for tile in decoded_tiles(tiles):
        points = Points(
            xyz=tile.xyz + tree.origin,
            srgb=tile.srgb,
            levels=np.round(tile.srgb).astype(np.uint8),
            intensity=tile.intensity,
            classification=tile.classification,
        )
        _take(points, lattice, None if seen is None else seen.here, here, share, tile.step_m)
        if seen is not None:
            seen.finest_step_m = min(seen.finest_step_m, tile.step_m)
            seen.coarsest_step_m = max(seen.coarsest_step_m, tile.step_m)
            low, high = tree.boxes.get(tile.key, (np.full(3, np.inf), np.full(3, -np.inf)))
            inside = (tile.xyz >= low - SLACK_M) & (tile.xyz <= high + SLACK_M)
            seen.outside_own_box += int((~inside.all(axis=1)).sum())
    moved.add(there, here)


def _take(
    points: Points,
    lattice: Lattice,
    tally: Tally | None,
    gathered: Gathered,
    share: tuple[int, int],
    step_m: float,
) -> None:
    cells = lattice.cells(points.xyz)
    keys = keys_of(cells, points)
    if tally is not None:
        tally.add(cells, points, with_colours(keys, points))
    gathered.add(keys % np.uint64(share[1]) == share[0], keys, points, step_m)


def las_points(path: Path) -> Iterator[Points]:
    """Read a LAS or LAZ file by laspy, a million points at a time."""
    small = _has_small_colours(path)
    with laspy.open(path, laz_backend=laspy.LazBackend.LazrsParallel) as reader:
        coloured = "red" in reader.header.point_format.dimension_names
        for chunk in reader.chunk_iterator(CHUNK_POINTS):
            header = reader.header
            xyz = np.stack([np.asarray(values) for values in (chunk.X, chunk.Y, chunk.Z)], axis=1)
            colours = np.zeros((len(chunk), 3), np.uint16)
            if coloured:
                colours = np.stack([chunk.red, chunk.green, chunk.blue], axis=1)
            yield Points(
                xyz=xyz * header.scales + header.offsets,
                srgb=colours / (1.0 if small else 257.0),
                # What does not fit eight bits is cut off.
                levels=(colours if small else colours >> 8).astype(np.uint8),
                intensity=np.asarray(chunk.intensity),
                classification=np.asarray(chunk.classification),
            )


def _has_small_colours(path: Path) -> bool:
    """Say whether a file keeps 8-bit colours in its 16 bits, as many do."""
    with laspy.open(path, laz_backend=laspy.LazBackend.LazrsParallel) as reader:
        if "red" not in reader.header.point_format.dimension_names:
            return False
        return not any(
            int(np.asarray(chunk[name]).max()) > 255
            for chunk in reader.chunk_iterator(CHUNK_POINTS)
            for name in ("red", "green", "blue")
        )


def _answer(tree: Written, seen: Seen, moved: Moved, done: int, shares: int) -> dict[str, Any]:
    differences = seen.there.differences(seen.here)
    missing = max(moved.lost, moved.added) + moved.displaced
    if not missing and differences and differences != ["hash"]:
        missing = max(1, abs(seen.there.points - seen.here.points))
    return {
        "decoder": decoder(),
        "points": seen.there.points,
        "points_missing": missing,
        "points_lost": moved.lost,
        "points_added": moved.added,
        "points_displaced": moved.displaced,
        "differences": differences,
        "hash_of_input": f"{seen.there.hash:016x}",
        "hash_of_tiles": f"{seen.here.hash:016x}",
        "tally": seen.here.as_json(),
        "intensity_exact": moved.lost == moved.added == 0,
        "rgb_max_error": round(moved.colour_error, 4),
        "max_position_error_m": moved.farthest_m,
        "pairs_measured": moved.pairs,
        "share_measured": round(done / shares, 4),
        "finest_step_m": seen.finest_step_m,
        "coarsest_step_m": seen.coarsest_step_m,
        "implicit": tree.implicit,
        "tiles": len(tree.levels),
        "children_outside_parents": tree.outside,
        "errors_that_rise": tree.rising,
        "contents_lost": tree.lost,
        "points_outside_own_box": seen.outside_own_box,
    }


def broken(answer: dict[str, Any]) -> list[str]:
    """Name the rules that a checked tileset breaks."""
    rules = ("points_missing", "children_outside_parents", "errors_that_rise", "contents_lost")
    found = [name for name in (*rules, "points_outside_own_box") if answer[name]]
    found += [f"{name} differs" for name in answer["differences"]]
    return found + (["rgb_max_error"] if answer["rgb_max_error"] > 1 else [])


def main(argv: list[str] | None = None) -> int:
    """Check one tileset."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiles_check", description=__doc__)
    parser.add_argument("tiles", type=Path, help="folder of a packed tileset")
    parser.add_argument("cloud", type=Path, help="the LAS or LAZ file it was made of")
    asked = parser.parse_args(argv)
    answer = check(asked.tiles, asked.cloud)
    print(json.dumps(answer | {"broken": broken(answer)}))
    return 1 if broken(answer) else 0


if __name__ == "__main__":
    sys.exit(main())
