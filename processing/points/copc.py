"""Clouds as COPC, out of core: the octree of the tiles over the file's own integers.

Coordinates and CRS stay the file's own, not those of the version's frame: an analyst reads the same numbers
as in the master. Records are spilled once, cut into cells that fit memory by the same code as tiles, and
which point shows first depends on its contents only: the bytes are the same whatever the memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.copc import MEDIA_TYPE, CopcWriter, Head, Place, Totals
from processing.formats.detect import Detected
from processing.formats.las_rows import Layout, Rows, has_time
from processing.geometry.morton import BITS, morton_cells
from processing.geometry.sorting import sort_by_key
from processing.points.chunking import MAX_DEPTH, Chunk, count_bins, cut, group
from processing.points.copc_rows import Root, add_to, ranked
from processing.points.inspection import described
from processing.points.las_source import LasSource, plan_rows
from processing.points.levels import (
    GRID_DIGITS,
    LEAST_POINTS,
    assign_nodes,
    gathered,
    point_levels,
)
from processing.points.reading import open_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs

# Records, their sorted copy, keys and work space: about three times the record and 70 bytes more a point.
CHUNK_BYTES = 192 << 20
KEY_BYTES = 70
BLOCK_POINTS = 500_000
# Larger leaves than tiles have: an analyst's reader asks for few, and LAZ learns anew in each.
LEAF_POINTS = 50_000
# Of a cell that is cut, at most 64**3 + 32**3 + ... points are drawn by nodes above it (levels.py): with more
# than these and a leaf in every cell's parent, the parent is no leaf, and the cut does not show.
LEAST_CHUNK_POINTS = LEAF_POINTS + 300_000
RECIPE = {"name": "cloud-copc", "version": 2}


def copc_cloud(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Write a cloud into ``out``; ``memory_mib`` bounds the working memory, and changes no byte."""
    del inputs
    name = str(arguments.get("file", "cloud.copc.laz"))
    work = out / f".work-{name}"
    budget = int(arguments.get("memory_mib", CHUNK_BYTES >> 20)) << 20
    try:
        cloud = open_cloud(Inputs(detected.mains), work, crs=arguments.get("crs"))
        source = plan_rows(cloud.readers, cloud.file_bounds)
        work.mkdir(parents=True, exist_ok=True)
        progress.stage("reading", cloud.declared, "points")
        totals = _spill(source, work / "rows.bin", progress)
        root = Root.over(totals, source.scale, source.offset)
        writer = CopcWriter(out / name, _head(source, root))
        try:
            nodes, levels = _write(writer, source.layout, root, totals, work, budget, progress)
            size = writer.close(totals)
        finally:
            writer.abandon()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    about = described(cloud, detected)
    times = any(has_time(reader.las.point_format) for reader in source.readers if hasattr(reader, "las"))
    return {
        "points": totals.points,
        "bytes": size,
        "nodes": nodes,
        "levels": levels,
        "point_format": source.layout.point_format,
        "extra_bytes": source.layout.extra_bytes,
        "scale": source.scale.tolist(),
        "has_gps_time": times,
        "wkt": source.wkt is not None,
        "max_position_error": source.worst,
        "dropped": source.dropped,
        "recipe": RECIPE | {"leaf_points": LEAF_POINTS, "least_points": LEAST_POINTS},
        "crs": about["crs"],
        "warnings": about["warnings"],
        "files": [{"path": name, "role": "copc", "media_type": MEDIA_TYPE}],
    }


def _spill(source: LasSource, path: Path, progress: Progress) -> Totals:
    totals = Totals()
    with path.open("wb") as file:
        for rows in source.rows():
            add_to(totals, rows)
            rows.tofile(file)
            progress.advance(len(rows))
    if not totals.points:
        raise KnownError("empty-result", "no usable point was read", "export the scan again")
    return totals


def _head(source: LasSource, root: Root) -> Head:
    cube = root.cube
    return Head(
        layout=source.layout,
        scale=source.scale,
        offset=source.offset,
        cube_low=cube.grid.origin + cube.low_m,
        side=cube.side_m,
        spacing=cube.side_m / 2**GRID_DIGITS,
        wkt=source.wkt,
        gps_standard=source.gps_standard,
        others=source.others,
    )


def _write(
    writer: CopcWriter,
    layout: Layout,
    root: Root,
    totals: Totals,
    work: Path,
    budget: int,
    progress: Progress,
) -> tuple[int, int]:
    """Write every node after all nodes below it, in Morton order; answer how many, and how many levels.

    A node above the cells is written as soon as the last cell below it was: at most one branch is held.
    """
    most = max(LEAST_CHUNK_POINTS, budget // (3 * layout.record_bytes + KEY_BYTES))
    above: dict[Place, list[Rows]] = {}
    nodes = deepest = 0
    started = False
    for chunk, rows in _chunks(layout, root, totals, work, most, progress):
        if not started:
            progress.stage("writing", totals.points, "points")
            started = True
        for place in _passed(above, chunk):
            writer.put(place, np.concatenate(above.pop(place)))
            nodes += 1
        for place, piece in _nodes_of(chunk, rows, root):
            deepest = max(deepest, place[0])
            if place[0] < chunk.depth:
                above.setdefault(place, []).append(piece)
                continue
            writer.put(place, piece)
            nodes += 1
        writer.flush()
        progress.advance(chunk.points)
    for place in sorted(above, reverse=True):
        writer.put(place, np.concatenate(above.pop(place)))
        nodes += 1
    return nodes, deepest + 1


def _passed(above: dict[Place, list[Rows]], chunk: Chunk) -> list[Place]:
    """List the nodes, deepest first, that this cell and those after it in Morton order do not lie in."""
    here = _place(MAX_DEPTH, np.uint64(chunk.first_bin << 3 * (BITS - MAX_DEPTH)))
    return sorted((one for one in above if _ancestor(here, one[0]) != one), reverse=True)


def _ancestor(place: Place, level: int) -> Place:
    up = place[0] - level
    return level, place[1] >> up, place[2] >> up, place[3] >> up


def _chunks(
    layout: Layout, root: Root, totals: Totals, work: Path, most: int, progress: Progress
) -> Iterator[tuple[Chunk, Rows]]:
    """Give the records of every cell of at most ``most`` points; the spilled file is gone afterwards."""
    spilled, size = work / "rows.bin", layout.record_bytes
    if totals.points <= most:
        rows = np.fromfile(spilled, np.uint8).reshape(-1, size)
        spilled.unlink()
        yield Chunk(depth=0, first_bin=0, points=len(rows), start=0), rows
        return
    progress.stage("sorting", 2 * totals.points, "points")
    counts = np.zeros(8**MAX_DEPTH, np.int64)
    for rows in _blocks(spilled, size):
        count_bins(root.records(rows), counts)
        progress.advance(len(rows))
    chunks = cut(counts, most)
    del counts
    path = work / "chunks.bin"
    _scatter(spilled, path, layout, root, chunks, progress)
    spilled.unlink()
    with path.open("rb") as file:
        for chunk in chunks:
            file.seek(chunk.start * size)
            yield chunk, np.fromfile(file, np.uint8, chunk.points * size).reshape(-1, size)
    path.unlink()


def _blocks(path: Path, size: int) -> Iterator[Rows]:
    with path.open("rb") as file:
        while len(data := np.fromfile(file, np.uint8, BLOCK_POINTS * size)):
            yield data.reshape(-1, size)


def _scatter(
    spilled: Path, path: Path, layout: Layout, root: Root, chunks: list[Chunk], progress: Progress
) -> None:
    """Write the records of each cell together, keeping their order."""
    chunk_of_bin = np.zeros(8**MAX_DEPTH, np.int32)
    for i, chunk in enumerate(chunks):
        chunk_of_bin[chunk.first_bin : chunk.first_bin + 8 ** (MAX_DEPTH - chunk.depth)] = i
    place = np.array([chunk.start for chunk in chunks], np.int64)
    with path.open("wb") as file:
        for rows in _blocks(spilled, layout.record_bytes):
            ordered, starts = group(root.records(rows), chunk_of_bin, len(chunks))
            moved = rows.take(ordered[:, 1].astype(np.int64), axis=0)
            for i in np.flatnonzero(np.diff(starts)).tolist():
                file.seek(int(place[i]) * layout.record_bytes)
                moved[starts[i] : starts[i + 1]].tofile(file)
                place[i] += int(starts[i + 1] - starts[i])
            progress.advance(len(rows))


def _nodes_of(chunk: Chunk, rows: Rows, root: Root) -> Iterator[tuple[Place, Rows]]:
    """Put the records of one cell into nodes, in Morton order inside each; children before parents."""
    records = root.records(rows)
    spare = np.empty_like(records)
    ordered = sort_by_key(records, spare)
    other = spare if ordered is records else records
    # What is seen first must not hang on the order of the file: rank by contents, not by number.
    ranked(rows, ordered, other)
    levels = point_levels(other)
    nodes, table = assign_nodes(ordered, levels, chunk.depth, LEAF_POINTS, LEAST_POINTS)
    first_keys = ordered[table[:, 1], 0]
    starts = gathered(ordered, nodes, len(table), other)
    order = other[:, 1].astype(np.int64)
    last_keys = first_keys | _ones_below(table[:, 0])
    for i in np.lexsort((-table[:, 0], last_keys)).tolist():
        if starts[i + 1] > starts[i]:
            place = _place(int(table[i, 0]), first_keys[i])
            yield place, rows.take(order[starts[i] : starts[i + 1]], axis=0)


def _ones_below(levels: NDArray[np.int64]) -> NDArray[np.uint64]:
    return (np.uint64(1) << (3 * (BITS - levels)).astype(np.uint64)) - np.uint64(1)


def _place(level: int, key: np.uint64) -> Place:
    x, y, z = (int(value) >> (BITS - level) for value in morton_cells(np.array([key], np.uint64))[0])
    return level, x, y, z
