"""The arithmetic of a simulated scanner's rays, compiled: where they point, and what comes back."""

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled

Floats = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]


@compiled()
def fill_rays(turns: Points, lifts: Points, pose: Points, rays: Floats) -> None:
    """Fill (turns × lifts, 6) origins and unit directions in the site frame, line by line, bottom to top.

    ``turns`` and ``lifts`` are radians; ``pose`` (4, 4) carries the station's frame into the site's.
    """
    flat, up = np.cos(lifts), np.sin(lifts)
    n = 0
    for turn in turns:
        ahead, aside = np.cos(turn), np.sin(turn)
        for row in range(len(lifts)):
            x, y, z = ahead * flat[row], aside * flat[row], up[row]
            for k in range(3):
                rays[n, k] = pose[k, 3]
                rays[n, 3 + k] = pose[k, 0] * x + pose[k, 1] * y + pose[k, 2] * z
            n += 1


@compiled()
def kept_rays(
    rays: Floats, distance: Floats, nearest_m: float, farthest_m: float, low: Points, high: Points
) -> npt.NDArray[np.int64]:
    """List the rays that hit something within range and inside a box of the site frame (low ≤ p < high)."""
    kept = np.empty(len(rays), np.int64)
    count = 0
    for n in range(len(rays)):
        reach = np.float64(distance[n])
        inside = nearest_m < reach < farthest_m
        for k in range(3):
            if inside:
                place = rays[n, k] + rays[n, 3 + k] * reach
                inside = low[k] <= place < high[k]
        if inside:
            kept[count] = n
            count += 1
    return kept[:count]


@compiled()
def fill_returns(
    kept: npt.NDArray[np.int64],
    rays: Floats,
    distance: Floats,
    normals: Floats,
    parts: npt.NDArray[np.uint32],
    part_colours: Floats,
    pose: Points,
    range_noise: Points,
    grain: Points,
    points: Points,
    colours: npt.NDArray[np.uint8],
    intensities: Floats,
) -> None:
    """Fill what each kept ray measured: (n, 3) metres in the station's frame, sRGB, intensity 0..1."""
    for i in range(len(kept)):
        n = kept[i]
        reach = np.float64(distance[n])
        measured_m = reach + range_noise[i]
        slant = 0.0
        for k in range(3):
            slant += rays[n, 3 + k] * normals[n, k]
            along = 0.0
            for j in range(3):
                along += pose[j, k] * rays[n, 3 + j]
            points[i, k] = along * measured_m
        slant = abs(slant)
        intensities[i] = min(max(slant / (1 + (reach / 40.0) ** 2), 0.0), 1.0)
        shade = 0.62 + 0.38 * slant
        for k in range(3):
            value = part_colours[parts[n], k] * shade + grain[i]
            colours[i, k] = np.uint8(min(max(value, 0.0), 255.0))
