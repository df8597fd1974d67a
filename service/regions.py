"""Looks at a box or a prism before a job is made of it: what makes no sense is said at once.

The job looks again, with the data at hand; here only what the request and the version's bounds can tell.
"""

from collections.abc import Sequence

from service.errors import InvalidRegionError, RegionOutsideError
from service.schemas.cuts import CutAsk, PrismAsk

_Point = Sequence[float]
_WALK = "list the corners in the order in which one walks round"


def check_region(ask: CutAsk, bounds: Sequence[Sequence[float]] | None) -> None:
    """Refuse a region that is none, or that lies where the version has no points.

    Raises
    ------
    InvalidRegionError
        If box and prism are both given or neither, corners are reversed, or edges cross.
    RegionOutsideError
        If metres of the version's own frame are meant and all lie outside its bounds (2, 3).
    """
    if (ask.box is None) == (ask.prism is None):
        raise InvalidRegionError("a cut takes a box or a prism, one of the two")
    low, high = _box(ask.box) if ask.box is not None else _around(_checked(ask.prism))
    if ask.coordinates == "crs" or bounds is None:
        return
    if any(a > top or b < least for a, b, least, top in zip(low, high, *bounds, strict=True)):
        raise RegionOutsideError(
            f"the region spans {_said(low)} to {_said(high)}, the points of the version "
            f"{_said(bounds[0])} to {_said(bounds[1])}",
            hint="these are metres of the version's own frame; for coordinates of its CRS say "
            "coordinates: crs",
        )


def _box(box: Sequence[float]) -> tuple[list[float], list[float]]:
    for axis, a, b in zip("xyz", box[:3], box[3:], strict=True):
        if a >= b:
            raise InvalidRegionError(
                f"the box runs from {axis} = {a} to {b}", hint="give the lower corner first"
            )
    return list(box[:3]), list(box[3:])


def _checked(prism: PrismAsk | None) -> PrismAsk:
    assert prism is not None
    corners = [corner for i, corner in enumerate(prism.polygon) if corner != prism.polygon[i - 1]]
    if len(corners) < 3:
        raise InvalidRegionError(
            f"the polygon has {len(corners)} different corners", hint="give three at least"
        )
    if prism.bottom is not None and prism.top is not None and prism.bottom >= prism.top:
        raise InvalidRegionError(
            f"the prism runs from bottom {prism.bottom} to top {prism.top}",
            hint="give the lower height as bottom",
        )
    ends = [*corners[1:], corners[0]]
    for i, (a, b) in enumerate(zip(corners, ends, strict=True)):
        for j in range(i + 2, len(corners) - (i == 0)):
            if _cross(a, b, corners[j], ends[j]):
                raise InvalidRegionError(f"edges {i + 1} and {j + 1} of the polygon cross", hint=_WALK)
    return prism


def _cross(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: _Point, b: _Point, p: _Point) -> int:
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return (turn > 0) - (turn < 0)


def _around(prism: PrismAsk) -> tuple[list[float], list[float]]:
    xs, ys = [corner[0] for corner in prism.polygon], [corner[1] for corner in prism.polygon]
    bottom = float("-inf") if prism.bottom is None else prism.bottom
    top = float("inf") if prism.top is None else prism.top
    return [min(xs), min(ys), bottom], [max(xs), max(ys), top]


def _said(corner: Sequence[float]) -> str:
    return "(" + ", ".join(f"{value:.3f}" for value in corner) + ")"
