"""A lighter copy of a mesh too large for memory, for pictures, previews and levels; its error is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.formats.mesh_blocks import MeshBlocks
from processing.geometry.welding import weld
from processing.in_turn import in_turn
from processing.meshes.borders import kept_share, on_borders
from processing.meshes.bvh import over
from processing.meshes.cleaning import CleaningReport
from processing.meshes.clusters import lighter
from processing.meshes.large.figures import ChunkFigures, chunk_figures, joined
from processing.meshes.mesh import F64, Mesh, compact, take_vertices
from processing.meshes.tiles.lighter import Source, error_m
from processing.meshes.tiles.piece import open_chunk
from processing.meshes.tiles.spilling import Spilled
from processing.meshes.tiles.streaming import Place, spill_blocks
from processing.meshes.tiles.table import cells_of, mesh_of, positions_of
from processing.progress import Progress

# In memory a mesh takes 250 to 350 bytes a triangle while it is worked on, and a room has 4 GiB.
LARGE_TRIANGLES = 8_000_000
KEPT_TRIANGLES = 4_000_000
# Small enough for the simplifier to stay in cache, large enough for borders to be few.
CHUNK_VERTICES = 131_072


@dataclass(frozen=True, kw_only=True)
class Copy:
    """The lighter copy, how far it stands from its source at most, and what is known of all of the source.

    ``low`` and ``high`` (3,) are the bounds, metres.
    """

    mesh: Mesh
    error_m: float
    low: F64
    high: F64
    report: CleaningReport


@dataclass(frozen=True, kw_only=True)
class _Part:
    mesh: Mesh
    error_m: float
    figures: ChunkFigures
    source_triangles: int
    duplicates: int


def lighter_copy(
    blocks: MeshBlocks,
    arguments: dict[str, Any],
    progress: Progress,
    *,
    kept_triangles: int = KEPT_TRIANGLES,
    chunk_vertices: int = CHUNK_VERTICES,
) -> Copy | None:
    """Make the copy and measure the whole; None where a face turned out to be no triangle.

    Raises
    ------
    KnownError
        As :func:`spill_blocks`, and ``empty-result`` or ``non-finite`` where no triangle is left.
    """
    with TemporaryDirectory(prefix="heritwin-mesh-") as folder:
        found = spill_blocks(blocks, arguments, Path(folder), progress, most=chunk_vertices, exact=True)
        if found is None:
            return None
        spilled, place = found
        try:
            return _copied(spilled, place, kept_triangles, progress)
        finally:
            spilled.close()


def _copied(spilled: Spilled, place: Place, kept_triangles: int, progress: Progress) -> Copy:
    progress.stage("copying", spilled.triangles, "triangles")
    keep = min(1.0, kept_triangles / max(spilled.triangles, 1))
    parts = []
    for part in in_turn(lambda number: _part(spilled, number, keep), range(len(spilled.chunks))):
        if part is not None:
            parts.append(part)
            progress.advance(part.source_triangles)
    if not parts and not spilled.collapsed:
        raise KnownError(
            "non-finite", "every triangle has a coordinate that is not finite", "check the export"
        )
    if not parts:
        raise KnownError("empty-result", "every triangle of the file is degenerate", "check the export")
    report = CleaningReport(
        non_finite_triangles=spilled.non_finite,
        degenerate_triangles=spilled.collapsed,
        duplicate_triangles=sum(part.duplicates for part in parts),
        topology=joined([part.figures for part in parts]),
    )
    return Copy(
        mesh=replace(_together([part.mesh for part in parts]), origin=place.origin),
        error_m=max(part.error_m for part in parts),
        low=place.low,
        high=place.high,
        report=report,
    )


def _part(spilled: Spilled, number: int, keep: float) -> _Part | None:
    piece = open_chunk(spilled, number)
    count = len(piece.triangles)
    if not count:
        return None
    shared = piece.depths < spilled.chunks[number].depth
    positions = positions_of(piece.words, spilled.look.step_m)
    figures = chunk_figures(positions, cells_of(piece.words), piece.triangles, shared)
    held = on_borders(piece.triangles, shared)
    target = max(1, round((count - held) * kept_share(count, held, keep)) + held)
    whole = mesh_of(piece.words, piece.triangles, spilled.look)
    made = lighter(whole, min(target, count), locked=shared)
    # A shell of a few triangles may collapse to nothing: then it stays as it is.
    mesh = compact(made, made.triangles) if len(made.triangles) else whole
    source = Source(surface=over(positions, piece.triangles), vertices=positions)
    return _Part(
        mesh=mesh,
        error_m=error_m(source, mesh.positions, mesh.triangles),
        figures=figures,
        source_triangles=count,
        duplicates=piece.duplicates,
    )


def _together(meshes: list[Mesh]) -> Mesh:
    """Join parts where they share vertices, which nobody has moved."""
    starts = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)]).astype(np.uint32)
    triangles = np.concatenate([m.triangles + start for m, start in zip(meshes, starts, strict=False)])
    positions = np.concatenate([mesh.positions for mesh in meshes])
    painted = [mesh.colours for mesh in meshes if mesh.colours is not None]
    colours = np.concatenate(painted) if painted else None
    numbers, first = weld(*[column for column in (positions, colours) if column is not None])
    whole = replace(meshes[0], positions=positions, colours=colours, triangles=triangles)
    return take_vertices(whole, first, numbers[triangles])
