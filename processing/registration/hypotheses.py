"""Other poses that might be right as well: bays further on, half turns, what else the features say.

In a row of equal columns a pose that is wrong by one bay beats the truth on every measure, so no residual
can tell. What can be told is that another pose fits as well.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

from processing.registration.clouds import Cloud
from processing.registration.dense import briefly_refined
from processing.registration.fine import Level
from processing.registration.rigid import Points, Pose, applied, displacement, shifted, turned
from processing.registration.score import Measures, measured

# Another pose this good, relative to the best, and this far away makes the answer ambiguous: between the
# largest ratio of a right answer (0.75) and the smallest of a colonnade (0.95) in our measurements.
AMBIGUOUS_RATIO = 0.85
APART_VOXELS = 3.0
# Poses worth showing to a person.
SHOWN_RATIO, MAX_SHOWN = 0.6, 12
# Local maxima of the correlation tried for no turn, and for every other turn.
PEAKS_UNTURNED, PEAKS_TURNED = 8, 3
MAX_CELLS = 72
# After the first level only hypotheses with a chance are refined further.
WORTH_REFINING = 0.5


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """A refined pose, how it fits, and where it came from."""

    fixed_from_moving: Pose
    measures: Measures
    origin: str


def correlated(moving: Cloud, fixed: Cloud, best: Pose, voxel_m: float) -> list[tuple[Pose, str]]:
    """Find shifts, with and without quarter and half turns, where the two clouds fall together again.

    Occupied cells along the principal axes of the moving cloud, correlated by FFT: every multiple of a
    repeating bay is a peak of its own.
    """
    carried = applied(best, moving.points)
    centre = carried.mean(axis=0)
    axes = np.linalg.svd(carried - centre, full_matrices=False)[2]
    into = np.eye(4)
    into[:3, :3], into[:3, 3] = axes, -axes @ centre
    out_of = np.eye(4)
    out_of[:3, :3], out_of[:3, 3] = axes.T, centre
    here, there = applied(into, carried), applied(into, fixed.points)
    span = np.concatenate([here, there])
    cell = max(voxel_m, float(np.ptp(span, axis=0).max()) / MAX_CELLS)
    found = []
    for name, turn in _turns():
        peaks = _peaks(applied(turn, here), there, cell, PEAKS_TURNED if name else PEAKS_UNTURNED)
        for offset in peaks:
            label = f"{name or 'no turn'}, shift {np.round(offset, 2).tolist()}"
            found.append((out_of @ shifted(offset) @ turn @ into @ best, label))
    return found


def _turns() -> list[tuple[str, Pose]]:
    quarters = [(number, degrees) for number in range(3) for degrees in (90, 180, 270)]
    return [("", np.eye(4))] + [
        (f"{degrees} deg about principal axis {number + 1}", turned(np.eye(3)[number], np.radians(degrees)))
        for number, degrees in quarters
    ]


def _peaks(here: Points, there: Points, cell: float, count: int) -> list[Points]:
    """Offsets (3,) that carry ``here`` onto ``there``: the highest local maxima of the correlation."""
    low_here, low_there = here.min(axis=0), there.min(axis=0)
    a, b = _occupied(here - low_here, cell), _occupied(there - low_there, cell)
    shape = [fft.next_fast_len(int(n + m), real=True) for n, m in zip(a.shape, b.shape, strict=True)]
    product = fft.rfftn(b, shape, workers=1) * np.conj(fft.rfftn(a, shape, workers=1))
    together = fft.irfftn(product, shape, workers=1)
    highest = (together == ndimage.maximum_filter(together, size=3, mode="wrap")) & (
        together > 0.2 * together.max()
    )
    places = np.argwhere(highest)
    order = np.argsort(-together[highest], kind="stable")[:count]
    steps = np.where(places[order] > np.array(b.shape), places[order] - np.array(shape), places[order])
    return [np.asarray(low_there + step * cell - low_here) for step in steps]


def _occupied(points: Points, cell: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Grid of 1 where there are points, 0 elsewhere."""
    index = (points / cell).astype(np.int64)
    grid = np.zeros(index.max(axis=0) + 1, dtype=np.float32)
    grid[tuple(index.T)] = 1.0
    return np.asarray(grid)


def tested(
    levels: list[Level], best: Pose, starts: list[tuple[Pose, str]], *, apart_m: float
) -> list[tuple[Hypothesis, float]]:
    """Refine and measure other starts; keep those that end elsewhere, with their ratio to the best."""
    coarse, finer = levels
    probe = coarse.moving.points
    reference = [measured(level.moving, level.fixed, best).score for level in levels]
    kept: list[tuple[Hypothesis, float]] = []
    for start, origin in starts:
        pose = briefly_refined(coarse.moving, coarse.fixed, start, reach_m=2.5 * coarse.voxel_m)
        if pose is None or _known(pose, best, kept, probe, apart_m):
            continue
        if measured(coarse.moving, coarse.fixed, pose).score < WORTH_REFINING * reference[0]:
            continue
        pose = briefly_refined(finer.moving, finer.fixed, pose, reach_m=2.5 * finer.voxel_m)
        if pose is None or _known(pose, best, kept, probe, apart_m):
            continue
        measures = measured(finer.moving, finer.fixed, pose)
        ratio = measures.score / max(reference[1], 1e-12)
        kept.append((Hypothesis(fixed_from_moving=pose, measures=measures, origin=origin), ratio))
    return sorted(kept, key=lambda one: -one[1])


def _known(
    pose: Pose, best: Pose, kept: list[tuple[Hypothesis, float]], probe: Points, apart_m: float
) -> bool:
    """Is this pose one of those we have, within ``apart_m`` at every point?"""
    others = [best, *(one.fixed_from_moving for one, _ in kept)]
    return any(displacement(pose, other, probe) < apart_m for other in others)
