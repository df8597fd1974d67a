"""Cuts a region out of a COPC file: only nodes that it touches are read, every attribute is kept.

The answer is COPC again, in the same octree, so that any LAZ reader opens it and it can be cut once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.copc import MEDIA_TYPE, CopcWriter, Head, Place, Totals, kept_records
from processing.formats.copc_reading import MAX_LEVEL, CopcFile, Node, batches
from processing.formats.las_crs import declared_crs
from processing.formats.las_rows import Layout, Rows, kept_descriptors
from processing.geometry.arrays import bounds_of
from processing.geometry.frames import Frame, plan_frame
from processing.geometry.regions import Region
from processing.points.copc_rows import add_to, coordinates
from processing.progress import Progress
from processing.room.sources import Source

RECIPE = {"name": "cloud-cut", "version": 1}


@dataclass(frozen=True, kw_only=True)
class CutAsk:
    """What is to be cut: a region in metres of the version's own frame, or in the file's coordinates.

    ``spacing_m``: points closer than this are not needed. ``crs`` and ``origin`` are those of the version
    where they are known better than from the file.
    """

    region: Region
    in_file: bool = False
    spacing_m: float | None = None
    crs: str | None = None
    origin: list[float] | None = None


class Cutter:
    """One COPC file, and the part of it that is asked for."""

    def __init__(self, source: Source, ask: CutAsk) -> None:
        self.file = CopcFile(source)
        las = self.file.las
        self.ask = ask
        declared, self.warnings = declared_crs(las)
        self.frame = plan_frame(ask.crs or declared, las.bounds, ask.origin)
        # Half a step: header bounds are rounded, and node cells begin half a step before their points.
        self._data = las.bounds + np.outer([-1, 1], las.scale)
        self.deepest, self.spacing_m = self._level_of(ask.spacing_m)
        self.found = np.array([np.full(3, np.inf), np.full(3, -np.inf)])

    def bounds(self) -> NDArray[np.float64]:
        """Answer the bounds (2, 3) of all points, in the coordinates of the region."""
        return np.stack(self._framed(self.file.las.bounds[0], self.file.las.bounds[1]))

    def nodes(self) -> list[Node]:
        """List the nodes that the region touches."""
        return self.file.nodes(self._touches, self.deepest)

    def counted(self, nodes: list[Node]) -> tuple[int, int]:
        """Say how many points there are at least and at most, without reading one."""
        within = sum(node.points for node in nodes if self._holds(node.place))
        return within, sum(node.points for node in nodes)

    def inside(self, rows: Rows) -> Rows:
        """Choose the records in the region, and widen ``found`` by them."""
        las = self.file.las
        xyz = coordinates(rows) * las.scale + las.offset
        if not self.ask.in_file:
            xyz = self.frame.bring(xyz)
        chosen = self.ask.region.contains(xyz)
        bounds_of(xyz[chosen], self.found[0], self.found[1])
        return rows[chosen]

    def _touches(self, place: Place) -> bool:
        cell = self._cell(place)
        return cell is not None and self.ask.region.touches(*cell)

    def _holds(self, place: Place) -> bool:
        cell = self._cell(place)
        return cell is not None and self.ask.region.holds(*cell)

    def _cell(self, place: Place) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        low, high = self.file.cell(place)
        # Other writers round: points may stand a step outside their cell.
        low, high = low - self.file.las.scale, high + self.file.las.scale
        # Beyond its points a cube may leave the CRS: a hundred metres of height, a hundred degrees of width.
        low, high = np.maximum(low, self._data[0]), np.minimum(high, self._data[1])
        return None if (low > high).any() else self._framed(low, high)

    def _framed(
        self, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Put a box around what becomes of a box in the file's coordinates."""
        return (low, high) if self.ask.in_file else box_around(self.frame, low, high)

    def _level_of(self, spacing_m: float | None) -> tuple[int, float | None]:
        """Choose the first level that is fine enough, and say how fine it is."""
        if spacing_m is None:
            return MAX_LEVEL, None
        if not (np.isfinite(spacing_m) and spacing_m > 0):
            raise KnownError("invalid-region", f"a spacing of {spacing_m} m", "give metres above zero")
        of_root = self.file.spacing * metres_per_unit(self.frame, self.file.las.bounds)
        level = int(np.clip(np.ceil(np.log2(of_root / spacing_m)), 0, MAX_LEVEL))
        return level, of_root / 2**level


def cut_cloud(
    source: Source, ask: CutAsk, path: Path, progress: Progress, *, only_count: bool = False
) -> dict[str, Any]:
    """Write the points of a region to ``path``; answer how many, and how much was read for them.

    Raises
    ------
    KnownError
        ``empty-result`` if no point lies in the region.
    """
    cutter = Cutter(source, ask)
    nodes = cutter.nodes()
    least, most = cutter.counted(nodes)
    if only_count:
        to_read = sum(b[-1].offset + b[-1].size - b[0].offset for b in batches(nodes))
        said = {"points_at_least": least, "points_at_most": most, "bytes_to_read": to_read}
        return said | _told(cutter, nodes) | {"files": []}
    path.parent.mkdir(parents=True, exist_ok=True)
    progress.stage("cutting", most, "points")
    totals = Totals()
    size = _written(cutter, nodes, path, totals, progress)
    return {
        "points": totals.points,
        "bytes": size,
        "points_read": most,
        "bounds": cutter.found.tolist(),
        **_told(cutter, nodes),
        "files": [{"path": path.name, "role": "cut", "media_type": MEDIA_TYPE}],
    }


def _told(cutter: Cutter, nodes: list[Node]) -> dict[str, Any]:
    source = cutter.file.source
    return {
        "region": cutter.ask.region.as_json(),
        "coordinates": "crs" if cutter.ask.in_file else "frame",
        "spacing_m": cutter.spacing_m,
        "nodes_read": len(nodes),
        "bytes_read": source.bytes_read,
        "bytes_of_file": source.size,
        "requests": source.requests,
        "points_of_file": cutter.file.las.points,
        "frame": cutter.frame.as_json(),
        "crs": cutter.frame.crs,
        "recipe": RECIPE,
        "warnings": cutter.warnings,
    }


def _written(cutter: Cutter, nodes: list[Node], path: Path, totals: Totals, progress: Progress) -> int:
    writer = CopcWriter(path, head_of(cutter.file))
    try:
        for node, rows in cutter.file.rows(nodes):
            kept = cutter.inside(rows)
            if len(kept):
                add_to(totals, kept)
                writer.put(node.place, kept)
            progress.advance(node.points)
        if not totals.points:
            low, high = cutter.bounds().round(3).tolist()
            raise KnownError(
                "empty-result",
                f"no point of {cutter.file.source.name} lies in the region; its points span {low} to {high}",
                "check whether the region is meant in metres of the version's own frame or in its CRS",
            )
        return writer.close(totals)
    finally:
        writer.abandon()


def head_of(file: CopcFile) -> Head:
    """Say of another COPC file in the same octree what this one says."""
    las, layout = file.las, file.layout
    text = las.vlr("LASF_Projection", 2112)
    wkt = text.split(b"\0", 1)[0].decode("utf-8", "replace") if text else None
    return Head(
        layout=Layout(
            point_format=layout.point_format,
            extra_bytes=layout.extra_bytes,
            descriptors=kept_descriptors(layout.descriptors, layout.extra_bytes),
        ),
        scale=las.scale,
        offset=las.offset,
        cube_low=file.low,
        side=file.side,
        spacing=file.spacing,
        wkt=wkt or None,
        gps_standard=las.gps_standard,
        others=kept_records(las.vlrs, crs_is_written=bool(wkt)),
    )


def box_around(
    frame: Frame, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put a box in the frame around what becomes of a box in file coordinates.

    The map bends little: between 27 points of the box it leaves their own box by an eighth of their second
    differences, of which eight times as much is added.
    """
    thirds = np.stack([low, (low + high) / 2, high])
    picks = np.stack(np.meshgrid([0, 1, 2], [0, 1, 2], [0, 1, 2], indexing="ij"), axis=-1).reshape(-1, 3)
    brought = frame.bring(np.stack([thirds[picks[:, k], k] for k in range(3)], axis=1))
    lattice = brought.reshape(3, 3, 3, 3)
    bends = [np.abs(np.diff(lattice, 2, axis=k)).reshape(-1, 3).max(axis=0) for k in range(3)]
    mixed = [
        np.abs(np.diff(np.diff(lattice, axis=j), axis=k)).reshape(-1, 3).max(axis=0)
        for j, k in ((0, 1), (0, 2), (1, 2))
    ]
    margin = sum([*bends, *mixed], np.zeros(3))
    return brought.min(axis=0) - margin, brought.max(axis=0) + margin


def metres_per_unit(frame: Frame, bounds: NDArray[np.float64]) -> float:
    """Say how long one unit of the file is where it is longest, in the middle of its bounds (2, 3)."""
    middle = bounds.mean(axis=0)
    step = 1e-6 * np.maximum(np.abs(bounds[1] - bounds[0]).max(), 1e-3)
    ends = frame.bring(middle + np.vstack([np.zeros(3), step * np.eye(3)]))
    return float(np.linalg.norm(ends[1:] - ends[0], axis=1).max() / step)
