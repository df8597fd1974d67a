"""Cleans a cloud: statistical outliers, voxel thinning, normals; every attribute of what stays is kept.

Reads COPC and writes COPC in the same octree: nodes keep their place and lose points. Outliers are those
whose mean distance to their k nearest lies more than ``ratio`` standard deviations above the mean of all
(Rusu et al. 2008). Of the points of a voxel the one nearest their mean stays: a real point, never a made one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.copc import MEDIA_TYPE, CopcWriter, Head, Totals
from processing.formats.las_rows import Layout, Rows, plain_descriptor
from processing.geometry.frames import Frame
from processing.points.copc_cut import head_of
from processing.points.copc_rows import add_to
from processing.points.measuring import (
    check_all_seen,
    check_length,
    check_neighbours,
    planes,
    spacing_of,
    told,
)
from processing.points.neighbours import FramedCloud, nearest_distance, neighbours_in
from processing.progress import Progress
from processing.room.sources import FileSource

RECIPE = {"name": "cloud-clean", "version": 1}
# Points on which the effect is measured, spread evenly over those there are.
SAMPLE = 100_000
NORMALS = ("NormalX", "NormalY", "NormalZ", "Roughness")


@dataclass(frozen=True, kw_only=True)
class CleanAsk:
    """What to do: ``ratio`` and ``most_spacing_m`` take outliers away, ``voxel_m`` thins, ``normals`` adds.

    ``most_spacing_m``: a mean distance to the neighbours above which a point goes, whatever the others are.
    """

    neighbours: int = 16
    ratio: float | None = None
    most_spacing_m: float | None = None
    voxel_m: float | None = None
    normals: bool = False

    def as_json(self) -> dict[str, Any]:
        """Write the parameters as they stand in the result."""
        return {
            "neighbours": self.neighbours,
            "ratio": self.ratio,
            "most_spacing_m": self.most_spacing_m,
            "voxel_m": self.voxel_m,
            "normals": self.normals,
        }

    @property
    def finds_outliers(self) -> bool:
        """Say whether points go for standing alone."""
        return self.ratio is not None or self.most_spacing_m is not None


def clean_cloud(cloud: FramedCloud, ask: CleanAsk, path: Path, progress: Progress) -> dict[str, Any]:
    """Write what stays to ``path``; answer what that did to the cloud, measured on the written file.

    Raises
    ------
    KnownError
        ``invalid-arguments`` for parameters that make no sense, ``empty-result`` if no point stays.
    """
    _check(cloud, ask)
    work = path.parent / f".work-{path.name}"
    work.mkdir(parents=True, exist_ok=True)
    try:
        sums = _Numbers(work, cloud.points, ask)
        before = spacing_of(cloud, SAMPLE, progress)
        said: dict[str, Any] = {"outliers": None, "thinned": None}
        if sums.mean_m is not None or sums.planes is not None:
            _look_around(cloud, ask, sums, progress)
        if sums.mean_m is not None:
            said["outliers"] = _without_outliers(ask, sums.mean_m, sums.stays)
        if ask.voxel_m is not None:
            said["thinned"] = _thinned(cloud, ask.voxel_m, sums.stays, progress)
        points = sum(int(part.sum()) for part in _parts(sums.stays))
        if not points:
            raise KnownError(
                "empty-result", f"none of the {cloud.points:,} points stays", "give less strict parameters"
            )
        size, gone = _written(cloud, ask, path, sums, cloud.points - points, progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    made = FramedCloud(
        FileSource(path), cloud.frame.crs["declared"], cloud.frame.as_json()["origin_geodetic"]
    )
    return {
        "points_in": cloud.points,
        "points": points,
        "removed": cloud.points - points,
        "removed_share": (cloud.points - points) / cloud.points,
        **said,
        "spacing_before": before,
        "spacing_after": spacing_of(made, SAMPLE, progress),
        "deviation": _deviation(made, gone),
        "bytes": size,
        "parameters": ask.as_json(),
        "extra_bytes": list(NORMALS) if ask.normals else [],
        "frame": cloud.frame.as_json(),
        "crs": cloud.frame.crs,
        "recipe": RECIPE,
        "warnings": cloud.warnings,
        "files": [{"path": path.name, "role": "clean", "media_type": MEDIA_TYPE}],
    }


def _check(cloud: FramedCloud, ask: CleanAsk) -> None:
    if not (ask.finds_outliers or ask.voxel_m is not None or ask.normals):
        raise KnownError(
            "invalid-arguments", "nothing is to be done", "give ratio, most_spacing_m, voxel_m or normals"
        )
    if ask.finds_outliers or ask.normals:
        check_neighbours(ask.neighbours, cloud.points)
    if ask.ratio is not None:
        check_length("ratio", ask.ratio)
    if ask.most_spacing_m is not None:
        check_length("most_spacing_m", ask.most_spacing_m)
    if ask.voxel_m is not None:
        check_length("voxel_m", ask.voxel_m)
        extent_m = float(cloud.extent_m.max())
        if ask.voxel_m > extent_m or ask.voxel_m * 2**31 < extent_m:
            raise KnownError(
                "invalid-arguments",
                f"voxels of {ask.voxel_m:g} m in a cloud of {extent_m:.3f} m",
                "give the distance at which points are still told apart, such as 0.01",
            )
    held = cloud.file.layout.descriptors
    if ask.normals and any(name.encode() + b"\0" in held for name in NORMALS):
        raise KnownError("invalid-arguments", "the cloud has normals already", "clean it without normals")


class _Numbers:
    """A number for every point of the cloud, on disk: whether it stays, and what lies around it."""

    def __init__(self, work: Path, points: int, ask: CleanAsk) -> None:
        self.stays: NDArray[np.bool_] = np.memmap(work / "stays.bin", np.bool_, "w+", shape=(points,))
        self.stays[:] = True
        self.mean_m: NDArray[np.float64] | None = None
        self.planes: NDArray[np.float32] | None = None
        if ask.finds_outliers:
            self.mean_m = np.memmap(work / "mean.bin", np.float64, "w+", shape=(points,))
        if ask.normals:
            self.planes = np.memmap(work / "planes.bin", np.float32, "w+", shape=(points, len(NORMALS)))


def _look_around(cloud: FramedCloud, ask: CleanAsk, sums: _Numbers, progress: Progress) -> None:
    progress.stage("neighbours", cloud.points, "points")
    in_file = file_from_frame(cloud.frame, cloud.file.las.bounds)
    seen = 0
    for block in cloud.blocks():
        loaded = cloud.load(block)
        wanted = sums.planes is not None
        for part, found in neighbours_in(
            cloud, loaded, ask.neighbours, loaded.inside, with_coordinates=wanted
        ):
            numbers = loaded.numbers[part]
            if sums.mean_m is not None:
                sums.mean_m[numbers] = found.distances[:, 1:].mean(axis=1)
            if sums.planes is not None:
                normals, roughness = planes(found)
                sums.planes[numbers] = np.column_stack([normals @ in_file.T, roughness])
        seen += len(loaded.inside)
        progress.advance(len(loaded.inside))
    check_all_seen(cloud, seen)


def file_from_frame(frame: Frame, bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Answer the rotation (3, 3) that turns directions of the frame along the axes of the file.

    North of a grid is not north; an analyst sees normals beside the file's own coordinates. Over a site the
    angle hardly changes: it is taken in the middle.
    """
    middle = bounds.mean(axis=0)
    step = 1e-6 * np.maximum(np.abs(bounds[1] - bounds[0]), 1e-3)
    ends = frame.bring(middle + np.vstack([np.zeros(3), np.diag(step)]))
    along = (ends[1:] - ends[0]).T
    left, _, right = np.linalg.svd(along / np.linalg.norm(along, axis=0))
    return np.asarray((left @ right).T, np.float64)


def _without_outliers(
    ask: CleanAsk, mean_m: NDArray[np.float64], stays: NDArray[np.bool_]
) -> dict[str, float | int]:
    mean = sum(float(part.sum()) for part in _parts(mean_m)) / len(mean_m)
    squares = sum(float(((part - mean) ** 2).sum()) for part in _parts(mean_m))
    deviation = (squares / max(1, len(mean_m) - 1)) ** 0.5
    limits = [ask.most_spacing_m] if ask.most_spacing_m is not None else []
    if ask.ratio is not None:
        limits.append(mean + ask.ratio * deviation)
    limit = min(limits)
    removed = 0
    for start in range(0, len(stays), SAMPLE):
        alone = mean_m[start : start + SAMPLE] > limit
        stays[start : start + SAMPLE] &= ~alone
        removed += int(alone.sum())
    return {"removed": removed, "mean_m": mean, "standard_deviation_m": deviation, "limit_m": limit}


def _thinned(
    cloud: FramedCloud, voxel_m: float, stays: NDArray[np.bool_], progress: Progress
) -> dict[str, float | int]:
    progress.stage("thinning", cloud.points, "points")
    voxels = removed = seen = 0
    for block in cloud.blocks(voxel_m):
        loaded = cloud.load(block)
        seen += len(loaded.inside)
        mine = loaded.inside[stays[loaded.numbers[loaded.inside]]]
        if len(mine):
            kept = one_a_voxel(loaded.xyz[mine], voxel_m)
            numbers = loaded.numbers[mine]
            stays[numbers] = False
            stays[numbers[kept]] = True
            voxels += len(kept)
            removed += len(mine) - len(kept)
        progress.advance(len(loaded.inside))
    check_all_seen(cloud, seen)
    return {"removed": removed, "voxels": voxels}


def one_a_voxel(xyz: NDArray[np.float64], voxel_m: float) -> NDArray[np.int64]:
    """Choose the point nearest to the mean of each voxel's points; the first of equals."""
    cells = np.floor(xyz / voxel_m).astype(np.int64)
    _, voxel, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    voxel = voxel.reshape(-1)
    # Far from the origin sums would lose the digits that tell points apart.
    local = xyz - cells * voxel_m
    means = np.stack([np.bincount(voxel, local[:, k]) for k in range(3)], axis=1) / counts[:, None]
    away = ((local - means[voxel]) ** 2).sum(axis=1)
    order = np.lexsort((away, voxel))
    return np.asarray(order[np.concatenate([[0], np.cumsum(counts)[:-1]])], np.int64)


def _parts(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    for start in range(0, len(values), SAMPLE):
        yield np.asarray(values[start : start + SAMPLE])


def _written(
    cloud: FramedCloud, ask: CleanAsk, path: Path, sums: _Numbers, removed: int, progress: Progress
) -> tuple[int, NDArray[np.float64]]:
    """Write what stays; answer the size, and coordinates of some of what went."""
    progress.stage("writing", cloud.points, "points")
    every = max(1, -(-removed // SAMPLE))
    totals, gone, passed = Totals(), [np.zeros((0, 3))], 0
    writer = CopcWriter(path, _head(cloud, ask))
    try:
        for i, rows in cloud.rows(np.arange(len(cloud.nodes))):
            span = slice(int(cloud.starts[i]), int(cloud.starts[i + 1]))
            stays = np.asarray(sums.stays[span])
            left = np.flatnonzero(~stays)
            some = left[-passed % every :: every]
            if len(some):
                gone.append(cloud.framed(rows[some]))
            passed += len(left)
            if stays.any():
                kept = _widened(rows, sums.planes, span)[stays]
                add_to(totals, kept)
                writer.put(cloud.nodes[i].place, kept)
            progress.advance(len(rows))
        return writer.close(totals), np.concatenate(gone)
    finally:
        writer.abandon()


def _widened(rows: Rows, around: NDArray[np.float32] | None, span: slice) -> Rows:
    if around is None:
        return rows
    added = np.ascontiguousarray(around[span]).astype("<f4").view(np.uint8)
    return np.concatenate([rows, added.reshape(len(rows), -1)], axis=1)


def _head(cloud: FramedCloud, ask: CleanAsk) -> Head:
    head = head_of(cloud.file)
    if not ask.normals:
        return head
    old = head.layout
    added = b"".join(plain_descriptor(name, np.dtype("<f4")) for name in NORMALS)
    layout = Layout(
        point_format=old.point_format,
        extra_bytes=old.extra_bytes + 4 * len(NORMALS),
        descriptors=old.descriptors + added,
    )
    return replace(head, layout=layout)


def _deviation(made: FramedCloud, gone: NDArray[np.float64]) -> dict[str, Any]:
    """Say how far what went lies from what stayed; what stayed did not move."""
    said: dict[str, Any] = {"kept_moved_m": 0.0, "measured_points": len(gone)}
    if len(gone):
        said["removed_to_kept"] = told(nearest_distance(made, gone))
    return said
