"""A double-eaved hall on a plinth in two states: as found, and some years later with known changes.

Site frame: x along the front, y towards the back, z up, metres, the datum at the yard.
"""

from dataclasses import dataclass

import numpy as np

from processing.simulation.ornament import pearl
from processing.simulation.roof import LOWER_EAVE_M, UPPER_EAVE_M, lower_roof, upper_roof
from processing.simulation.shapes import Part, Points, box, sheet, tube, turned

PLINTH_TOP_M = 1.2
LACQUER = (138, 38, 30)
STONE = (168, 164, 154)
PLASTER = (222, 206, 160)
TIMBER = (104, 60, 34)
GILT = (204, 162, 60)
# Ten columns along the front and eight rows deep; bays differ, wider in the middle as in the real hall.
COLUMN_X = np.array([-19.2, -16.0, -11.6, -7.2, -2.6, 2.6, 7.2, 11.6, 16.0, 19.2])
COLUMN_Y = np.array([-12.6, -9.9, -6.3, -2.6, 0.4, 4.2, 7.9, 11.5])
COLUMN_HEIGHT_M = 4.6
LEANING, UNCHANGED = "columns.g6", "columns.c3"
LEAN_M, WEAR_M = 0.020, 0.005
LOST = "roof.ornaments.east-pearl"
WORN = "stairs.front.step-5"


@dataclass(frozen=True, kw_only=True)
class State:
    """What differs between epochs: lean of one column's head, wear of one step (metres), what is lost."""

    lean_m: float = 0.0
    wear_m: float = 0.0
    lost: frozenset[str] = frozenset()


AS_FOUND = State()
LATER = State(lean_m=LEAN_M, wear_m=WEAR_M, lost=frozenset({LOST}))


def hall(state: State, *, roof_step_m: float = 0.14) -> list[Part]:
    """Build all parts of the hall in a state; ``roof_step_m`` is the spacing of roof vertices."""
    parts = [*_base(state), *_columns(state), *_beams(), *_walls(), *_furniture(), *_roof(roof_step_m)]
    return [part for part in parts if part.code not in state.lost]


def changes() -> list[dict[str, object]]:
    """List what differs between AS_FOUND and LATER, for the truth file."""
    return [
        {"code": LEANING, "change": "leaning", "displacement_m": LEAN_M, "direction": [1.0, 0.0, 0.0]},
        {"code": LOST, "change": "lost"},
        {"code": WORN, "change": "worn", "depth_m": WEAR_M},
        {"code": UNCHANGED, "change": "none"},
    ]


def column(code: str, x: float, y: float, *, lean_m: float = 0.0, rings: int = 14, sides: int = 24) -> Part:
    """A lacquered column on a turned stone base; its head is moved ``lean_m`` along x."""
    height = np.concatenate([[0.0, 0.0, 0.16, 0.24, 0.24], np.linspace(0.241, COLUMN_HEIGHT_M, rings)])
    radius = np.concatenate(
        [[0.0, 0.36, 0.38, 0.32, 0.24], 0.215 + 0.02 * np.sin(np.linspace(0.4, 2.9, rings))]
    )
    part = turned(code, (x, y, PLINTH_TOP_M), np.stack([radius, height], axis=1), LACQUER, sides=sides)
    if not lean_m:
        return part
    moved = part.vertices.copy()
    moved[:, 0] += lean_m * (moved[:, 2] - PLINTH_TOP_M) / COLUMN_HEIGHT_M
    return Part(code=code, vertices=moved, triangles=part.triangles, colour=part.colour)


def _columns(state: State) -> list[Part]:
    parts = []
    for row, y in enumerate(COLUMN_Y):
        for place, x in enumerate(COLUMN_X):
            code = f"columns.{'abcdefgh'[row]}{place + 1}"
            parts.append(column(code, x, y, lean_m=state.lean_m if code == LEANING else 0.0))
    return parts


def _base(state: State) -> list[Part]:
    parts = [
        box("yard", (-28.0, -22.0, -0.3), (28.0, 20.0, 0.0), (150, 140, 122)),
        box("plinth.lower", (-22.6, -15.6, 0.0), (22.6, 14.6, 0.7), STONE),
        box("plinth.upper", (-20.6, -14.0, 0.7), (20.6, 12.8, PLINTH_TOP_M), STONE),
        box("yard.urn-base", (-12.0, -20.4, 0.0), (-10.6, -19.0, 0.5), STONE),
    ]
    parts += _flight("stairs.front", -3.0, 3.0, -15.6, -1.0, state)
    parts += _flight("stairs.west", -14.5, -12.5, -15.6, -1.0, State())
    parts += _flight("stairs.back", 5.0, 8.0, 14.6, 1.0, State())
    urn = [(0.0, 0.0), (0.3, 0.0), (0.25, 0.15), (0.55, 0.6), (0.5, 0.95), (0.62, 1.05), (0.0, 1.05)]
    return [*parts, turned("yard.urn", (-11.3, -19.7, 0.5), urn, (92, 84, 62), sides=32)]


def _flight(code: str, x0: float, x1: float, y: float, outward: float, state: State) -> list[Part]:
    parts = []
    for step in range(1, 7):
        top = 0.7 - 0.1 * (step - 1) - 0.02
        near, far = sorted((y + outward * 0.32 * (step - 1), y + outward * 0.32 * step))
        name = f"{code}.step-{step}"
        parts.append(box(f"{name}.block", (x0, near, 0.0), (x1, far, top - 0.02), STONE))
        parts.append(_tread(name, (x0, near, top), (x1, far, top), state.wear_m if name == WORN else 0.0))
    return parts


def _tread(
    code: str, low: tuple[float, float, float], high: tuple[float, float, float], wear_m: float
) -> Part:
    across, along = np.linspace(low[0], high[0], 41), np.linspace(low[1], high[1], 9)
    y, x = np.meshgrid(along, across, indexing="ij")
    hollow = np.exp(-(((x - (low[0] + high[0]) / 2) / 0.7) ** 2))
    return sheet(code, np.stack([x, y, low[2] - wear_m * hollow], axis=-1), STONE)


def _beams() -> list[Part]:
    z0, z1 = PLINTH_TOP_M + 3.9, PLINTH_TOP_M + 4.2
    parts = [
        box(f"beams.x{i + 1}", (COLUMN_X[0], y - 0.1, z0), (COLUMN_X[-1], y + 0.1, z1), TIMBER)
        for i, y in enumerate(COLUMN_Y)
    ]
    parts += [
        box(f"beams.y{i + 1}", (x - 0.1, COLUMN_Y[0], z0 - 0.3), (x + 0.1, COLUMN_Y[-1], z0), TIMBER)
        for i, x in enumerate(COLUMN_X)
    ]
    return parts


def _walls() -> list[Part]:
    low, high, back = PLINTH_TOP_M, LOWER_EAVE_M + 0.6, COLUMN_Y[-1]
    return [
        box("walls.back.west", (-19.2, back - 0.2, low), (2.0, back + 0.2, high), PLASTER),
        box("walls.back.east", (9.0, back - 0.2, low), (19.2, back + 0.2, high), PLASTER),
        box("walls.west", (-19.4, -6.3, low), (-19.0, back, high), PLASTER),
        # The side door is on the east only.
        box("walls.east.front", (19.0, -6.3, low), (19.4, -1.0, high), PLASTER),
        box("walls.east.rear", (19.0, 0.8, low), (19.4, back, high), PLASTER),
        box(
            "walls.upper.front", (-16.2, -10.0, LOWER_EAVE_M + 2.0), (16.2, -9.7, UPPER_EAVE_M + 0.3), TIMBER
        ),
        box("walls.upper.rear", (-14.8, 9.4, LOWER_EAVE_M + 2.0), (14.8, 9.7, UPPER_EAVE_M + 0.3), TIMBER),
        box("walls.upper.west", (-16.2, -9.7, LOWER_EAVE_M + 2.0), (-15.9, 9.4, UPPER_EAVE_M + 0.3), TIMBER),
        box("walls.upper.east", (15.9, -9.7, LOWER_EAVE_M + 2.0), (16.2, 9.4, UPPER_EAVE_M + 0.3), TIMBER),
    ]


def _furniture() -> list[Part]:
    floor = PLINTH_TOP_M
    return [
        box("throne.dais-1", (-2.2, 4.8, floor), (2.2, 7.6, floor + 0.2), GILT),
        box("throne.dais-2", (-1.7, 5.2, floor + 0.2), (1.7, 7.4, floor + 0.4), GILT),
        box("throne.seat", (-0.6, 6.2, floor + 0.4), (0.6, 7.0, floor + 1.0), LACQUER),
        box("throne.back", (-0.6, 7.0, floor + 0.4), (0.6, 7.12, floor + 1.9), GILT),
        box("tablet.west", (-15.0, 2.0, floor), (-14.5, 3.2, floor + 2.2), STONE),
    ]


def _roof(step_m: float) -> list[Part]:
    front_ridge, rear_ridge = UPPER_EAVE_M + 4.3, UPPER_EAVE_M + 3.2
    parts = [
        lower_roof(step_m),
        upper_roof(step_m),
        box("roof.ridge.front", (-11.0, -4.95, front_ridge - 0.3), (11.0, -4.55, front_ridge + 0.5), PLASTER),
        box("roof.ridge.rear", (-10.0, 5.05, rear_ridge - 0.3), (10.0, 5.4, rear_ridge + 0.4), PLASTER),
        pearl("roof.ornaments.centre-pearl", (0.0, -4.75, front_ridge + 0.5), rows=60, columns=60),
        pearl(LOST, (7.5, -4.75, front_ridge + 0.5), rows=60, columns=60),
    ]
    return [*parts, _dragon("roof.ornaments.west-dragon", -9.5, -4.75, front_ridge + 0.5)]


def _dragon(code: str, x: float, y: float, z: float) -> Part:
    t = np.linspace(0, 1, 60)
    path: Points = np.stack(
        [x + 5.5 * t, np.full_like(t, y), z + 0.3 + 0.35 * np.sin(9 * t) * (1 - 0.4 * t)], axis=1
    )
    return tube(code, path, 0.12 + 0.10 * np.sin(np.pi * t), GILT)
