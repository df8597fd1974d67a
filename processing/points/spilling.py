"""Reads a cloud once and keeps it on disk as packed cells, 20 bytes a point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import PointChunk
from processing.geometry.arrays import bounds_of
from processing.points.encoding import Attributes
from processing.points.grid import MAX_BITS, SPILL, Cube, Grid, pack, to_cells
from processing.points.reading import Cloud
from processing.progress import Progress

BLOCK_POINTS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Spilled:
    """Points on disk: the file, how many, their inclusive cell bounds, and what they carry."""

    path: Path
    grid: Grid
    points: int
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    attributes: Attributes

    def cube(self) -> Cube:
        """Make the root cube."""
        return Cube.over(self.grid, self.low, self.high)

    def blocks(self, cube: Cube) -> Iterator[NDArray[np.uint64]]:
        """Read the points back as (n, 2) records, a million at a time."""
        with self.path.open("rb") as file:
            while True:
                data = np.fromfile(file, SPILL, BLOCK_POINTS)
                if not len(data):
                    return
                records = np.empty((len(data), 2), np.uint64)
                pack(
                    data["cell"],
                    data["rgb"],
                    data["class"],
                    data["intensity"],
                    cube.corner,
                    cube.bits,
                    records,
                )
                yield records


def spill_cloud(cloud: Cloud, folder: Path, progress: Progress) -> Spilled:
    """Spill a whole cloud; where declared bounds were wrong, measure them and spill again."""
    low, high = cloud.expected_bounds()
    progress.stage("reading", cloud.declared, "points")
    grid = Grid.around(low, high, cloud.own_step_m())
    made = spill_chunks(cloud.chunks(), grid, folder / "points.bin", progress)
    if made is not None:
        return made
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for chunk in cloud.chunks():
        bounds_of(chunk.xyz, low, high)
    progress.stage("reading again", cloud.declared, "points")
    made = spill_chunks(cloud.chunks(), Grid.around(low, high), folder / "points.bin", progress)
    if made is None:
        raise KnownError("corrupt-data", f"points from {low.tolist()} to {high.tolist()} make no grid")
    return made


def spill_chunks(chunks: Iterable[PointChunk], grid: Grid, path: Path, progress: Progress) -> Spilled | None:
    """Write chunks into a file; answer None if they do not fit the grid."""
    path.parent.mkdir(parents=True, exist_ok=True)
    low, high = np.full(3, 2**40, np.int64), np.full(3, -(2**40), np.int64)
    points = 0
    rgb = intensity = classification = False
    with path.open("wb") as file:
        for chunk in chunks:
            cells = np.empty((len(chunk.xyz), 3), np.int32)
            if not to_cells(np.ascontiguousarray(chunk.xyz), grid.origin, grid.step_m, cells):
                return None
            block = np.zeros(len(chunk.xyz), SPILL)
            block["cell"] = cells
            if chunk.rgb is not None:
                block["rgb"], rgb = chunk.rgb, True
            if chunk.intensity is not None:
                block["intensity"] = chunk.intensity
                intensity = intensity or bool(chunk.intensity.any())
            if chunk.classification is not None:
                block["class"] = chunk.classification
                classification = classification or bool(chunk.classification.any())
            block.tofile(file)
            bounds_of(cells, low, high)
            points += len(cells)
            progress.advance(len(cells))
    if not points:
        raise KnownError("empty-result", "no usable point was read", "export the scan again")
    if int((high - low).max()).bit_length() > MAX_BITS:
        return None
    attributes = Attributes(rgb=rgb, intensity=intensity, classification=classification)
    return Spilled(path=path, grid=grid, points=points, low=low, high=high, attributes=attributes)
