"""What a cloud is like: density, spacing, normals, roughness, measured on its COPC file.

Spacing is the distance of a point to its nearest other. Normals are those of planes laid through a point and
its k nearest (Hoppe et al. 1992); roughness is the root mean square distance of these points from the plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.points.neighbours import FramedCloud, Nearest, neighbours_in
from processing.progress import Progress

RECIPE = {"name": "cloud-measure", "version": 1}
MOST_NEIGHBOURS = 200
MOST_CELLS = 20_000_000
BINS = 40
# |z| of a unit normal: within 25 degrees of upright, and within 17 degrees of level.
LEVEL_ABOVE, UPRIGHT_BELOW = 0.9, 0.3


@dataclass(frozen=True, kw_only=True)
class MeasureAsk:
    """``sample``: how many points are looked at, spread evenly; density counts all of them."""

    neighbours: int = 16
    cell_m: float = 1.0
    sample: int = 1_000_000


def measured(cloud: FramedCloud, ask: MeasureAsk, progress: Progress) -> dict[str, Any]:
    """Measure a cloud; lengths in metres of the version's own frame."""
    check_neighbours(ask.neighbours, cloud.points)
    _check_cell(ask.cell_m, cloud)
    progress.stage("measuring", cloud.points, "points")
    every = max(1, -(-cloud.points // ask.sample))
    columns, cells = Cells(2), Cells(3)
    spacing: list[NDArray[np.float64]] = []
    rough: list[NDArray[np.float64]] = []
    upward: list[NDArray[np.float64]] = []
    seen = 0
    for block in cloud.blocks(ask.cell_m):
        loaded = cloud.load(block)
        mine = loaded.xyz[loaded.inside]
        if not len(mine):
            continue
        seen += len(mine)
        where = np.floor(mine / ask.cell_m).astype(np.int64)
        columns.add(where[:, :2])
        cells.add(where)
        chosen = loaded.inside[loaded.numbers[loaded.inside] % every == 0]
        for _, found in neighbours_in(cloud, loaded, ask.neighbours, chosen, with_coordinates=True):
            spacing.append(found.distances[:, 1])
            normals, roughness = planes(found)
            rough.append(roughness)
            upward.append(np.abs(normals[:, 2]))
        progress.advance(len(mine))
    check_all_seen(cloud, seen)
    up = np.concatenate(upward)
    return {
        "points": cloud.points,
        "measured_points": len(up),
        "parameters": {"neighbours": ask.neighbours, "cell_m": ask.cell_m, "sample": ask.sample},
        "spacing": told(np.concatenate(spacing)),
        "density_per_m2": told(columns.counts / ask.cell_m**2, unit="") | {"cells": len(columns.counts)},
        "density_per_m3": told(cells.counts / ask.cell_m**3, unit="") | {"cells": len(cells.counts)},
        "roughness": told(np.concatenate(rough)),
        "normals": {
            "level_share": float((up > LEVEL_ABOVE).mean()),
            "upright_share": float((up < UPRIGHT_BELOW).mean()),
            "histogram_of_z": histogram(up, np.linspace(0, 1, 21)),
        },
        "frame": cloud.frame.as_json(),
        "crs": cloud.frame.crs,
        "recipe": RECIPE,
        "warnings": cloud.warnings,
        "files": [],
    }


def spacing_of(cloud: FramedCloud, sample: int, progress: Progress) -> dict[str, Any]:
    """Measure the spacing alone, on about ``sample`` points."""
    every = max(1, -(-cloud.points // sample))
    progress.stage("measuring", cloud.points, "points")
    found_m = [np.zeros(0)]
    if cloud.points < 2:
        return {"measured_points": 0}
    for block in cloud.blocks():
        loaded = cloud.load(block)
        chosen = loaded.inside[loaded.numbers[loaded.inside] % every == 0]
        found_m += [found.distances[:, 1] for _, found in neighbours_in(cloud, loaded, 1, chosen)]
        progress.advance(len(loaded.inside))
    values = np.concatenate(found_m)
    return {"measured_points": len(values)} | told(values)


def planes(found: Nearest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer unit normals (n, 3), z not negative, and the roughness (n,) of the points found around."""
    assert found.around is not None
    away = found.around - found.around.mean(axis=1, keepdims=True)
    spread, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", away, away) / away.shape[1])
    normals = axes[:, :, 0]
    normals = np.where(normals[:, 2:] < 0, -normals, normals)
    return normals, np.sqrt(np.maximum(spread[:, 0], 0))


def told(values: NDArray[np.float64], unit: str = "_m") -> dict[str, Any]:
    """Write what numbers are like: mean, quantiles, and a histogram on a scale of ratios."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    said = {"mean": values.mean(), "p05": low, "median": middle, "p95": high, "max": values.max()}
    written: dict[str, Any] = {name + unit: float(value) for name, value in said.items()}
    above = values[values > 0]
    if len(above):
        # Rounding may put edges of nearly equal values in disorder.
        edges = np.sort(np.geomspace(above.min(), np.nextafter(above.max(), np.inf), BINS + 1))
        written["histogram"] = histogram(values, edges)
    return written


def histogram(values: NDArray[np.float64], edges: NDArray[np.float64]) -> dict[str, list[float]]:
    """Count values between edges; below the first are only zeros, counted in the first."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def check_neighbours(neighbours: object, points: int) -> None:
    """Refuse numbers of neighbours that are none, or more than there are points."""
    if isinstance(neighbours, bool) or not isinstance(neighbours, int):
        raise KnownError("invalid-arguments", f"neighbours are {neighbours!r}", "give a whole number")
    if not 1 <= neighbours <= MOST_NEIGHBOURS:
        raise KnownError(
            "invalid-arguments", f"{neighbours} neighbours", f"give one to {MOST_NEIGHBOURS}, often 8 to 32"
        )
    if neighbours >= points:
        raise KnownError(
            "invalid-arguments",
            f"{neighbours} neighbours are asked for, and the cloud has {points} points",
            "give fewer",
        )


def check_length(name: str, value: object) -> None:
    """Refuse a length that is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not np.isfinite(float(str(value))) or float(str(value)) <= 0:
        raise KnownError("invalid-arguments", f"{name} is {value!r}", "give a number above zero")


def check_all_seen(cloud: FramedCloud, seen: int) -> None:
    """Every point is in just one block, or else the file's octree lies."""
    if seen != cloud.points:
        raise KnownError(
            "corrupt-data",
            f"{cloud.file.source.name}: {cloud.points - seen:,} points lie outside their nodes",
            "make the COPC file again",
        )


def _check_cell(cell_m: object, cloud: FramedCloud) -> None:
    check_length("cell_m", cell_m)
    assert isinstance(cell_m, int | float)
    if cell_m * 2**31 < cloud.extent_m.max():
        raise KnownError("invalid-arguments", f"cells of {cell_m} m are too many", "give larger cells")


class Cells:
    """How many points are in each cell that holds any."""

    def __init__(self, axes: int) -> None:
        self.cells = np.zeros((0, axes), np.int64)
        self.counts = np.zeros(0, np.int64)

    def add(self, cells: NDArray[np.int64]) -> None:
        """Count points by their cells (n, axes)."""
        new, counts = np.unique(cells, axis=0, return_counts=True)
        both = np.concatenate([self.cells, new])
        self.cells, at = np.unique(both, axis=0, return_inverse=True)
        sums = np.bincount(at.reshape(-1), np.concatenate([self.counts, counts]), len(self.cells))
        self.counts = sums.astype(np.int64)
        if len(self.counts) > MOST_CELLS:
            raise KnownError("invalid-arguments", f"more than {MOST_CELLS:,} cells", "give larger cells")
