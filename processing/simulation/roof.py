"""Curved tiled roofs of a simulated hall: two upper roofs side by side over one lower skirt."""

import numpy as np

from processing.simulation.shapes import Part, Points, sheet

TILE_COLOUR = (176, 118, 58)
TILE_WIDTH_M = 0.28
TILE_RELIEF_M = 0.025
# Heights of the hall's roofs above the site datum, metres: plausible for a Huế palace, not a survey.
LOWER_EAVE_M, UPPER_EAVE_M = 5.6, 8.4


def hip_height(
    x: Points, y: Points, low: tuple[float, float], high: tuple[float, float], rise_m: float
) -> Points:
    """Height above the eave of a hipped roof over a rectangle, with a sagging slope and lifted corners.

    Negative outside the rectangle. ``x`` and ``y`` are metres and broadcast.
    """
    to_side = np.minimum(x - low[0], high[0] - x)
    to_front = np.minimum(y - low[1], high[1] - y)
    inward = np.minimum(to_side, to_front)
    half = min(high[0] - low[0], high[1] - low[1]) / 2
    share = np.clip(inward / half, 0, 1)
    slope = rise_m * (0.55 * share + 0.45 * share**2)
    corner = np.clip(1 - np.maximum(to_side, to_front) / 3.5, 0, 1) ** 2 * np.clip(1 - inward / 2.0, 0, 1)
    height = slope + 0.55 * corner
    return np.where(inward >= -1e-9, height, -1.0)


def tile_relief(x: Points, y: Points, low: tuple[float, float], high: tuple[float, float]) -> Points:
    """Rows of half-round tiles running down each slope, metres."""
    to_side = np.minimum(x - low[0], high[0] - x)
    to_front = np.minimum(y - low[1], high[1] - y)
    along = np.where(to_side < to_front, y, x)
    return TILE_RELIEF_M * np.abs(np.sin(np.pi * along / TILE_WIDTH_M))


def upper_roof(step_m: float) -> Part:
    """The two joined upper roofs: the front one wider and higher, so that front and back differ."""
    x, y = _grid((-17.6, -11.4), (17.6, 11.0), step_m)
    front_low, front_high = (-17.6, -11.4), (17.6, 1.9)
    rear_low, rear_high = (-15.8, -0.5), (15.8, 11.0)
    front = hip_height(x, y, front_low, front_high, 4.3)
    rear = hip_height(x, y, rear_low, rear_high, 3.2)
    relief = np.where(
        front >= rear, tile_relief(x, y, front_low, front_high), tile_relief(x, y, rear_low, rear_high)
    )
    height = UPPER_EAVE_M + np.maximum(np.maximum(front, rear), 0.0) + relief
    return sheet("roof.upper", np.stack([x, y, height], axis=-1), TILE_COLOUR, with_uv=True)


def lower_roof(step_m: float) -> Part:
    """The lower skirt roof: a ring, opened by pressing its middle up into the upper wall."""
    low, high = (-22.0, -15.0), (22.0, 14.0)
    x, y = _grid(low, high, step_m)
    height = LOWER_EAVE_M + np.minimum(hip_height(x, y, low, high, 7.2), 2.15) + tile_relief(x, y, low, high)
    part = sheet("roof.lower", np.stack([x, y, height], axis=-1), TILE_COLOUR, with_uv=True)
    centre = part.vertices[part.triangles].mean(axis=1)
    inside = (np.abs(centre[:, 0]) < 16.0) & (centre[:, 1] > -9.8) & (centre[:, 1] < 9.4)
    kept = part.triangles[~inside]
    used, packed = np.unique(kept, return_inverse=True)
    assert part.uv is not None
    return Part(
        code=part.code,
        vertices=part.vertices[used],
        triangles=packed.reshape(-1, 3).astype(np.uint32),
        colour=part.colour,
        uv=part.uv[used],
    )


def gable_roof(
    code: str, length_m: float, width_m: float, eave_m: float, rise_m: float, step_m: float
) -> Part:
    """A plain straight gable along x, the same at every bay and on both sides."""
    x, y = _grid((0.0, -width_m / 2), (length_m, width_m / 2), step_m)
    height = eave_m + rise_m * (1 - np.abs(y) / (width_m / 2))
    return sheet(code, np.stack([x, y, height], axis=-1), TILE_COLOUR)


def _grid(low: tuple[float, float], high: tuple[float, float], step_m: float) -> tuple[Points, Points]:
    across = np.linspace(low[0], high[0], max(2, round((high[0] - low[0]) / step_m) + 1))
    along = np.linspace(low[1], high[1], max(2, round((high[1] - low[1]) / step_m) + 1))
    y, x = np.meshgrid(along, across, indexing="ij")
    return x, y
