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

# WGS 84 (EPSG:7030).
RADIUS_M, FLATTENING = 6378137.0, 1 / 298.257223563


def near(tiles: Path, cloud: Path, said: dict[str, Any]) -> dict[str, Any]:
    """Answer the counts, whether intensities and classes are the same multisets, and the farthest neighbour.

    ``farthest_m`` is the largest distance from a point of either side to the nearest one of the other. Where
    the tiler brought a CRS into a tangent frame, the file's points are brought there on another way: degrees
    by pyproj, point by point, then geocentric, then turned to east, north and up of the origin.
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
    # PROJ may choose another way between two datums than the tiler did: one shift for all points.
    shift = np.zeros(3) if origin is None else mine.mean(axis=0) - theirs[kept].mean(axis=0)
    theirs = theirs + shift
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
        "datum_shift_m": round(float(np.linalg.norm(shift)), 4),
        "farthest_m": round(float(max(there_to_here.max(), here_to_there.max())), 6),
    }


def _tangent(xyz: NDArray[np.float64], declared: str, origin: list[float]) -> NDArray[np.float64]:
    """Bring file coordinates to east, north and up of an origin (degrees, degrees, metres).

    Heights are taken as they stand, in their unit, over the ellipsoid: no geoid.
    """
    crs = pyproj.CRS.from_user_input(declared)
    level = crs.sub_crs_list[0] if crs.is_compound else crs
    to_degrees = pyproj.Transformer.from_crs(level.to_2d(), "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(xyz[:, 0], xyz[:, 1])
    # The last axis of a projected CRS is a length; heights beside degrees are metres.
    last = crs.axis_info[-1]
    height_m = xyz[:, 2] * (1.0 if last.unit_name == "degree" else last.unit_conversion_factor)
    home = _geocentric(np.array([origin[0]]), np.array([origin[1]]), np.array([origin[2]]))
    away = _geocentric(np.asarray(longitude), np.asarray(latitude), height_m) - home
    lon, lat = np.radians(origin[0]), np.radians(origin[1])
    turn = np.array(
        [
            [-np.sin(lon), np.cos(lon), 0.0],
            [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)],
            [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)],
        ]
    )
    made: NDArray[np.float64] = away @ turn.T
    return made


def _geocentric(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], height_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn degrees and metres over WGS 84 into (n, 3) metres from its centre (EPSG method 9602)."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    squared = FLATTENING * (2 - FLATTENING)
    across_m = RADIUS_M / np.sqrt(1 - squared * np.sin(lat) ** 2)
    flat_m = (across_m + height_m) * np.cos(lat)
    up_m = (across_m * (1 - squared) + height_m) * np.sin(lat)
    return np.stack([flat_m * np.cos(lon), flat_m * np.sin(lon), up_m], axis=1)
