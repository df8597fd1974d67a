"""How far two surfaces stand apart: samples of each, to the other, both ways."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS, morton_keys
from processing.meshes.bvh import Bvh, build, distances
from processing.meshes.mesh import F32, F64, U32
from processing.meshes.topology import doubled_areas

# The sampling is part of the recipe: the same mesh gives the same figures.
SEED = 20_26
SAMPLES = 50_000


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """Two-sided distance of two surfaces over area-weighted samples; ``hausdorff_m`` is the largest found."""

    rms_m: float
    p95_m: float
    hausdorff_m: float
    samples: int

    def as_json(self) -> dict[str, Any]:
        """Answer the figures as results carry them, to a tenth of a micrometre."""
        return {
            key: round(value, 7) if isinstance(value, float) else value for key, value in asdict(self).items()
        }


@dataclass(frozen=True, kw_only=True)
class Surface:
    """A surface ready to be measured against: triangles, their tree, and samples (k, 3) float32 of it."""

    positions: F32
    triangles: U32
    bvh: Bvh
    samples: F32


def surface(positions: F32, triangles: U32, *, samples: int = SAMPLES) -> Surface:
    """Prepare a surface: sample it by area and build its tree."""
    points = sample(positions, triangles, samples)
    return Surface(positions=positions, triangles=triangles, bvh=build(positions, triangles), samples=points)


def deviation(one: Surface, other: Surface) -> Deviation:
    """Measure both ways."""
    with ThreadPoolExecutor(2) as pool:
        there, back = pool.map(distances, (other.bvh, one.bvh), (one.samples, other.samples))
    both = np.concatenate([there, back])
    # Each side counts the same for the RMS, whatever its number of samples.
    mean_square = (float(np.mean(there**2)) + float(np.mean(back**2))) / 2
    return Deviation(
        rms_m=float(np.sqrt(mean_square)),
        p95_m=float(np.percentile(both, 95)),
        hausdorff_m=float(both.max()),
        samples=len(both),
    )


def sample(positions: F32, triangles: U32, count: int) -> F32:
    """Draw points (count, 3) float32 evenly by area, in Morton order (queries stay in cache)."""
    areas = np.cumsum(doubled_areas(positions, triangles))
    random = np.random.default_rng(SEED)
    if not areas[-1] > 0:
        return positions[triangles[:, 0]][:count]
    # Stratified: one point in each of count equal parts of the area.
    marks = (np.arange(count) + random.random(count)) * (areas[-1] / count)
    chosen = np.minimum(np.searchsorted(areas, marks), len(triangles) - 1)
    points = _points(positions, triangles, chosen, random.random((count, 2)))
    low = points.min(axis=0)
    extent = float((points.max(axis=0) - low).max()) or 1.0
    cells = np.minimum((points - low) * ((1 << BITS) / extent), (1 << BITS) - 1).astype(np.uint32)
    return points[np.argsort(morton_keys(cells), kind="stable")]


@compiled()
def _points(positions: F32, triangles: U32, chosen: npt.NDArray[np.int64], random: F64) -> F32:
    """Uniform points of triangles (Osada et al. 2002, section 4.2)."""
    points = np.empty((len(chosen), 3), np.float32)
    for i in range(len(chosen)):
        root = np.sqrt(random[i, 0])
        a, b, c = 1 - root, root * (1 - random[i, 1]), root * random[i, 1]
        t = chosen[i]
        for k in range(3):
            points[i, k] = (
                a * positions[triangles[t, 0], k]
                + b * positions[triangles[t, 1], k]
                + c * positions[triangles[t, 2], k]
            )
    return points
