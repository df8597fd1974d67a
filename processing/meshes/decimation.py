"""Decimation with a goal, and the proof of how true its result is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from processing.meshes.deviation import Deviation, Surface, deviation, surface
from processing.meshes.mesh import Mesh
from processing.meshes.simplification import simplified
from processing.meshes.topology import topology
from processing.progress import Progress

SAMPLES = 150_000
# The kernel's estimate is a quadric's, not a distance: it is lowered until the measured distance fits.
TRIES = 6
MARGIN = 0.9


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Exactly one of: part of the triangles, their number, the largest deviation in metres."""

    ratio: float | None = None
    triangles: int | None = None
    max_error_m: float | None = None


@dataclass(frozen=True, kw_only=True)
class Decimated:
    """The lighter mesh, its measured deviation from the given one, and its open edges."""

    mesh: Mesh
    deviation: Deviation
    open_edges: int


def decimated(mesh: Mesh, goal: Goal, *, colour_weight: float | None, progress: Progress) -> Decimated:
    """Simplify a mesh to its goal; within an error, the error is the measured one, both ways."""
    progress.stage("decimating", 1, "mesh")
    with ThreadPoolExecutor(1) as pool:
        # What it is measured against is made ready while the simplifier works.
        waiting = pool.submit(surface, mesh.positions, mesh.triangles, samples=SAMPLES)
        if goal.max_error_m is not None:
            made = _within(mesh, waiting.result(), goal.max_error_m, colour_weight)
        else:
            target = goal.triangles or round(len(mesh.triangles) * (goal.ratio or 1.0))
            lighter = simplified(mesh, target_triangles=max(target, 1), colour_weight=colour_weight)
            made = lighter, _measured(waiting.result(), lighter)
    progress.advance()
    lighter, measured = made
    open_edges = topology(lighter.positions, lighter.triangles).open_edges
    return Decimated(mesh=lighter, deviation=measured, open_edges=open_edges)


def _within(
    mesh: Mesh, source: Surface, max_error_m: float, colour_weight: float | None
) -> tuple[Mesh, Deviation]:
    limit = max_error_m
    for _ in range(TRIES):
        lighter = simplified(mesh, target_triangles=1, max_error_m=limit, colour_weight=colour_weight)
        measured = _measured(source, lighter)
        if measured.hausdorff_m <= max_error_m:
            return lighter, measured
        limit *= min(MARGIN, MARGIN * max_error_m / measured.hausdorff_m)
    # Nothing that was tried is true enough: the mesh as it is.
    return mesh, _measured(source, mesh)


def _measured(source: Surface, lighter: Mesh) -> Deviation:
    return deviation(source, surface(lighter.positions, lighter.triangles, samples=SAMPLES))
