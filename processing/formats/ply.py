"""PLY point clouds: ASCII and both endians, properties in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudHeader, PointChunk, sampled_blocks_of
from processing.formats.ply_header import Element, Header, read_header
from processing.formats.text_numbers import line_blocks, rows_of, sampled_blocks
from processing.room.sources import Source

SAMPLE_BLOCK_POINTS = 2_000
_COLOURS = (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b"))
_INTENSITIES = ("intensity", "scalar_Intensity", "scalar_intensity", "reflectance", "scalar_reflectance")
_CLASSES = ("classification", "scalar_Classification", "scalar_classification", "label")


class PlyCloudReader:
    """The vertex element of one PLY file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        self.ply = read_header(source)
        self._endian = "" if self.ply.encoding == "ascii" else self.ply.encoding
        self._vertex, self._start = _vertex(source, self.ply)
        self._names = [p.name for p in self._vertex.properties]
        self._intensity_scale: float | None = None
        self.header = CloudHeader(
            format="ply",
            points=self._vertex.count,
            attributes=tuple(self._names),
            details={"encoding": {"": "ascii", "<": "little endian", ">": "big endian"}[self._endian]},
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every vertex."""
        if not self._endian:
            yield from self._ascii()
            return
        for start in range(0, self._vertex.count, CHUNK_POINTS):
            yield self._chunk(self._records(start, min(CHUNK_POINTS, self._vertex.count - start)))

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read blocks of vertices spread over the file."""
        if self._endian:
            blocks, every = sampled_blocks_of(self._vertex.count, points, SAMPLE_BLOCK_POINTS)
            for start, count in blocks:
                yield self._chunk(self._records(start, count)[::every])
            return
        wanted = points * 8 * len(self._names)
        if self._vertex is not self.ply.elements[-1] or wanted > self._source.size:
            yield from self._ascii()
            return
        for block in sampled_blocks(self._source, self._start, wanted):
            rows, widths, _ = rows_of(block, len(self._names))
            yield self._chunk(self._structured(rows[widths >= len(self._names)]))

    def _ascii(self) -> Iterator[PointChunk]:
        left = self._vertex.count
        for block in line_blocks(self._source, self._start):
            rows, widths, _ = rows_of(block, len(self._names))
            rows, widths = rows[:left], widths[:left]
            if (widths < len(self._names)).any():
                raise KnownError("corrupt-data", f"{self._source.name} has a vertex with too few values")
            left -= len(rows)
            for at in range(0, len(rows), CHUNK_POINTS):
                yield self._chunk(self._structured(rows[at : at + CHUNK_POINTS]))
            if not left:
                return
        raise KnownError(
            "count-mismatch",
            f"{self._source.name} declares {self._vertex.count:,} vertices, {left:,} of them are missing",
            "the copy was cut off; export or send it again",
        )

    def _dtype(self) -> np.dtype[Any]:
        endian = self._endian or "="
        return np.dtype([(p.name, endian + p.type) for p in self._vertex.properties])

    def _structured(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        """Name the columns of ASCII rows, keeping float64 whatever the declared type."""
        return rows.view([(name, "f8") for name in self._names]).reshape(-1)

    def _records(self, start: int, count: int) -> NDArray[Any]:
        dtype = self._dtype()
        data = self._source.read_at(self._start + start * dtype.itemsize, count * dtype.itemsize)
        if len(data) != count * dtype.itemsize:
            raise KnownError("truncated", f"{self._source.name} ends in the middle of its vertices")
        return np.frombuffer(data, dtype)

    def _chunk(self, records: NDArray[Any]) -> PointChunk:
        xyz = np.empty((len(records), 3))
        for axis, name in enumerate("xyz"):
            xyz[:, axis] = records[name]
        rgb = intensity = classes = None
        colours = next((names for names in _COLOURS if set(names) <= set(self._names)), None)
        if colours is not None:
            rgb = self._rgb(records, colours)
        strength = next((name for name in _INTENSITIES if name in self._names), None)
        if strength is not None:
            intensity = self._intensity(records[strength])
        label = next((name for name in _CLASSES if name in self._names), None)
        if label is not None:
            classes = np.clip(np.nan_to_num(records[label].astype(np.float64)), 0, 255).astype(np.uint8)
        shown = {"x", "y", "z", *(colours or ()), label}
        extra = {name: records[name] for name in self._names if name not in shown}
        return PointChunk(xyz=xyz, rgb=rgb, intensity=intensity, classification=classes, extra=extra)

    def _rgb(self, records: NDArray[Any], names: tuple[str, ...]) -> NDArray[np.uint8]:
        form = next(p.type for p in self._vertex.properties if p.name == names[0])
        values = np.stack([records[name] for name in names], axis=1)
        if form == "u2":
            return (values.astype(np.uint16) >> 8).astype(np.uint8)
        if form.startswith("f"):
            scaled = np.nan_to_num(values.astype(np.float64)) * (
                255.0 if np.nanmax(values, initial=0) <= 1 else 1.0
            )
            return np.clip(scaled, 0, 255).round().astype(np.uint8)
        return values.astype(np.uint8)

    def _intensity(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Scale by the first chunk's largest value: 0..1, 0..255 or 16-bit."""
        numbers = np.nan_to_num(values.astype(np.float64))
        if self._intensity_scale is None:
            high = float(numbers.max(initial=0))
            self._intensity_scale = 65535.0 if high <= 1 else 257.0 if high <= 255 else 1.0
        return np.clip(numbers * self._intensity_scale, 0, 65535).round().astype(np.uint16)


def _vertex(source: Source, header: Header) -> tuple[Element, int]:
    """Find the vertex element and where its records begin."""
    start = header.offset
    for element in header.elements:
        if element.name == "vertex":
            _check_vertex(source, header, element, start)
            return element, start
        if element.count and (header.encoding == "ascii" or any(p.count_type for p in element.properties)):
            raise KnownError(
                "unsupported-format", f"{source.name}: element {element.name} before the vertices"
            )
        start += element.count * element.smallest(ascii_text=False)
    raise KnownError("empty-result", f"{source.name} has no vertex element", "export it again")


def _check_vertex(source: Source, header: Header, element: Element, start: int) -> None:
    names = {p.name for p in element.properties}
    if element.count == 0:
        raise KnownError("empty-result", f"{source.name} declares no vertices", "export it again")
    if not {"x", "y", "z"} <= names or len(names) != len(element.properties):
        raise KnownError(
            "invalid-header", f"{source.name}: its vertices have no x, y and z, or one of them twice"
        )
    if any(p.count_type for p in element.properties):
        raise KnownError("unsupported-format", f"{source.name}: its vertices hold lists")
    if (
        header.encoding != "ascii"
        and start + element.count * element.smallest(ascii_text=False) > source.size
    ):
        raise KnownError(
            "truncated",
            f"{source.name} declares {element.count:,} vertices and ends before the last",
            "the copy was cut off; export or send it again",
        )
