"""E57 (ASTM E2807): every scan streamed through libe57, its pose applied and kept as a station."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pye57 import libe57

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudHeader, PointChunk, Station, warning
from processing.geometry.rotations import rotation_of_quaternion
from processing.room.sources import Source, materialise

MAX_XML_BYTES = 256 << 20
PAGE_BYTES = 1024
_CARTESIAN = ("cartesianX", "cartesianY", "cartesianZ")
_SPHERICAL = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
_COLOURS = ("colorRed", "colorGreen", "colorBlue")
_INVALID = {_CARTESIAN: "cartesianInvalidState", _SPHERICAL: "sphericalInvalidState"}


class _Scan:
    """One data3D entry: what it holds and how to scale it."""

    def __init__(self, node: Any, number: int) -> None:
        self.node = node
        self.points = node["points"]
        self.fields = _names(libe57.StructureNode(self.points.prototype()))
        self.count = int(self.points.childCount())
        self.pose = _pose(node)
        label = _text(node, "name") or f"scan {number + 1}"
        self.station = Station(name=label, pose=self.pose, points=self.count)
        self.colour_limits = _limits(node, "colorLimits", "colorRed", (0.0, 255.0))
        self.intensity_limits = self._intensity_limits(node)

    @property
    def coordinates(self) -> tuple[str, str, str] | None:
        """Which three fields hold positions."""
        return next((fields for fields in (_CARTESIAN, _SPHERICAL) if set(fields) <= set(self.fields)), None)

    def _intensity_limits(self, node: Any) -> tuple[float, float] | None:
        if "intensity" not in self.fields:
            return None
        return _limits(node, "intensityLimits", "intensity", (0.0, 0.0))


class E57Reader:
    """One E57 file; libe57 needs a path, so a ranged input is copied into the work folder first."""

    def __init__(self, source: Source, folder: Path) -> None:
        self._source = source
        _check_file(source)
        try:
            self._file = libe57.ImageFile(str(materialise(source, folder)), "r")
            root = self._file.root()
            data3d = root["data3D"] if root.isDefined("data3D") else []
            self._scans = [_Scan(data3d[i], i) for i in range(len(data3d))]
            pictures = len(root["images2D"]) if root.isDefined("images2D") else 0
            crs = root["coordinateMetadata"].value() if root.isDefined("coordinateMetadata") else ""
        except libe57.E57Exception as error:
            raise self._damaged(error) from error
        self._check_scans()
        self.header = self._header(pictures, str(crs).strip())

    def chunks(self) -> Iterator[PointChunk]:
        """Read every valid point of every scan, in the file's common frame."""
        for scan in self._scans:
            yield from self._of_scan(scan, CHUNK_POINTS)

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read a stretch out of the middle of every block that libe57 can seek to."""
        total = sum(scan.count for scan in self._scans)
        every = max(1, total // max(1, points))
        for scan in self._scans:
            for chunk in self._of_scan(scan, CHUNK_POINTS):
                yield chunk.where(slice(None, None, every))

    def _of_scan(self, scan: _Scan, chunk_points: int) -> Iterator[PointChunk]:
        if scan.count == 0 or scan.coordinates is None:
            return
        invalid = _INVALID[scan.coordinates]
        wanted = [*scan.coordinates]
        wanted += [name for name in (*_COLOURS, "intensity", invalid) if name in scan.fields]
        capacity = min(chunk_points, scan.count)
        arrays = {name: np.zeros(capacity, "b" if name == invalid else "d") for name in wanted}
        try:
            buffers = libe57.VectorSourceDestBuffer()
            for name, array in arrays.items():
                buffers.append(libe57.SourceDestBuffer(self._file, name, array, capacity, True, True))
            reader = scan.points.reader(buffers)
            read = 0
            while got := int(reader.read()):
                read += got
                yield _chunk(scan, {name: array[:got] for name, array in arrays.items()}, invalid)
            reader.close()
        except libe57.E57Exception as error:
            raise self._damaged(error) from error
        if read != scan.count:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name}: a scan declares {scan.count:,} points, {read:,} were there",
            )

    def _check_scans(self) -> None:
        if not self._scans or not sum(scan.count for scan in self._scans):
            raise KnownError(
                "empty-result", f"{self._source.name} holds no points", "export it with its scans"
            )
        for scan in self._scans:
            if scan.coordinates is None and scan.count:
                raise KnownError(
                    "unsupported-format",
                    f"{self._source.name}: scan {scan.station.name!r} has no Cartesian or spherical points",
                    "export it again with all three coordinates",
                )

    def _header(self, pictures: int, crs: str) -> CloudHeader:
        names = sorted({name for scan in self._scans for name in scan.fields})
        notes = (
            [warning("pictures-not-shown", f"{pictures} embedded pictures are kept, not shown")]
            if pictures
            else []
        )
        return CloudHeader(
            format="e57",
            points=sum(scan.count for scan in self._scans),
            attributes=tuple(names),
            crs_text=crs or None,
            units="metre",
            stations=tuple(scan.station for scan in self._scans),
            warnings=tuple(notes),
            details={"pictures": pictures},
        )

    def _damaged(self, error: Exception) -> KnownError:
        text = str(error).split("\n", 1)[0]
        return KnownError(
            "corrupt-data", f"{self._source.name} cannot be read: {text}", "export or send it again"
        )


def _chunk(scan: _Scan, arrays: dict[str, NDArray[Any]], invalid: str) -> PointChunk:
    good = np.ones(len(arrays[next(iter(arrays))]), np.bool_)
    if invalid in arrays:
        # 0 valid, 1 direction only, 2 nothing (ASTM E2807 table 9).
        good = arrays[invalid] == 0
    assert scan.coordinates is not None
    local = np.stack([arrays[name][good] for name in scan.coordinates], axis=1)
    if scan.coordinates == _SPHERICAL:
        local = _cartesian(local)
    xyz = local @ scan.pose[:3, :3].T + scan.pose[:3, 3]
    rgb = intensity = None
    if set(_COLOURS) <= set(arrays):
        low, high = scan.colour_limits
        colours = np.stack([arrays[name][good] for name in _COLOURS], axis=1)
        rgb = np.clip((colours - low) * (255.0 / (high - low)), 0, 255).round().astype(np.uint8)
    if "intensity" in arrays:
        values = arrays["intensity"][good]
        low, high = scan.intensity_limits or (0.0, 0.0)
        if high <= low:
            low, high = 0.0, 1.0 if float(values.max(initial=0)) <= 1 else 65535.0
        intensity = np.clip((values - low) * (65535.0 / (high - low)), 0, 65535).round().astype(np.uint16)
    return PointChunk(xyz=xyz, rgb=rgb, intensity=intensity, invalid=int((~good).sum()))


def _cartesian(spherical: NDArray[np.float64]) -> NDArray[np.float64]:
    """Range, azimuth from x towards y, elevation above the xy plane (ASTM E2807 8.4.4.2)."""
    r, azimuth, elevation = spherical.T
    flat = r * np.cos(elevation)
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), r * np.sin(elevation)], axis=1)


def _check_file(source: Source) -> None:
    """Check the 48-byte header against the file, and the XML for entities, before libe57 sees either."""
    head = source.read_at(0, 48)
    if len(head) < 48:
        raise KnownError("truncated", f"{source.name} ends inside its header", "send it again")
    major, minor, size, xml_at, xml_bytes, page = struct.unpack_from("<IIQQQQ", head, 8)
    if (major, minor) != (1, 0) or page != PAGE_BYTES:
        raise KnownError("invalid-header", f"{source.name} says it is E57 {major}.{minor}; 1.0 exists")
    if size != source.size:
        raise KnownError(
            "truncated",
            f"{source.name} says it has {size:,} bytes, it has {source.size:,}",
            "the copy was cut off; send it again",
        )
    if xml_at + xml_bytes > size or xml_bytes > MAX_XML_BYTES:
        raise KnownError("invalid-header", f"{source.name}: its XML of {xml_bytes:,} bytes passes the end")
    pages = source.read_at(xml_at, int(xml_bytes * 1.005) + 2 * PAGE_BYTES)
    if b"<!DOCTYPE" in pages or b"<!ENTITY" in pages:
        raise KnownError("invalid-header", f"{source.name}: its XML declares entities, which E57 never does")


def _pose(node: Any) -> NDArray[np.float64]:
    pose = np.eye(4)
    if not node.isDefined("pose"):
        return pose
    if node["pose"].isDefined("rotation"):
        rotation = node["pose"]["rotation"]
        quaternion = np.array([float(rotation[axis].value()) for axis in "wxyz"])
        pose[:3, :3] = rotation_of_quaternion(quaternion)
    if node["pose"].isDefined("translation"):
        translation = node["pose"]["translation"]
        pose[:3, 3] = [float(translation[axis].value()) for axis in "xyz"]
    if not np.isfinite(pose).all():
        raise KnownError("non-finite", "the pose of a scan is not finite")
    return pose


def _number(node: Any) -> float:
    return float(node.scaledValue() if hasattr(node, "scaledValue") else node.value())


def _names(node: Any) -> list[str]:
    return [str(node.get(i).elementName()) for i in range(int(node.childCount()))]


def _text(node: Any, name: str) -> str:
    return str(node[name].value()).strip() if node.isDefined(name) else ""


def _limits(node: Any, group: str, stem: str, default: tuple[float, float]) -> tuple[float, float]:
    if not node.isDefined(group):
        return default
    limits = node[group]
    low, high = f"{stem}Minimum", f"{stem}Maximum"
    if not (limits.isDefined(low) and limits.isDefined(high)):
        return default
    pair = _number(limits[low]), _number(limits[high])
    return pair if pair[1] > pair[0] else default
