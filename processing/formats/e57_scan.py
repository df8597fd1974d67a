"""One scan of an E57 (data3D): its fields, pose, limits, and how numbers become points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pye57 import libe57

from processing.errors import KnownError
from processing.formats.cloud import PointChunk, Station
from processing.formats.scales import BLOCK_POINTS, Intensity
from processing.geometry.rotations import rotation_of_quaternion

CARTESIAN = ("cartesianX", "cartesianY", "cartesianZ")
SPHERICAL = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
COLOURS = ("colorRed", "colorGreen", "colorBlue")
INTENSITY = "intensity"
_INVALID = {CARTESIAN: "cartesianInvalidState", SPHERICAL: "sphericalInvalidState"}
Arrays = dict[str, NDArray[Any]]


class Scan:
    """What one data3D entry holds and how to scale it."""

    def __init__(self, node: Any, number: int) -> None:
        self.points = node["points"]
        self.fields = _fields(libe57.StructureNode(self.points.prototype()))
        self.count = int(self.points.childCount())
        self.number = number
        self.pose = _pose(node)
        label = _text(node, "name") or f"scan {number + 1}"
        self.station = Station(name=label, pose=self.pose, points=self.count)
        self.colour_limits = _limits(node, "colorLimits", "colorRed") or self._range_of("colorRed")
        # Without limits and with a type that spans everything, the first points tell.
        limits = _limits(node, "intensityLimits", INTENSITY) or self._range_of(INTENSITY)
        self.intensity = Intensity(*limits) if limits is not None else None
        self.extra = self._not_drawn()

    @property
    def coordinates(self) -> tuple[str, str, str] | None:
        """Which three fields hold positions."""
        return next((fields for fields in (CARTESIAN, SPHERICAL) if set(fields) <= set(self.fields)), None)

    @property
    def invalid(self) -> str | None:
        """The field that marks what is no point: 0 valid, 1 direction only, 2 nothing (E2807 table 9)."""
        name = _INVALID[self.coordinates] if self.coordinates else ""
        return name if name in self.fields else None

    def wanted(self, *, everything: bool) -> tuple[str, ...]:
        """Name the fields to be read: those that are drawn, or all that hold numbers."""
        if everything:
            return tuple(self.fields)
        names = [*(self.coordinates or ()), *COLOURS, INTENSITY, self.invalid]
        return tuple(name for name in names if name in self.fields)

    def _not_drawn(self) -> dict[str, np.dtype[Any]]:
        """Answer the types of numbers that positions, 8-bit colours and 16-bit intensity do not hold."""
        drawn = {*(self.coordinates or ()), self.invalid, INTENSITY}
        wide = self.fields.get("colorRed") != np.dtype("u1")
        drawn |= set() if wide or not set(COLOURS) <= set(self.fields) else set(COLOURS)
        prototype = libe57.StructureNode(self.points.prototype())
        kept = {name: _kept(prototype[name], dtype) for name, dtype in self.fields.items()}
        held = {name: dtype for name, dtype in kept.items() if name not in drawn}
        exact = self.intensity is not None and self.intensity.exact
        if INTENSITY in self.fields and not exact:
            held[INTENSITY] = kept[INTENSITY]
        return held

    def _range_of(self, name: str) -> tuple[float, float] | None:
        """Answer the range that the type of a field declares, if it is one."""
        if name not in self.fields:
            return None
        node = libe57.StructureNode(self.points.prototype())[name]
        if isinstance(node, libe57.ScaledIntegerNode):
            pair = float(node.scaledMinimum()), float(node.scaledMaximum())
        else:
            pair = float(node.minimum()), float(node.maximum())
        return pair if 0 < pair[1] - pair[0] <= 2.0**32 else None


class Filling:
    """Points of one scan, gathered from small reads that are still in the processor's cache."""

    def __init__(self, scan: Scan, capacity: int, *, everything: bool) -> None:
        self._scan, self._filled, self._invalid = scan, 0, 0
        self._xyz = np.empty((capacity, 3))
        self._rgb = np.empty((capacity, 3), np.uint8) if set(COLOURS) <= set(scan.fields) else None
        self._intensity = np.empty(capacity, np.uint16) if INTENSITY in scan.fields else None
        extra = scan.extra if everything else {}
        self._extra = {name: np.empty(capacity, dtype) for name, dtype in extra.items()}
        self._work = np.empty((2, BLOCK_POINTS))

    def has_room(self, points: int) -> bool:
        """Whether so many more points fit."""
        return self._filled + points <= len(self._xyz)

    def take(self, arrays: Arrays) -> None:
        """Take in fields of (n,) numbers, but for what the file marks as no point."""
        scan = self._scan
        if scan.invalid is not None and arrays[scan.invalid].any():
            good = arrays[scan.invalid] == 0
            self._invalid += len(good) - int(good.sum())
            arrays = {name: values[good] for name, values in arrays.items()}
        assert scan.coordinates is not None
        columns = [arrays[name] for name in scan.coordinates]
        if scan.coordinates == SPHERICAL:
            columns = cartesian(*columns)
        place = slice(self._filled, self._filled + len(columns[0]))
        posed(columns, scan.pose, self._xyz[place], self._work)
        if self._rgb is not None:
            self._colours(arrays, self._rgb[place])
        if self._intensity is not None:
            if scan.intensity is None:
                scan.intensity = Intensity.of(arrays[INTENSITY])
            self._intensity[place] = scan.intensity(arrays[INTENSITY])
        for name, column in self._extra.items():
            column[place] = arrays[name]
        self._filled = place.stop

    def points(self) -> PointChunk:
        """Answer what was taken in."""
        end = self._filled
        return PointChunk(
            xyz=self._xyz[:end],
            rgb=None if self._rgb is None else self._rgb[:end],
            intensity=None if self._intensity is None else self._intensity[:end],
            invalid=self._invalid,
            station=self._scan.number,
            extra={name: column[:end] for name, column in self._extra.items()},
        )

    def _colours(self, arrays: Arrays, rgb: NDArray[np.uint8]) -> None:
        low, high = self._scan.colour_limits or (0.0, 255.0)
        for k, name in enumerate(COLOURS):
            values = arrays[name]
            if (low, high) != (0.0, 255.0) or values.dtype != np.uint8:
                values = np.clip((values - low) * (255.0 / (high - low)), 0, 255).round()
            rgb[:, k] = values


def posed(
    columns: list[NDArray[np.float64]],
    pose: NDArray[np.float64],
    xyz: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Carry x, y and z (n,) through a 4x4 pose into xyz (n, 3); work is (2, block)."""
    still = np.array_equal(pose, np.eye(4))
    for at in range(0, len(xyz), work.shape[1]):
        block = [column[at : at + work.shape[1]] for column in columns]
        sums, products = work[:, : len(block[0])]
        for k in range(3):
            place = xyz[at : at + work.shape[1], k]
            if still:
                place[:] = block[k]
                continue
            np.multiply(block[0], pose[k, 0], out=sums)
            for j in (1, 2):
                np.multiply(block[j], pose[k, j], out=products)
                sums += products
            sums += pose[k, 3]
            place[:] = sums


def cartesian(
    r: NDArray[np.float64], azimuth: NDArray[np.float64], elevation: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Range, azimuth from x towards y, elevation above the xy plane (ASTM E2807 8.4.4.2)."""
    flat = r * np.cos(elevation)
    return [flat * np.cos(azimuth), flat * np.sin(azimuth), r * np.sin(elevation)]


def _fields(prototype: Any) -> dict[str, np.dtype[Any]]:
    """Answer the fields that hold numbers, and the smallest type for each."""
    found: dict[str, np.dtype[Any]] = {}
    for i in range(int(prototype.childCount())):
        name = str(prototype.get(i).elementName())
        node = prototype[name]
        if name in (*CARTESIAN, *SPHERICAL):
            found[name] = np.dtype("f8")
        elif isinstance(node, libe57.IntegerNode):
            found[name] = _integer(int(node.minimum()), int(node.maximum()))
        elif isinstance(node, libe57.FloatNode):
            found[name] = np.dtype("f4" if node.precision() == libe57.E57_SINGLE else "f8")
        elif isinstance(node, libe57.ScaledIntegerNode):
            found[name] = np.dtype("f8")
    return found


def _integer(low: int, high: int) -> np.dtype[Any]:
    # pye57 takes "i" for nothing and "l" for 32 bits whatever it is here; "q" it takes for 64.
    for form in ("u1", "i1", "u2", "i2"):
        info = np.iinfo(form)
        if info.min <= low and high <= info.max:
            return np.dtype(form)
    return np.dtype(np.longlong)


def _kept(node: Any, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Answer the type in which a number is kept: 32 bits where they hold it."""
    if dtype == np.int64 and int(node.minimum()) >= -(2**31) and int(node.maximum()) < 2**31:
        return np.dtype("i4")
    return dtype


def _pose(node: Any) -> NDArray[np.float64]:
    pose = np.eye(4)
    if not node.isDefined("pose"):
        return pose
    if node["pose"].isDefined("rotation"):
        rotation = node["pose"]["rotation"]
        quaternion = np.array([float(rotation[axis].value()) for axis in "wxyz"])
        length = float(np.linalg.norm(quaternion))
        if not 0.5 < length < 2.0:
            raise KnownError(
                "invalid-header",
                f"the pose of a scan is turned by {quaternion.tolist()}, which is no rotation",
            )
        pose[:3, :3] = rotation_of_quaternion(quaternion)
    if node["pose"].isDefined("translation"):
        translation = node["pose"]["translation"]
        pose[:3, 3] = [float(translation[axis].value()) for axis in "xyz"]
    if not np.isfinite(pose).all():
        raise KnownError("non-finite", "the pose of a scan is not finite")
    return pose


def _text(node: Any, name: str) -> str:
    return str(node[name].value()).strip() if node.isDefined(name) else ""


def _number(node: Any) -> float:
    return float(node.scaledValue() if hasattr(node, "scaledValue") else node.value())


def _limits(node: Any, group: str, stem: str) -> tuple[float, float] | None:
    if not node.isDefined(group):
        return None
    limits = node[group]
    low, high = f"{stem}Minimum", f"{stem}Maximum"
    if not (limits.isDefined(low) and limits.isDefined(high)):
        return None
    pair = _number(limits[low]), _number(limits[high])
    return pair if np.isfinite(pair).all() and pair[1] > pair[0] else None
