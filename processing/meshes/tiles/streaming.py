"""A mesh spilled straight from its file: vertices to a table on disk, triangles to their chunks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.formats.mesh_blocks import MeshBlocks
from processing.geometry.arrays import lowest_and_highest
from processing.meshes.cleaning import MAX_COORDINATE
from processing.meshes.grid import finest_step, step_for
from processing.meshes.mesh import F64
from processing.meshes.reading import as_stated
from processing.meshes.tiles.cube import cube_of
from processing.meshes.tiles.spilling import CHUNK_VERTICES, Spilled, Spiller
from processing.meshes.tiles.table import GONE, Layout, Look, Table
from processing.progress import Progress

BLOCK_VERTICES = 524_288


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a spilled mesh stands, metres: ``origin`` (3,) its local zero, ``low`` and ``high`` bounds."""

    origin: F64
    low: F64
    high: F64


def spill_blocks(
    blocks: MeshBlocks,
    arguments: dict[str, Any],
    folder: Path,
    progress: Progress,
    *,
    most: int = CHUNK_VERTICES,
    exact: bool = False,
) -> tuple[Spilled, Place] | None:
    """Spill a mesh; answers it and its place, or None where a face turned out to be no triangle.

    ``most`` vertices are in a chunk. ``exact`` takes so fine a grid that it merges no vertices that a float32
    tells apart at such an extent.

    Raises
    ------
    KnownError
        ``non-finite``, ``corrupt-data``, ``index-out-of-range``, ``truncated``.
    """
    some = blocks.some_triangles()
    if some is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    layout = Layout(colours=blocks.has_colours)
    table = Table.on_disk(folder / "vertices.bin", blocks.vertices, layout.width)
    progress.stage("reading", blocks.triangles, "triangles")
    low, high, base = _positions(blocks, arguments, table)
    origin = np.round((low + high) / 2)
    extent = 2 * float(max((high - origin).max(), (origin - low).max()))
    corners = table.words[some, :3].view(np.float32)
    step_m = finest_step(extent) if exact else step_for(corners, extent)
    first, last = _to_cells(table, base - origin, step_m)
    spiller = Spiller(
        table,
        Look(layout=layout, step_m=step_m, base_colour=blocks.base_colour),
        cube_of(first, last),
        folder,
        most=most * blocks.rows_a_vertex,
    )
    for triangles in blocks.triangle_blocks():
        if triangles is None:
            spiller.finish().close()
            return None
        spiller.add(triangles)
        progress.advance(len(triangles))
    return spiller.finish(), Place(origin=origin, low=low, high=high)


def _positions(blocks: MeshBlocks, arguments: dict[str, Any], table: Table) -> tuple[F64, F64, F64]:
    """Write positions as float32 around a base, and colours; answer lowest, highest, and the base."""
    low, high, base = np.full(3, np.inf), np.full(3, -np.inf), np.zeros(3)
    at, said = 0, blocks.said()
    for positions, colours in blocks.vertex_blocks():
        placed = as_stated(positions, said, arguments)
        finite = np.isfinite(placed).all(axis=1)
        if finite.any():
            if not np.isfinite(low).any():
                base = np.round(placed[finite][0])
            lowest, highest = lowest_and_highest(placed[finite])
            low, high = np.minimum(low, lowest), np.maximum(high, highest)
        if not finite.all():
            placed = np.where(finite.reshape(-1, 1), placed, np.nan)
        rows = table.words[at : at + len(placed)]
        with np.errstate(over="ignore"):
            rows[:, :3] = (placed - base).astype(np.float32).view(np.uint32)
        if colours is not None:
            rows[:, 3] = colours.view(np.uint32)[:, 0]
        at += len(placed)
        table.forget()
    if not np.isfinite(low).all():
        raise KnownError("non-finite", "no vertex of the file has finite coordinates", "check the export")
    largest = float(max(np.abs(low).max(), np.abs(high).max()))
    if largest > MAX_COORDINATE:
        text = f"a coordinate is {largest:.3g}, which is no length"
        raise KnownError("corrupt-data", text, "check the export's units")
    return low, high, base


def _to_cells(table: Table, shift: F64, step_m: float) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Turn positions into cells of the grid, in place; answer the lowest and the highest (3,)."""
    low, high = np.full(3, np.iinfo(np.int64).max), np.full(3, np.iinfo(np.int64).min)
    for start in range(0, len(table.words), BLOCK_VERTICES):
        rows = table.words[start : start + BLOCK_VERTICES]
        placed = rows[:, :3].view(np.float32).astype(np.float64)
        finite = ~np.isnan(placed[:, 0])
        placed[~finite] = 0
        cells = np.round((placed + shift) / step_m).astype(np.int32)
        if finite.any():
            lowest, highest = lowest_and_highest(cells[finite])
            low, high = np.minimum(low, lowest), np.maximum(high, highest)
        cells[~finite] = GONE
        rows[:, :3] = cells.view(np.uint32)
        table.forget()
    return low.astype(np.int64), high.astype(np.int64)
