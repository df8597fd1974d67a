"""Writes simulated scans as LAS, LAZ and E57, chunk by chunk, the same bytes for the same points."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.simulation.poses import applied, quaternion
from processing.simulation.scanner import Chunk, Station, scan_from_station
from processing.simulation.shapes import Points

LAZ_SCALE_M = 0.0001
# libe57 buffers are filled this many points at a time; about 3 MiB.
E57_BUFFER_POINTS = 100_000


@dataclass
class Extent:
    """Running count and bounds (metres) of what was written, in the capture's own frame."""

    points: int = 0
    low: Points | None = None
    high: Points | None = None

    def add(self, points: Points) -> None:
        """Take in (n, 3) points."""
        if not len(points):
            return
        low, high = points.min(axis=0), points.max(axis=0)
        self.points += len(points)
        self.low = low if self.low is None else np.minimum(self.low, low)
        self.high = high if self.high is None else np.maximum(self.high, high)

    def bounds(self) -> list[list[float]]:
        """[[min], [max]]."""
        assert self.low is not None
        assert self.high is not None
        return [self.low.tolist(), self.high.tolist()]


def write_las(
    paths: Sequence[Path],
    chunks: Iterable[Chunk],
    stations: list[Station],
    scan_from_site: Points,
    day: date,
) -> Extent:
    """Write one registered project: all stations in the capture's frame, point format 7, no CRS.

    Every path gets the same points, compressed if it ends in ``.laz``; one chunk is held at a time.
    """
    import laspy

    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales = np.full(3, LAZ_SCALE_M)
    header.offsets = np.round(scan_from_site[:3, 3])
    header.creation_date = day
    poses = [scan_from_station(scan_from_site, station) for station in stations]
    extent = Extent()
    with ExitStack() as opened:
        writers = [opened.enter_context(_las_writer(path, header)) for path in paths]
        for chunk in chunks:
            points = applied(poses[chunk.station], chunk.points)
            extent.add(points)
            record = laspy.ScaleAwarePointRecord.zeros(len(points), header=header)
            record.x, record.y, record.z = points.T
            record.intensity = (chunk.intensities * 65535).astype(np.uint16)
            record.red, record.green, record.blue = chunk.colours.T.astype(np.uint16) * 257
            record.point_source_id[:] = chunk.station + 1
            record.return_number[:] = 1
            record.number_of_returns[:] = 1
            record.classification[:] = chunk.classes
            for writer in writers:
                writer.write_points(record)
    return extent


def _las_writer(path: Path, header: Any) -> Any:
    import laspy

    return laspy.open(
        path,
        mode="w",
        header=header,
        do_compress=path.suffix == ".laz",
        laz_backend=laspy.LazBackend.LazrsParallel,
    )


def write_e57(
    path: Path, chunks: Iterable[Chunk], stations: list[Station], scan_from_site: Points, name: str
) -> Extent:
    """Write every station as its own ``data3D``, points in its own frame, posed in the capture's."""
    from pye57 import libe57

    extent = Extent()
    image = libe57.ImageFile(str(path), "w")
    data3d = _new_file(image, name)
    for number, group in groupby(chunks, key=lambda chunk: chunk.station):
        station = stations[number]
        pose = scan_from_station(scan_from_site, station)
        _write_station(image, data3d, group, pose, f"{name}-{station.name}", extent)
    image.close()
    return extent


def _new_file(image: Any, name: str) -> Any:
    """Write the required root elements (ASTM E2807) and return the list of scans."""
    from pye57 import libe57

    image.extensionsAdd("", libe57.E57_V1_0_URI)
    image.root().set("formatName", libe57.StringNode(image, "ASTM E57 3D Imaging Data File"))
    image.root().set("guid", libe57.StringNode(image, _guid(name)))
    image.root().set("versionMajor", libe57.IntegerNode(image, libe57.E57_FORMAT_MAJOR))
    image.root().set("versionMinor", libe57.IntegerNode(image, libe57.E57_FORMAT_MINOR))
    data3d = libe57.VectorNode(image, True)
    image.root().set("data3D", data3d)
    image.root().set("images2D", libe57.VectorNode(image, True))
    return data3d


def _guid(name: str) -> str:
    """A name-based identifier: the same name gives the same file."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_OID, name)}}}"


def _write_station(
    image: Any, data3d: Any, chunks: Iterator[Chunk], pose: Points, name: str, extent: Extent
) -> None:
    from pye57 import libe57

    node = libe57.StructureNode(image)
    node.set("guid", libe57.StringNode(image, _guid(name)))
    node.set("name", libe57.StringNode(image, name))
    node.set("pose", _pose_node(image, pose))
    node.set("colorLimits", _limits(image, "color", ("Red", "Green", "Blue"), 0, 255, whole=True))
    node.set("intensityLimits", _limits(image, "", ("intensity",), 0.0, 1.0, whole=False))
    prototype = libe57.StructureNode(image)
    for axis in "XYZ":
        prototype.set(f"cartesian{axis}", libe57.FloatNode(image, 0.0, libe57.E57_SINGLE, -1e3, 1e3))
    prototype.set("intensity", libe57.FloatNode(image, 0.0, libe57.E57_SINGLE, 0.0, 1.0))
    colours = ["colorRed", "colorGreen", "colorBlue"]
    for colour in colours:
        prototype.set(colour, libe57.IntegerNode(image, 0, 0, 255))
    vector = libe57.CompressedVectorNode(image, prototype, libe57.VectorNode(image, True))
    node.set("points", vector)
    data3d.append(node)
    writer, arrays = _writer(image, vector, colours)
    own = Extent()
    for chunk in chunks:
        extent.add(applied(pose, chunk.points))
        own.add(chunk.points)
        for start in range(0, len(chunk.points), E57_BUFFER_POINTS):
            part = slice(start, start + E57_BUFFER_POINTS)
            points = chunk.points[part]
            columns = [*points.T, chunk.intensities[part], *chunk.colours[part].T]
            for array, column in zip(arrays, columns, strict=True):
                array[: len(points)] = column
            writer.write(len(points))
    writer.close()
    if own.points:
        node.set("cartesianBounds", _bounds(image, own))


def _writer(image: Any, vector: Any, colours: list[str]) -> tuple[Any, list[npt.NDArray[Any]]]:
    """Open a point writer and the arrays it reads: x, y, z, intensity, red, green, blue."""
    from pye57 import libe57

    kinds = {"cartesianX": "d", "cartesianY": "d", "cartesianZ": "d", "intensity": "f"} | dict.fromkeys(
        colours, "B"
    )
    buffers, arrays = libe57.VectorSourceDestBuffer(), []
    for field, kind in kinds.items():
        array = np.empty(E57_BUFFER_POINTS, kind)
        buffers.append(libe57.SourceDestBuffer(image, field, array, E57_BUFFER_POINTS, True, True))
        arrays.append(array)
    return vector.writer(buffers), arrays


def _pose_node(image: Any, pose: Points) -> Any:
    from pye57 import libe57

    node, rotation, translation = (libe57.StructureNode(image) for _ in range(3))
    node.set("rotation", rotation)
    node.set("translation", translation)
    for letter, value in zip("wxyz", quaternion(pose[:3, :3]), strict=True):
        rotation.set(letter, libe57.FloatNode(image, value))
    for letter, value in zip("xyz", pose[:3, 3], strict=True):
        translation.set(letter, libe57.FloatNode(image, float(value)))
    return node


def _limits(image: Any, stem: str, names: tuple[str, ...], low: float, high: float, *, whole: bool) -> Any:
    from pye57 import libe57

    node = libe57.StructureNode(image)
    for name in names:
        for end, value in (("Minimum", low), ("Maximum", high)):
            leaf = libe57.IntegerNode(image, int(value)) if whole else libe57.FloatNode(image, value)
            node.set(f"{stem}{name}{end}", leaf)
    return node


def _bounds(image: Any, extent: Extent) -> Any:
    from pye57 import libe57

    node = libe57.StructureNode(image)
    for end, values in zip(("Minimum", "Maximum"), extent.bounds(), strict=True):
        for axis, value in zip("xyz", values, strict=True):
            node.set(f"{axis}{end}", libe57.FloatNode(image, value))
    return node
