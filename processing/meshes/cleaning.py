"""Cleaning: a local origin; what cannot be drawn or measured is dropped and counted, nothing mended."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.geometry.compiled import compiled
from processing.geometry.welding import weld
from processing.meshes.dressing import dress
from processing.meshes.mesh import F32, F64, U32, Bools, Mesh, RawMesh, compact, take_vertices
from processing.meshes.topology import Topology, topology

# Beyond this a number is no length of a monument, whatever its unit (the moon's distance in millimetres).
MAX_COORDINATE = 4e11


@dataclass(frozen=True, kw_only=True)
class CleaningReport:
    """What was dropped from the copy we work on (the master is untouched), and how the rest is."""

    non_finite_triangles: int
    degenerate_triangles: int
    duplicate_triangles: int
    topology: Topology

    def as_json(self) -> dict[str, Any]:
        """Answer the report as inspect tells it."""
        return asdict(self)


def clean(raw: RawMesh) -> tuple[Mesh, CleaningReport]:
    """Subtract an origin, drop bad triangles, weld equal vertices, measure.

    Raises
    ------
    KnownError
        ``empty-result`` where the file has no triangles or none is left; ``non-finite`` where that is
        because no coordinate was finite; ``corrupt-data`` where coordinates are no lengths.
    """
    if not len(raw.triangles):
        raise KnownError("empty-result", f"the {raw.format} file holds no triangles", "check the export")
    origin, local, finite = _localised(raw.positions)
    triangles = raw.triangles if finite is None else raw.triangles[_all_of(finite, raw.triangles)]
    lost = len(raw.triangles) - len(triangles)
    if not len(triangles):
        raise KnownError(
            "non-finite", "every triangle has a coordinate that is not finite", "check the export"
        )
    dressed = dress(raw, origin, local)
    numbers, first = weld(*_identity(dressed))
    triangles = numbers[triangles]
    mesh = take_vertices(dressed, first, triangles)
    good = _good(mesh.positions, triangles)
    degenerate = len(triangles) - int(good.sum())
    triangles = triangles[good]
    unique = _first_of_equals(triangles)
    duplicates = len(triangles) - int(unique.sum())
    triangles = triangles[unique]
    if not len(triangles):
        raise KnownError("empty-result", "every triangle of the file is degenerate", "check the export")
    mesh = compact(mesh, triangles)
    report = CleaningReport(
        non_finite_triangles=lost,
        degenerate_triangles=degenerate,
        duplicate_triangles=duplicates,
        topology=topology(mesh.positions, mesh.triangles),
    )
    return mesh, report


def _localised(positions: F64) -> tuple[F64, F32, Bools | None]:
    """Take the rounded centre of the bounds as origin; answer it, local metres, what is finite if not all."""
    # Readers answer rows in any layout; kernels are compiled for one.
    positions = np.ascontiguousarray(positions)
    finite, low, high = _finite(positions)
    if not np.isfinite(low).all():
        raise KnownError("non-finite", "no vertex of the file has finite coordinates", "check the export")
    largest = float(max(abs(low).max(), abs(high).max()))
    if largest > MAX_COORDINATE:
        raise KnownError(
            "corrupt-data", f"a coordinate is {largest:.3g}, which is no length", "check the export's units"
        )
    origin = np.round((low + high) / 2)
    local = _around(positions, origin, finite)
    return origin, local, None if finite.all() else finite


@compiled()
def _finite(positions: F64) -> tuple[Bools, F64, F64]:
    """Mark the rows without NaN and infinities; answer the bounds of those."""
    finite = np.empty(len(positions), np.bool_)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for n in range(len(positions)):
        finite[n] = (
            np.isfinite(positions[n, 0]) and np.isfinite(positions[n, 1]) and np.isfinite(positions[n, 2])
        )
        if finite[n]:
            for k in range(3):
                low[k] = min(low[k], positions[n, k])
                high[k] = max(high[k], positions[n, k])
    return finite, low, high


@compiled()
def _around(positions: F64, origin: F64, finite: Bools) -> F32:
    local = np.zeros(positions.shape, np.float32)
    for n in range(len(positions)):
        if finite[n]:
            for k in range(3):
                local[n, k] = positions[n, k] - origin[k]
    return local


@compiled()
def _all_of(finite: Bools, triangles: U32) -> Bools:
    kept = np.empty(len(triangles), np.bool_)
    for t in range(len(triangles)):
        kept[t] = finite[triangles[t, 0]] and finite[triangles[t, 1]] and finite[triangles[t, 2]]
    return kept


def _identity(mesh: Mesh) -> list[Any]:
    columns: list[Any] = [mesh.positions]
    columns += [column for column in (mesh.uvs, mesh.colours, mesh.looks) if column is not None]
    return columns


@compiled()
def _good(positions: F32, triangles: U32) -> Bools:
    """Mark triangles with three corners in different places; a sliver stays."""
    good = np.empty(len(triangles), np.bool_)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        good[t] = not (_same(positions, a, b) or _same(positions, b, c) or _same(positions, c, a))
    return good


@compiled()
def _same(positions: F32, a: int, b: int) -> bool:
    return bool(
        positions[a, 0] == positions[b, 0]
        and positions[a, 1] == positions[b, 1]
        and positions[a, 2] == positions[b, 2]
    )


def _first_of_equals(triangles: U32) -> Bools:
    """Mark the first of triangles with the same corners in the same turn; a back-to-back pair stays."""
    _, first = weld(_turned(triangles))
    marks = np.zeros(len(triangles), np.bool_)
    marks[first] = True
    return marks


@compiled()
def _turned(triangles: U32) -> U32:
    """Turn each triangle so that its lowest corner comes first."""
    turned = np.empty_like(triangles)
    for t in range(len(triangles)):
        start = 0
        for k in range(1, 3):
            if triangles[t, k] < triangles[t, start]:
                start = k
        for k in range(3):
            turned[t, k] = triangles[t, (start + k) % 3]
    return turned
