"""One grid for all tiles of a mesh: its step is a power of two, so every position is exact in any file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from processing.geometry.welding import weld
from processing.meshes.mesh import F32, Mesh
from processing.meshes.parts import GRID_LEVELS, MAX_FLOAT_INTEGER

# Half a millimetre is what careful scanners resolve.
FINEST_M = 0.0005
EDGE_SHARE = 0.25
Cells = npt.NDArray[np.int64]


def tile_step_m(mesh: Mesh) -> float:
    """The largest power of two within half a millimetre and a quarter of the median edge.

    Coarser only where the mesh would not fit float32 integers any more (8 km at half a millimetre).
    """
    corners = mesh.positions[mesh.triangles[:: max(1, len(mesh.triangles) // 100_000)]]
    return step_for(corners, float(np.abs(mesh.positions).max()) * 2)


def step_for(corners: F32, extent: float) -> float:
    """Answer the step for some triangles (k, 3, 3), those of NaN passed over, and an extent, metres."""
    apart = corners.astype(np.float64) - np.roll(corners, 1, axis=1)
    edges = np.linalg.norm(apart, axis=2)
    edges = edges[np.isfinite(edges)]
    edge_m = float(np.median(edges)) if len(edges) else 0.0
    wanted = min(FINEST_M, EDGE_SHARE * edge_m or FINEST_M)
    coarsest = max(wanted, extent / MAX_FLOAT_INTEGER)
    step = 2.0 ** np.floor(np.log2(coarsest))
    return float(step if extent / step <= MAX_FLOAT_INTEGER else step * 2)


def finest_step(extent: float) -> float:
    """Answer the finest step at which an extent, metres, still fits the cells of a table: 2**30 of them."""
    return float(2.0 ** np.ceil(np.log2(max(extent, 1e-6) / 2**30)))


@dataclass(frozen=True, kw_only=True)
class Snapped:
    """A mesh on the grid: ``cells`` (n, 3) int64 times ``step_m`` are its positions, exactly.

    ``collapsed`` counts triangles that the grid was too coarse for.
    """

    mesh: Mesh
    cells: Cells
    step_m: float
    collapsed: int


def on_grid(mesh: Mesh) -> Snapped:
    """Put a mesh on the finest grid that is worth its bytes: finer while triangles would be lost to it."""
    step_m = tile_step_m(mesh)
    extent = float(np.abs(mesh.positions).max()) * 2
    made = snapped(mesh, step_m)
    while made.collapsed and extent / (step_m / 2) <= GRID_LEVELS:
        step_m /= 2
        made = snapped(mesh, step_m)
    return made


def snapped(mesh: Mesh, step_m: float) -> Snapped:
    """Round a mesh to the grid, weld what became equal, drop triangles that became nothing."""
    cells = np.round(mesh.positions.astype(np.float64) / step_m).astype(np.int64)
    positions = (cells * step_m).astype(np.float32)
    columns = [c for c in (mesh.uvs, mesh.colours, mesh.looks) if c is not None]
    numbers, first = weld(positions, *columns)
    triangles = numbers[mesh.triangles]
    places, _ = weld(positions[first])
    corners = places[triangles]
    good = (
        (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 0] != corners[:, 2])
    )
    made = replace(
        mesh,
        positions=positions[first],
        triangles=triangles[good],
        colours=None if mesh.colours is None else mesh.colours[first],
        uvs=None if mesh.uvs is None else mesh.uvs[first],
        normals=None if mesh.normals is None else mesh.normals[first],
        looks=None if mesh.looks is None else mesh.looks[first],
    )
    return Snapped(mesh=made, cells=cells[first], step_m=step_m, collapsed=int(len(good) - good.sum()))
