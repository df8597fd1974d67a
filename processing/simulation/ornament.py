"""A carved ridge ornament: a flaming pearl on a lotus stand, as dense as asked."""

import numpy as np

from processing.simulation.shapes import Part, Points, sheet

ORNAMENT_COLOUR = (196, 154, 66)
HEIGHT_M = 1.5


def pearl(code: str, foot: tuple[float, float, float], *, rows: int, columns: int) -> Part:
    """Carve the ornament on ``foot`` (metres) as a turned (rows × columns) sheet with relief."""
    share = np.linspace(0, 1, rows)[:, None]
    angle = np.linspace(0, 2 * np.pi, columns)[None, :]
    radius = _outline(share) + _carving(share, angle)
    # Flames lean to one side, so that no turn about the vertical repeats the shape.
    lean = 0.12 * share**2
    grid = np.empty((rows, columns, 3))
    grid[..., 0] = foot[0] + radius * np.cos(angle) + lean
    grid[..., 1] = foot[1] + 0.8 * radius * np.sin(angle)
    grid[..., 2] = foot[2] + HEIGHT_M * share
    return sheet(code, grid, ORNAMENT_COLOUR)


def _outline(share: Points) -> Points:
    stand = 0.36 * np.exp(-((share / 0.16) ** 2)) + 0.12
    ball = 0.30 * np.sqrt(np.clip(1 - ((share - 0.52) / 0.27) ** 2, 0, None))
    flame = 0.16 * np.exp(-(((share - 0.86) / 0.12) ** 2))
    return (stand + ball + flame) * np.clip((1 - share) / 0.05, 0, 1) ** 0.5


def _carving(share: Points, angle: Points) -> Points:
    petals = 0.020 * np.abs(np.sin(8 * angle)) * np.exp(-((share / 0.2) ** 2))
    flames = 0.045 * np.clip(np.sin(3 * angle + 9 * share), 0, 1) * np.exp(-(((share - 0.7) / 0.2) ** 2))
    scales = 0.004 * np.sin(40 * angle + 12 * np.sin(30 * share)) * np.sin(90 * share)
    crest = 0.05 * np.exp(-(((angle - 1.0) / 0.25) ** 2)) * np.exp(-(((share - 0.5) / 0.15) ** 2))
    taper = np.clip((1 - share) / 0.1, 0, 1)
    return np.asarray((petals + flames + scales + crest) * taper)
