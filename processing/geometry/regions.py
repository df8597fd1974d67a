"""Boxes and upright prisms: which points lie inside, and which boxes they touch. Borders belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.geometry.compiled import compiled

MAX_CORNERS = 500
_Point = tuple[float, float]
Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]


class Region(Protocol):
    """A part of space."""

    @property
    def bounds(self) -> Bounds:
        """The box around it: two corners (3,), perhaps infinite."""

    def contains(self, xyz: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say of each point (n, 3) whether it lies inside or on the border."""

    def touches(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Say whether a box (3,), (3,) has any point in common with it."""

    def holds(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Say whether a box lies in it as a whole."""

    def as_json(self) -> dict[str, Any]:
        """Write the region as it was asked for."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """An upright box between two corners (3,)."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def bounds(self) -> Bounds:
        """The corners themselves."""
        return self.low, self.high

    def contains(self, xyz: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Compare with both corners."""
        inside = np.empty(len(xyz), np.bool_)
        _in_box(xyz, self.low, self.high, inside)
        return inside

    def touches(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Compare the corners of both."""
        return bool((low <= self.high).all() and (high >= self.low).all())

    def holds(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Compare both corners."""
        return bool((low >= self.low).all() and (high <= self.high).all())

    def as_json(self) -> dict[str, Any]:
        """Write six numbers."""
        return {"box": [*self.low.tolist(), *self.high.tolist()]}


@dataclass(frozen=True, kw_only=True)
class Prism:
    """A polygon (n, 2) in plan, without its closing corner, between two heights."""

    polygon: NDArray[np.float64]
    bottom: float
    top: float

    @property
    def bounds(self) -> Bounds:
        """The box around it."""
        low, high = self.polygon.min(axis=0), self.polygon.max(axis=0)
        return np.array([*low, self.bottom]), np.array([*high, self.top])

    def contains(self, xyz: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Count the edges that a ray to the east crosses; points on an edge are inside."""
        inside = np.empty(len(xyz), np.bool_)
        _in_prism(xyz, self.polygon, self.bottom, self.top, inside)
        return inside

    def touches(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Look for an edge in the box; if there is none, the box lies inside or outside as a whole."""
        if low[2] > self.top or high[2] < self.bottom:
            return False
        if _edges_in_rectangle(self.polygon, low[:2], high[:2]):
            return True
        corner = np.array([[low[0], low[1], min(max(low[2], self.bottom), self.top)]])
        return bool(self.contains(corner)[0])

    def holds(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Say that no edge is in the box, and one corner is inside."""
        if low[2] < self.bottom or high[2] > self.top or _edges_in_rectangle(self.polygon, low[:2], high[:2]):
            return False
        return bool(self.contains(low[None, :])[0])

    def as_json(self) -> dict[str, Any]:
        """Write the polygon and the heights there are."""
        heights = {"bottom": self.bottom, "top": self.top}
        given = {name: value for name, value in heights.items() if np.isfinite(value)}
        return {"prism": {"polygon": self.polygon.tolist(), **given}}


def box_of(value: object) -> Box:
    """Read six numbers x0, y0, z0, x1, y1, z1.

    Raises
    ------
    KnownError
        ``invalid-region`` if they are no box.
    """
    numbers = _numbers(value)
    if numbers is None or numbers.shape != (6,):
        raise _wrong(f"a box is x0, y0, z0, x1, y1, z1, got {value!r}", "give six numbers")
    low, high = numbers[:3], numbers[3:]
    for axis, a, b in zip("xyz", low.tolist(), high.tolist(), strict=True):
        if a >= b:
            raise _wrong(f"the box runs from {axis} = {a} to {b}", "give the lower corner first")
    return Box(low=low, high=high)


def prism_of(value: object) -> Prism:
    """Read ``{"polygon": [[x, y], …], "bottom": z, "top": z}``; either height may be left out.

    Raises
    ------
    KnownError
        ``invalid-region`` if it is no prism: fewer than three corners, no area, edges that cross.
    """
    if not isinstance(value, dict) or not {"polygon"} <= set(value) <= {"polygon", "bottom", "top"}:
        raise _wrong("a prism is an object of polygon, bottom and top", '{"polygon": [[x, y], …], …}')
    corners = _numbers(value["polygon"])
    if corners is None or corners.ndim != 2 or corners.shape[1] != 2:
        raise _wrong("the polygon of a prism is a list of [x, y]", "heights are its bottom and top")
    corners = _without_repeats(corners)
    if len(corners) < 3:
        raise _wrong(f"the polygon has {len(corners)} different corners", "give three at least")
    if len(corners) > MAX_CORNERS:
        raise _wrong(f"the polygon has {len(corners):,} corners, {MAX_CORNERS} are allowed", "simplify it")
    crossing = crossing_edges(corners)
    if crossing is not None:
        raise _wrong(
            f"edges {crossing[0]} and {crossing[1]} of the polygon cross or lie on each other",
            "list the corners in the order in which one walks round",
        )
    bottom, top = (_height(value.get(name), name) for name in ("bottom", "top"))
    bottom, top = -np.inf if bottom is None else bottom, np.inf if top is None else top
    if bottom >= top:
        raise _wrong(f"the prism runs from bottom {bottom} to top {top}", "give the lower height as bottom")
    return Prism(polygon=corners, bottom=bottom, top=top)


def crossing_edges(corners: NDArray[np.float64]) -> tuple[int, int] | None:
    """Find two edges, counted from 1, that meet elsewhere than at the corner they share."""
    # Plain numbers: five hundred corners make 125,000 pairs, and arrays of two are slow.
    points: list[_Point] = [(x, y) for x, y in corners.tolist()]
    count = len(points)
    ends = points[1:] + points[:1]
    for i in range(count):
        for j in range(i + 1, count):
            a, b, c, d = points[i], ends[i], points[j], ends[j]
            if b == c:
                meets = _turns_back(a, b, d)
            elif a == d:
                meets = _turns_back(b, a, c)
            else:
                meets = _meet(a, b, c, d)
            if meets:
                return i + 1, j + 1
    return None


def _turns_back(one: _Point, shared: _Point, other: _Point) -> bool:
    """Neighbours share a corner; they lie on each other if the walk turns back there."""
    ahead = (one[0] - shared[0]) * (other[0] - shared[0]) + (one[1] - shared[1]) * (other[1] - shared[1])
    return ahead > 0 and _side(one, shared, other) == 0


def _meet(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    for k in (0, 1):
        if min(a[k], b[k]) > max(c[k], d[k]) or min(c[k], d[k]) > max(a[k], b[k]):
            return False
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0


def _side(a: _Point, b: _Point, p: _Point) -> int:
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return (turn > 0) - (turn < 0)


def _edges_in_rectangle(
    polygon: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> bool:
    """Separate each edge from the rectangle by the axes and by its own normal."""
    ends = np.roll(polygon, -1, axis=0)
    least, most = np.minimum(polygon, ends), np.maximum(polygon, ends)
    near = ((least <= high) & (most >= low)).all(axis=1)
    if not near.any():
        return False
    a, b = polygon[near], ends[near]
    picks = np.array([[low[0], low[1]], [high[0], low[1]], [low[0], high[1]], [high[0], high[1]]])
    along, away = b - a, picks[None] - a[:, None]
    sides = along[:, None, 0] * away[..., 1] - along[:, None, 1] * away[..., 0]
    return bool(((sides.min(axis=1) <= 0) & (sides.max(axis=1) >= 0)).any())


def _without_repeats(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop a corner that repeats the one before, and the closing one."""
    if not len(corners):
        return corners
    kept: NDArray[np.float64] = corners[(corners != np.roll(corners, 1, axis=0)).any(axis=1)]
    return kept


def _numbers(value: object) -> NDArray[np.float64] | None:
    try:
        numbers = np.array(value, np.float64)
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


def _height(value: object, name: str) -> float | None:
    if value is None:
        return None
    number = _numbers(value)
    if number is None or number.shape != () or isinstance(value, bool):
        raise _wrong(f"the {name} of the prism is {value!r}", "give a number, or leave it out")
    return float(number)


def _wrong(message: str, hint: str) -> KnownError:
    return KnownError("invalid-region", message, hint)


@compiled()
def _in_box(
    xyz: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    inside: NDArray[np.bool_],
) -> None:
    for n in range(len(xyz)):
        held = True
        for k in range(3):
            held = held and low[k] <= xyz[n, k] <= high[k]
        inside[n] = held


@compiled()
def _in_prism(
    xyz: NDArray[np.float64],
    polygon: NDArray[np.float64],
    bottom: float,
    top: float,
    inside: NDArray[np.bool_],
) -> None:
    count = len(polygon)
    for n in range(len(xyz)):
        x, y, z = xyz[n, 0], xyz[n, 1], xyz[n, 2]
        held = False
        if bottom <= z <= top:
            before = count - 1
            for i in range(count):
                ax, ay, bx, by = polygon[before, 0], polygon[before, 1], polygon[i, 0], polygon[i, 1]
                before = i
                side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
                on = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
                if side == 0.0 and on:
                    held = True
                    break
                # Half-open in y, so that a corner is crossed once.
                if (ay > y) != (by > y) and (side > 0.0) == (by > ay):
                    held = not held
        inside[n] = held


def warm() -> None:
    """Compile this module's kernels."""
    points = np.zeros((1, 3))
    Box(low=np.zeros(3), high=np.ones(3)).contains(points)
    Prism(polygon=np.array([[0.0, 0], [1, 0], [0, 1]]), bottom=0.0, top=1.0).contains(points)
