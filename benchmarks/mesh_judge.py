"""How true a lighter mesh is: Open3D ray casting, the same judge for every contestant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SAMPLES = 150_000
SEED = 5
_CHUNK = 50_000

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Two-sided distances in metres, colour RMS in 1/255 where there are colours, open and odd edges."""

    rms_m: float
    hausdorff_m: float
    p95_m: float
    colour_rms: float | None
    open_edges: int
    triangles: int


def verdict(source: Path, made: Path) -> Verdict:
    """Judge a written mesh (``.npz``) against its source; both are moved to one origin first."""
    with np.load(source) as one, np.load(made) as other:
        origin = one["positions"].mean(axis=0)
        there, back = _Surface(one, origin), _Surface(other, origin)
    out, colour_out = there.against(back)
    home, colour_home = back.against(there)
    both = np.concatenate([out, home])
    colours = None
    if colour_out is not None and colour_home is not None:
        colours = float(np.sqrt((np.mean(colour_out**2) + np.mean(colour_home**2)) / 2))
    return Verdict(
        rms_m=float(np.sqrt((np.mean(out**2) + np.mean(home**2)) / 2)),
        hausdorff_m=float(both.max()),
        p95_m=float(np.percentile(both, 95)),
        colour_rms=colours,
        open_edges=open_edges(back.positions, back.triangles),
        triangles=len(back.triangles),
    )


def open_edges(positions: Rows, triangles: npt.NDArray[np.uint32]) -> int:
    """Count edges of one triangle only, vertices welded where their coordinates are equal."""
    _, numbers = np.unique(positions, axis=0, return_inverse=True)
    corners = numbers.reshape(-1)[triangles].astype(np.int64)
    corners = corners[(corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2])]
    corners = corners[corners[:, 2] != corners[:, 0]]
    edges = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges[:, 0] * (numbers.max() + 1) + edges[:, 1], return_counts=True)
    return int((counts == 1).sum())


class _Surface:
    def __init__(self, held: Any, origin: Rows) -> None:
        import open3d

        tensor: Any = open3d.core.Tensor
        self.positions: Rows = held["positions"] - origin
        self.triangles = held["triangles"]
        self.colours = held["colours"].astype(np.float64) if "colours" in held.files else None
        self._tensor = tensor
        self._scene = open3d.t.geometry.RaycastingScene()
        self._scene.add_triangles(
            tensor(self.positions.astype(np.float32)), tensor(self.triangles.astype(np.uint32))
        )

    def against(self, other: _Surface) -> tuple[Rows, Rows | None]:
        """Distances of samples of this one to the other, and the distance of their colours."""
        points, colours = self._samples()
        distances, seen = [], []
        for start in range(0, len(points), _CHUNK):
            block = points[start : start + _CHUNK].astype(np.float32)
            found = other._scene.compute_closest_points(self._tensor(block))
            distances.append(np.linalg.norm(found["points"].numpy() - block, axis=1))
            if colours is not None and other.colours is not None:
                faces, uv = found["primitive_ids"].numpy(), found["primitive_uvs"].numpy()
                corners = other.colours[other.triangles[faces]]
                weights = np.stack([1 - uv[:, 0] - uv[:, 1], uv[:, 0], uv[:, 1]], axis=1)
                there = np.einsum("nk,nkc->nc", weights, corners)
                seen.append(np.sqrt(np.mean((there - colours[start : start + _CHUNK]) ** 2, axis=1)))
        return np.concatenate(distances).astype(np.float64), np.concatenate(seen) if seen else None

    def _samples(self) -> tuple[Rows, Rows | None]:
        """Points drawn evenly by area (Osada et al. 2002, section 4.2), and their colours."""
        random = np.random.default_rng(SEED)
        a, b, c = (self.positions[self.triangles[:, k]] for k in range(3))
        areas = np.cumsum(np.linalg.norm(np.cross(b - a, c - a), axis=1))
        chosen = np.searchsorted(areas, random.random(SAMPLES) * areas[-1])
        chosen = np.minimum(chosen, len(areas) - 1)
        root, part = np.sqrt(random.random(SAMPLES)), random.random(SAMPLES)
        weights = np.stack([1 - root, root * (1 - part), root * part], axis=1)
        corners = self.triangles[chosen]
        points = np.einsum("nk,nkc->nc", weights, self.positions[corners])
        if self.colours is None:
            return points, None
        return points, np.einsum("nk,nkc->nc", weights, self.colours[corners])
