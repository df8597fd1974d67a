"""Cleaning: a local origin; what cannot be drawn or measured is dropped and counted, nothing mended."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from processing.errors import KnownError
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
    welded_vertices: int
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
    kept: Bools = np.logical_and.reduce(finite[raw.triangles], axis=1)
    triangles = raw.triangles[kept]
    if not len(triangles):
        raise KnownError(
            "non-finite", "every triangle has a coordinate that is not finite", "check the export"
        )
    dressed = dress(raw, origin, local)
    numbers, first = weld(*_identity(dressed))
    triangles = numbers[triangles]
    mesh = take_vertices(dressed, first, triangles)
    good = ~_degenerate(mesh.positions, triangles)
    degenerate = len(triangles) - int(good.sum())
    triangles = triangles[good]
    unique = _first_of_equals(triangles)
    duplicates = len(triangles) - int(unique.sum())
    triangles = triangles[unique]
    if not len(triangles):
        raise KnownError("empty-result", "every triangle of the file is degenerate", "check the export")
    mesh = compact(mesh, triangles)
    report = CleaningReport(
        non_finite_triangles=int(len(kept) - kept.sum()),
        degenerate_triangles=degenerate,
        duplicate_triangles=duplicates,
        welded_vertices=len(numbers) - len(first),
        topology=topology(mesh.positions, mesh.triangles),
    )
    return mesh, report


def _localised(positions: F64) -> tuple[F64, F32, Bools]:
    """Take the rounded centre of the bounds as origin; answer it, local metres, what is finite."""
    finite: Bools = np.logical_and.reduce(np.isfinite(positions), axis=1)
    if not finite.any():
        raise KnownError("non-finite", "no vertex of the file has finite coordinates", "check the export")
    whole = bool(finite.all())
    low = positions.min(axis=0) if whole else positions[finite].min(axis=0)
    high = positions.max(axis=0) if whole else positions[finite].max(axis=0)
    largest = float(max(abs(low).max(), abs(high).max()))
    if largest > MAX_COORDINATE:
        raise KnownError(
            "corrupt-data", f"a coordinate is {largest:.3g}, which is no length", "check the export's units"
        )
    origin = np.round((low + high) / 2)
    local = (positions - origin).astype(np.float32)
    if not whole:
        local[~finite] = 0
    return origin, local, finite


def _identity(mesh: Mesh) -> list[Any]:
    columns: list[Any] = [mesh.positions]
    columns += [column for column in (mesh.uvs, mesh.colours, mesh.looks) if column is not None]
    return columns


def _degenerate(positions: F32, triangles: U32) -> Bools:
    """Find triangles with two corners in one place; a sliver with three different corners stays."""
    a, b, c = (positions[triangles[:, i]] for i in range(3))
    found: Bools = (a == b).all(axis=1) | (b == c).all(axis=1) | (a == c).all(axis=1)
    return found


def _first_of_equals(triangles: U32) -> Bools:
    """Mark the first of triangles with the same corners in the same turn; a back-to-back pair stays."""
    start = triangles.argmin(axis=1)
    rows = np.arange(len(triangles))
    turned = np.stack([triangles[rows, (start + k) % 3] for k in range(3)], axis=1)
    _, first = weld(turned)
    marks = np.zeros(len(triangles), np.bool_)
    marks[first] = True
    return marks
