"""How true stated errors are: each tile against the source below it, by Open3D's ray casting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.mesh_cuts import MeshTile

SAMPLES = 150_000
SEED = 5
_CHUNK = 50_000

Rows = NDArray[np.float64]


def true_errors(
    tiles: dict[str, MeshTile], children: dict[str, list[str]], stated: dict[str, float]
) -> dict[str, Any]:
    """Compare the stated error of every inner tile with the largest distance found, both ways."""
    leaves: dict[str, list[str]] = {}
    for key in sorted(tiles, key=lambda key: -_depth(key)):
        below = children.get(key, [])
        leaves[key] = [leaf for child in below for leaf in leaves[child]] or [key]
    rows = []
    for key in tiles:
        if not children.get(key):
            continue
        source = np.concatenate([tiles[leaf].positions[tiles[leaf].triangles] for leaf in leaves[key]])
        made = tiles[key].positions[tiles[key].triangles]
        rows.append((key, _largest_m(source, made), stated[key]))
    true_m = np.array([row[1] for row in rows])
    stated_m = np.array([row[2] for row in rows])
    held = true_m > 0
    over = true_m[held] / np.maximum(stated_m[held], 1e-300)
    under = stated_m[held] / true_m[held]
    return {
        "true_error_over_stated": round(float(over.max()), 3) if held.any() else 0.0,
        "stated_over_true_p90": round(float(np.percentile(under, 90)), 3) if held.any() else 1.0,
        "stated_over_true_median": round(float(np.median(under)), 3) if held.any() else 1.0,
        "tiles_judged": len(rows),
        "worst_tile": rows[int(np.argmax(true_m / np.maximum(stated_m, 1e-300)))][0] if rows else None,
    }


def _depth(key: str) -> int:
    return int(key.split("/")[-1].split("-")[0])


def _largest_m(one: Rows, other: Rows) -> float:
    """Largest distance of samples of either surface, corners (m, 3, 3), to the other."""
    origin = one.reshape(-1, 3).mean(axis=0)
    return max(_to(one - origin, other - origin), _to(other - origin, one - origin))


def _to(sampled: Rows, surface: Rows) -> float:
    import open3d

    tensor: Any = open3d.core.Tensor
    scene: Any = open3d.t.geometry.RaycastingScene()
    corners = np.arange(len(surface) * 3, dtype=np.uint32).reshape(-1, 3)
    scene.add_triangles(tensor(surface.reshape(-1, 3).astype(np.float32)), tensor(corners))
    points = _samples(sampled).astype(np.float32)
    largest = 0.0
    for start in range(0, len(points), _CHUNK):
        block = points[start : start + _CHUNK]
        found = scene.compute_closest_points(tensor(block))["points"].numpy()
        largest = max(largest, float(np.linalg.norm(found - block, axis=1).max()))
    return largest


def _samples(corners: Rows) -> Rows:
    """Points drawn evenly by area (Osada et al. 2002, section 4.2)."""
    random = np.random.default_rng(SEED)
    areas = np.cumsum(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    )
    chosen = np.minimum(np.searchsorted(areas, random.random(SAMPLES) * areas[-1]), len(areas) - 1)
    root, part = np.sqrt(random.random(SAMPLES)), random.random(SAMPLES)
    weights = np.stack([1 - root, root * (1 - part), root * part], axis=1)
    points: Rows = np.einsum("nk,nkc->nc", weights, corners[chosen])
    return points
