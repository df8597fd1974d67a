"""Holds the tiles of a small real cloud against its file by nearest neighbours, brought home by pyproj."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from benchmarks.checking.decoded import decoded_tiles
from benchmarks.checking.written import written_tree
from benchmarks.tiles_check import las_points


def near(tiles: Path, cloud: Path, said: dict[str, Any]) -> dict[str, Any]:
    """Answer the counts, whether intensities and classes are the same multisets, and the farthest neighbour.

    ``farthest_m`` is the largest distance from a point of either side to the nearest one of the other. Where
    the tiler brought a CRS into a tangent frame, pyproj brings the file's points there on a way of its own:
    geodetic, geocentric, turned to east, north and up of the origin.
    """
    from scipy.spatial import cKDTree

    tree = written_tree(tiles)
    here = list(decoded_tiles(tiles))
    there = list(las_points(cloud))
    mine = np.concatenate([tile.xyz for tile in here]) + tree.origin
    theirs = np.concatenate([points.xyz for points in there])
    origin = said["frame"]["origin_geodetic"]
    if origin is not None:
        theirs = _tangent(theirs, said["crs"]["declared"], origin)
    kept = np.isfinite(theirs).all(axis=1)
    there_to_here, _ = cKDTree(mine).query(theirs[kept])
    here_to_there, _ = cKDTree(theirs[kept]).query(mine)

    def same(name: str) -> bool:
        a = np.sort(np.concatenate([getattr(tile, name) for tile in here]))
        b = np.sort(np.concatenate([getattr(points, name) for points in there]))
        return bool(np.array_equal(a, b))

    return {
        "points_missing": abs(len(mine) - len(theirs)),
        "same_intensities": same("intensity"),
        "same_classes": same("classification"),
        "farthest_m": round(float(max(there_to_here.max(), here_to_there.max())), 6),
    }


def _tangent(xyz: NDArray[np.float64], declared: str, origin: list[float]) -> NDArray[np.float64]:
    """Bring file coordinates to east, north and up of an origin (degrees, degrees, metres)."""
    crs = pyproj.CRS.from_user_input(declared)
    whole = crs if len(crs.axis_info) > 2 or crs.is_compound else crs.to_3d()
    geocentric = pyproj.Transformer.from_crs(whole, "EPSG:4978", always_xy=True)
    at = np.stack(geocentric.transform(xyz[:, 0], xyz[:, 1], xyz[:, 2]), axis=1)
    from_geodetic = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    home = from_geodetic.transform(origin[0], origin[1], origin[2])
    lon, lat = np.radians(origin[0]), np.radians(origin[1])
    turn = np.array(
        [
            [-np.sin(lon), np.cos(lon), 0.0],
            [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)],
            [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)],
        ]
    )
    made: NDArray[np.float64] = (at - np.array(home)) @ turn.T
    return made
