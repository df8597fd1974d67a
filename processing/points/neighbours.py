"""Neighbours in a COPC file larger than memory: exact, by blocks of its octree, in metres of the frame.

A block is a box and the nodes that touch it. What lies inside the box is there whole; for points whose
neighbours are further away than its border, other nodes are read too, nearest first, while they may help.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from processing.errors import KnownError
from processing.formats.copc_reading import CopcFile, Node
from processing.formats.las_crs import declared_crs
from processing.formats.las_rows import Rows
from processing.geometry.frames import plan_frame
from processing.points.copc_cut import box_around, metres_per_unit
from processing.points.copc_rows import coordinates
from processing.room.sources import Source

Xyz = NDArray[np.float64]
# Points of a block's nodes: with their tree about 100 bytes each. By recipe, whatever the memory.
BLOCK_POINTS = 1_000_000
# A block that cannot be parted (one voxel, one node) may hold this many.
MOST_POINTS = 8_000_000
# Points looked for at once: 17 neighbours with coordinates take 544 bytes a point.
SLICE_POINTS = 100_000
KEPT_POINTS = 1_500_000
# Where nothing else gives the grid of the blocks' borders: fine enough to halve the cloud thirty times.
HALVINGS = 30
LEAST_UNIT_M = 1e-6


@dataclass(frozen=True, kw_only=True)
class Block:
    """Cells ``low`` … ``high`` (3,) of the grid, end left out, and the nodes that touch them, by number."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    unit_m: float
    nodes: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The points of a block's nodes (n, 3), their numbers in the file, and which lie inside the block."""

    block: Block
    xyz: Xyz
    numbers: NDArray[np.int64]
    inside: NDArray[np.int64]


class FramedCloud:
    """A COPC file whose nodes and points are seen in metres of the version's own frame.

    Points are numbered node after node, in the order of ``nodes``.
    """

    def __init__(
        self,
        source: Source,
        crs: str | None = None,
        origin: list[float] | None = None,
        *,
        block_points: int = BLOCK_POINTS,
    ) -> None:
        self._block_points = block_points
        self.file = CopcFile(source)
        las = self.file.las
        declared, self.warnings = declared_crs(las)
        self.frame = plan_frame(crs or declared, las.bounds, origin)
        self.nodes: list[Node] = self.file.nodes(lambda _: True)
        if not self.nodes:
            raise KnownError("empty-result", f"{source.name} holds no point", "export the scan again")
        self.counts = np.array([node.points for node in self.nodes], np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.counts)])
        self.points = int(self.starts[-1])
        boxes = [self._box(node) for node in self.nodes]
        self.low, self.high = np.stack([low for low, _ in boxes]), np.stack([high for _, high in boxes])
        levels = np.array([node.place[0] for node in self.nodes])
        self._sides_m = self.file.side * metres_per_unit(self.frame, las.bounds) / 2.0**levels
        self._kept: dict[int, tuple[Xyz, cKDTree]] = {}

    @property
    def extent_m(self) -> Xyz:
        """Say how far the cloud reaches along each axis (3,)."""
        return np.asarray(self.high.max(axis=0) - self.low.min(axis=0), np.float64)

    def framed(self, rows: Rows) -> Xyz:
        """Answer the coordinates of records in metres of the frame."""
        las = self.file.las
        return self.frame.bring(coordinates(rows) * las.scale + las.offset)

    def rows(self, numbers: NDArray[np.int64]) -> Iterator[tuple[int, Rows]]:
        """Read nodes by number, in the order of the file."""
        chosen = [self.nodes[i] for i in numbers.tolist()]
        for i, (_, rows) in zip(numbers.tolist(), self.file.rows(chosen), strict=True):
            yield i, rows

    def tree(self, number: int) -> cKDTree:
        """Answer the points of one node as a tree; the last few are kept."""
        kept = self._kept.pop(number, None)
        if kept is None:
            ((_, rows),) = self.rows(np.array([number]))
            xyz = self.framed(rows)
            kept = xyz, tree_of(xyz)
        self._kept[number] = kept
        while len(self._kept) > 1 and sum(len(xyz) for xyz, _ in self._kept.values()) > KEPT_POINTS:
            del self._kept[next(iter(self._kept))]
        return kept[1]

    def blocks(self, unit_m: float | None = None) -> Iterator[Block]:
        """Part the cloud into boxes of whole cells of ``unit_m``, until each one's nodes fit memory.

        A box of half the finest node's side is parted no further: it touches eight of them at most, and near
        their corners no smaller one touches fewer.
        """
        unit = unit_m or max(float(self.extent_m.max()) / 2**HALVINGS, LEAST_UNIT_M)
        low = np.floor(self.low.min(axis=0) / unit).astype(np.int64) - 1
        high = np.floor(self.high.max(axis=0) / unit).astype(np.int64) + 2
        waiting = [(low, high, np.arange(len(self.nodes)))]
        while waiting:
            low, high, among = waiting.pop()
            least, most = (low - 1e-6) * unit, (high + 1e-6) * unit
            near = (self.low[among] <= most).all(axis=1) & (self.high[among] >= least).all(axis=1)
            touching = among[near]
            points = int(self.counts[touching].sum())
            if not points:
                continue
            axis = int(np.argmax(high - low))
            cells = int(high[axis] - low[axis])
            small = cells * unit <= self._sides_m[touching].min() / 2
            if points <= self._block_points or small or cells < 2:
                self._refuse_crowds(points, (high - low) * unit)
                yield Block(low=low, high=high, unit_m=unit, nodes=touching)
                continue
            middle = (low[axis] + high[axis]) // 2
            left, right = high.copy(), low.copy()
            left[axis] = right[axis] = middle
            waiting += [(right, high, touching), (low, left, touching)]

    def load(self, block: Block) -> Loaded:
        """Read the nodes of a block."""
        xyz, numbers = [], []
        for i, rows in self.rows(block.nodes):
            xyz.append(self.framed(rows))
            numbers.append(np.arange(self.starts[i], self.starts[i + 1]))
        points = np.concatenate(xyz)
        cells = np.floor(points / block.unit_m).astype(np.int64)
        inside = ((cells >= block.low) & (cells < block.high)).all(axis=1)
        return Loaded(block=block, xyz=points, numbers=np.concatenate(numbers), inside=np.flatnonzero(inside))

    def _box(self, node: Node) -> tuple[Xyz, Xyz]:
        las = self.file.las
        low, high = self.file.cell(node.place)
        # Other writers round: points may stand a step outside their cell; beyond its points a cube may leave
        # the CRS.
        low = np.clip(low - las.scale, las.bounds[0] - las.scale, las.bounds[1] + las.scale)
        high = np.clip(high + las.scale, las.bounds[0] - las.scale, las.bounds[1] + las.scale)
        return box_around(self.frame, low, high)

    def _refuse_crowds(self, points: int, size_m: Xyz) -> None:
        if points > MOST_POINTS:
            raise KnownError(
                "invalid-arguments",
                f"{size_m.max():g} m of the cloud hold up to {points:,} points, more than are held at once",
                "give smaller cells or voxels, or make the COPC file again",
            )


class Nearest:
    """The ``k`` nearest points of each of ``xyz`` (n, 3), as far as they were looked for.

    ``distances`` (n, k) rise; ``around`` (n, k, 3) are their coordinates, where those are wanted.
    """

    def __init__(self, xyz: Xyz, k: int, *, with_coordinates: bool = False) -> None:
        self.xyz = xyz
        self.distances = np.full((len(xyz), k), np.inf)
        self.around = np.full((len(xyz), k, 3), np.nan) if with_coordinates else None

    def add(self, tree: cKDTree, rows: NDArray[np.int64]) -> None:
        """Look among the points of a tree for those of some rows."""
        k = self.distances.shape[1]
        bound = float(self.distances[rows, -1].max())
        ranks = np.arange(1, min(k, tree.n) + 1)
        # The bound itself is left out by the search.
        found, at = tree.query(self.xyz[rows], k=ranks, distance_upper_bound=np.nextafter(bound, np.inf))
        both = np.concatenate([self.distances[rows], found], axis=1)
        order = np.argsort(both, axis=1, kind="stable")[:, :k]
        self.distances[rows] = np.take_along_axis(both, order, axis=1)
        if self.around is not None:
            seen = np.concatenate([self.around[rows], tree.data[np.minimum(at, tree.n - 1)]], axis=1)
            self.around[rows] = np.take_along_axis(seen, order[:, :, None], axis=1)

    def search(self, cloud: FramedCloud, rows: NDArray[np.int64], numbers: NDArray[np.int64]) -> None:
        """Look for some rows in nodes, in the order given, where a nearer point may be."""
        for i in numbers.tolist():
            gaps = _gaps(self.xyz[rows], cloud.low[i], cloud.high[i])
            near = rows[gaps <= self.distances[rows, -1]]
            if len(near):
                self.add(cloud.tree(i), near)


def neighbours_in(
    cloud: FramedCloud, loaded: Loaded, k: int, chosen: NDArray[np.int64], *, with_coordinates: bool = False
) -> Iterator[tuple[NDArray[np.int64], Nearest]]:
    """Find the ``k`` nearest others of points inside a block, itself first: ``distances`` is (n, k + 1).

    ``chosen`` are places in ``loaded.xyz``; answers slices of them. Points at the same place are neighbours.
    """
    if not len(chosen):
        return
    block = loaded.block
    low, high = block.low * block.unit_m, block.high * block.unit_m
    others = np.setdiff1d(np.arange(len(cloud.nodes)), block.nodes)
    between = np.maximum(np.maximum(cloud.low[others] - high, low - cloud.high[others]), 0)
    gaps = np.linalg.norm(between, axis=1)
    others, gaps = others[np.argsort(gaps, kind="stable")], np.sort(gaps)
    tree = tree_of(loaded.xyz)
    for start in range(0, len(chosen), SLICE_POINTS):
        part = chosen[start : start + SLICE_POINTS]
        found = Nearest(loaded.xyz[part], k + 1, with_coordinates=with_coordinates)
        found.add(tree, np.arange(len(part)))
        border = np.minimum(found.xyz - low, high - found.xyz).min(axis=1)
        open_ends = np.flatnonzero(found.distances[:, -1] >= border)
        if len(open_ends):
            furthest = found.distances[open_ends, -1].max()
            found.search(cloud, open_ends, others[gaps <= furthest])
        yield part, found


def nearest_distance(cloud: FramedCloud, xyz: Xyz) -> NDArray[np.float64]:
    """Say how far the nearest point of a cloud is from each of ``xyz`` (n, 3)."""
    found = Nearest(xyz, 1)
    # Coarse nodes reach everywhere: after them, few fine ones are near enough.
    levels = np.array([node.place[0] for node in cloud.nodes])
    found.search(cloud, np.arange(len(xyz)), np.argsort(levels, kind="stable"))
    return found.distances[:, 0]


def tree_of(xyz: Xyz) -> cKDTree:
    """Make the tree: built by halving space, which many points at one place do not slow down."""
    return cKDTree(xyz, balanced_tree=False, compact_nodes=True)


def _gaps(xyz: Xyz, low: Xyz, high: Xyz) -> NDArray[np.float64]:
    outside = np.maximum(np.maximum(low - xyz, xyz - high), 0)
    return np.asarray(np.sqrt((outside**2).sum(axis=1)), np.float64)
