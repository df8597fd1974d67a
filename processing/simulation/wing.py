"""A plain colonnade wing: every bay the same, both sides the same. Geometry alone cannot place it."""

import numpy as np

from processing.simulation.roof import gable_roof
from processing.simulation.shapes import Part, box, turned

BAY_M = 3.4
BAYS = 16
WIDTH_M = 5.2
FLOOR_M = 0.6
COLUMN_HEIGHT_M = 3.4


def wing() -> list[Part]:
    """Build the wing along x from 0 to ``BAYS × BAY_M``; columns stand at the middle of each bay."""
    length = BAYS * BAY_M
    parts = [
        box("wing.yard", (0.0, -6.0, -0.2), (length, 6.0, 0.0), (150, 140, 122)),
        box("wing.floor", (0.0, -WIDTH_M / 2, 0.0), (length, WIDTH_M / 2, FLOOR_M), (168, 164, 154)),
        # Straight eaves and smooth slopes: nothing on the roof tells one bay from another.
        gable_roof("wing.roof", length, WIDTH_M + 1.6, FLOOR_M + COLUMN_HEIGHT_M, 1.9, BAY_M / 4),
    ]
    height = np.concatenate([[0.0, 0.0, 0.2, 0.2], np.linspace(0.201, COLUMN_HEIGHT_M, 10)])
    radius = np.concatenate([[0.0, 0.3, 0.28, 0.2], 0.17 + 0.015 * np.sin(np.linspace(0.4, 2.9, 10))])
    for bay in range(BAYS):
        x = (bay + 0.5) * BAY_M
        for row, y in (("n", WIDTH_M / 2 - 0.5), ("s", -WIDTH_M / 2 + 0.5)):
            profile = np.stack([radius, height], axis=1)
            parts.append(turned(f"wing.columns.{row}{bay + 1}", (x, y, FLOOR_M), profile, (138, 38, 30)))
        z = FLOOR_M + COLUMN_HEIGHT_M - 0.3
        parts.append(
            box(f"wing.beams.y{bay + 1}", (x - 0.09, -2.2, z), (x + 0.09, 2.2, z + 0.25), (104, 60, 34))
        )
    return parts
