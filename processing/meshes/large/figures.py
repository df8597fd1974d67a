"""What a surface in chunks is like: each measured for itself, and then what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processing.geometry.compiled import compiled
from processing.geometry.welding import weld
from processing.meshes.mesh import F32, U32, Bools
from processing.meshes.tiles.table import Cells
from processing.meshes.topology import (
    U64,
    Topology,
    components,
    doubled_areas,
    edge_keys,
    signed_volume,
)


@dataclass(frozen=True, kw_only=True)
class ChunkFigures:
    """Figures of one chunk alone, and what others may share.

    ``edges`` (k, 8) int32: those between two shared vertices, cell of the one, cell of the other in the order
    of their coordinates, how many triangles run that way and how many back. ``corners`` (k, 4) int32: cells
    of shared vertices, and which component of the chunk they are of.
    """

    open_edges: int
    non_manifold_edges: int
    turned_edges: int
    components: int
    area_m2: float
    volume_m3: float
    edges: Cells
    corners: Cells


def chunk_figures(positions: F32, cells: Cells, triangles: U32, shared: Bools) -> ChunkFigures:
    """Measure the triangles (m, 3) of a chunk over cells (n, 3), of which some are ``shared`` (n,)."""
    places, first = weld(cells)
    welded = places[triangles]
    at_border = shared[first]
    spots = np.ascontiguousarray(cells[first])
    keys = edge_keys(welded)
    keys.sort()
    counts, edges = _counted(keys, at_border, spots)
    parts, roots = components(welded, len(first))
    border = np.flatnonzero(at_border)
    return ChunkFigures(
        open_edges=int(counts[0]),
        non_manifold_edges=int(counts[1]),
        turned_edges=int(counts[2]),
        components=parts,
        area_m2=float(doubled_areas(positions, triangles).sum()) / 2,
        volume_m3=signed_volume(positions, triangles),
        edges=edges,
        corners=np.column_stack([spots[border], roots[border]]).astype(np.int32),
    )


def joined(chunks: Sequence[ChunkFigures]) -> Topology:
    """Answer the figures of the surface that chunks are parts of."""
    open_edges = sum(chunk.open_edges for chunk in chunks)
    many = sum(chunk.non_manifold_edges for chunk in chunks)
    turned = sum(chunk.turned_edges for chunk in chunks)
    edges = np.concatenate([chunk.edges for chunk in chunks])
    numbers, _ = weld(edges[:, :6])
    there = np.bincount(numbers, edges[:, 6])
    all_of = there + np.bincount(numbers, edges[:, 7])
    open_edges += int((all_of == 1).sum())
    many += int((all_of > 2).sum())
    turned += int(((all_of == 2) & (there != 1)).sum())
    watertight = open_edges == 0 and many == 0
    return Topology(
        open_edges=open_edges,
        non_manifold_edges=many,
        turned_edges=turned,
        components=_components(chunks),
        watertight=watertight,
        area_m2=sum(chunk.area_m2 for chunk in chunks),
        volume_m3=sum(chunk.volume_m3 for chunk in chunks) if watertight and turned == 0 else None,
    )


def _components(chunks: Sequence[ChunkFigures]) -> int:
    """Count components, those of different chunks that meet at a vertex as one."""
    marks = [
        np.column_stack([np.full(len(chunk.corners), number), chunk.corners[:, 3]])
        for number, chunk in enumerate(chunks)
    ]
    parts, _ = weld(np.concatenate(marks).astype(np.int32))
    spots, first = weld(np.concatenate([chunk.corners[:, :3] for chunk in chunks]))
    # Two parts at one vertex are a triangle of theirs; a part alone is one with itself.
    pairs = np.column_stack([parts, parts[first[spots]], parts]).astype(np.uint32)
    at_borders = int(parts.max()) + 1 if len(parts) else 0
    left, _ = components(pairs, at_borders)
    return sum(chunk.components for chunk in chunks) - at_borders + left


@compiled()
def _counted(keys: U64, at_border: Bools, spots: Cells) -> tuple[U64, Cells]:
    """Count open, non-manifold and turned edges of sorted keys; answer those between shared vertices."""
    counts = np.zeros(3, np.uint64)
    rows = np.empty((len(keys), 8), np.int32)
    kept, i = 0, 0
    while i < len(keys):
        j, edge, forward = i, keys[i] >> np.uint64(1), 0
        while j < len(keys) and keys[j] >> np.uint64(1) == edge:
            forward += 1 - int(keys[j] & np.uint64(1))
            j += 1
        one, other = int(edge >> np.uint64(32)), int(edge & np.uint64(0xFFFFFFFF))
        back = j - i - forward
        if at_border[one] and at_border[other]:
            if not _before(spots, one, other):
                one, other, forward, back = other, one, back, forward
            for k in range(3):
                rows[kept, k], rows[kept, 3 + k] = spots[one, k], spots[other, k]
            rows[kept, 6], rows[kept, 7] = forward, back
            kept += 1
        elif j - i == 1:
            counts[0] += 1
        elif j - i > 2:
            counts[1] += 1
        elif forward != 1:
            counts[2] += 1
        i = j
    return counts, rows[:kept].copy()


@compiled()
def _before(spots: Cells, one: int, other: int) -> bool:
    for k in range(3):
        if spots[one, k] != spots[other, k]:
            return bool(spots[one, k] < spots[other, k])
    return True
