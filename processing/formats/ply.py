"""PLY point clouds: ASCII and both endians, properties in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import (
    CHUNK_POINTS,
    CloudHeader,
    PointChunk,
    sampled_blocks_of,
    spread_blocks,
    warning,
)
from processing.formats.ply_header import Element, Header, channels_of, read_header
from processing.formats.scales import Intensity, classes, colour_top, columns, eight_bit
from processing.formats.splats import COLOURS, OPACITY, colours_of, opacities_of
from processing.room.sources import Source, read_into

SAMPLE_BLOCK_POINTS = 2_000
READ_POINTS = 65_536
ASSUMED = (
    warning("assumed-up-axis", "PLY does not say which axis of splats is up; Z was assumed"),
    warning("assumed-units", "PLY does not say its unit; metres were assumed"),
)
_PLACE = ("x", "y", "z")
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
        self._types = {p.name: np.dtype(p.type if self._endian else "f8") for p in self._vertex.properties}
        names = set(self._types)
        channels = channels_of(names)
        self._is_splats = names >= {*COLOURS, OPACITY}
        self._colours = COLOURS if self._is_splats else None if channels is None else channels[:3]
        strengths = (OPACITY,) if self._is_splats else _INTENSITIES
        self._strength = next((name for name in strengths if name in names), None)
        self._label = next((name for name in _CLASSES if name in names), None)
        self._colour_top: float | None = None
        self._buffer = bytearray()
        self._intensity: Intensity | None = None
        self.header = CloudHeader(
            format="ply",
            points=self._vertex.count,
            attributes=tuple(self._types),
            warnings=(*(ASSUMED if self._is_splats else ()), *self._oddities()),
            extra={name: self._types[name] for name in self._not_drawn()},
            details={"encoding": {"": "ascii", "<": "little endian", ">": "big endian"}[self._endian]},
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every vertex."""
        if self._endian:
            for start in range(0, self._vertex.count, CHUNK_POINTS):
                made = self._empty(min(CHUNK_POINTS, self._vertex.count - start), everything=everything)
                for at in range(0, len(made.xyz), READ_POINTS):
                    count = min(READ_POINTS, len(made.xyz) - at)
                    self._fill(made, at, self._records(start + at, count, self._buffer))
                yield made
        else:
            for records in self._ascii():
                yield self._chunk(records, everything=everything)
        self.findings = self._intensity.findings() if self._intensity is not None else []

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read blocks of vertices spread over the file."""
        if self._endian:
            blocks, every = sampled_blocks_of(self._vertex.count, points, SAMPLE_BLOCK_POINTS)
            for start, count in blocks:
                yield self._chunk(self._records(start, count)[::every])
            return
        from processing.formats.text_numbers import rows_of, sampled_blocks

        wanted = points * 8 * len(self._types)
        if self._vertex is not self.ply.elements[-1] or wanted > self._source.size:
            yield from self.chunks()
            return
        for block in sampled_blocks(self._source, self._start, wanted):
            rows, widths, _ = rows_of(block, len(self._types))
            yield self._chunk(self._structured(rows[widths >= len(self._types)]))

    def _ascii(self) -> Iterator[NDArray[Any]]:
        # Only text needs compiled code, which takes time to load.
        from processing.formats.text_numbers import check_numbers, line_blocks, rows_of

        left, width = self._vertex.count, len(self._types)
        for block in line_blocks(self._source, self._start):
            rows, widths, starts = rows_of(block, width, comma_is_separator=False)
            rows, widths, starts = rows[:left], widths[:left], starts[:left]
            if (widths != width).any():
                raise KnownError(
                    "corrupt-data",
                    f"{self._source.name}: a vertex of {int(widths[widths != width][0])} values, "
                    f"{width} are declared",
                    "export or send it again",
                )
            check_numbers(self._source, block, rows, starts)
            left -= len(rows)
            for at in range(0, len(rows), CHUNK_POINTS):
                yield self._structured(rows[at : at + CHUNK_POINTS])
            if not left:
                return
        raise KnownError(
            "count-mismatch",
            f"{self._source.name} declares {self._vertex.count:,} vertices, {left:,} of them are missing",
            "the copy was cut off; export or send it again",
        )

    def _structured(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        """Name the columns of ASCII rows, keeping float64 whatever the declared type."""
        return rows.view([(name, "f8") for name in self._types]).reshape(-1)

    def _records(self, start: int, count: int, buffer: bytearray | None = None) -> NDArray[Any]:
        """Read vertices; into a buffer, if one is given, where they stay until it is used again."""
        dtype = np.dtype([(name, self._endian + one.str[1:]) for name, one in self._types.items()])
        at, size = self._start + start * dtype.itemsize, count * dtype.itemsize
        if buffer is None:
            data = memoryview(self._source.read_at(at, size))
        else:
            buffer.extend(bytes(max(0, size - len(buffer))))
            data = read_into(self._source, at, memoryview(buffer)[:size])
        if len(data) != size:
            raise KnownError("truncated", f"{self._source.name} ends in the middle of its vertices")
        return np.frombuffer(data, dtype)

    def _chunk(self, records: NDArray[Any], *, everything: bool = False) -> PointChunk:
        made = self._empty(len(records), everything=everything)
        self._fill(made, 0, records)
        return made

    def _empty(self, points: int, *, everything: bool) -> PointChunk:
        return PointChunk(
            xyz=np.empty((points, 3)),
            rgb=np.empty((points, 3), np.uint8) if self._colours is not None else None,
            intensity=np.empty(points, np.uint16) if self._strength is not None else None,
            classification=np.empty(points, np.uint8) if self._label is not None else None,
            extra={name: np.empty(points, self._types[name]) for name in self._not_drawn()}
            if everything
            else {},
        )

    def _fill(self, made: PointChunk, at: int, records: NDArray[Any]) -> None:
        """Take in vertices at a place of a chunk."""
        place = slice(at, at + len(records))
        for k, axis in enumerate(_PLACE):
            made.xyz[place, k] = records[axis]
        if made.rgb is not None and self._colours is not None:
            self._fill_colours(made.rgb[place], records, self._colours)
        if made.intensity is not None and self._strength is not None:
            if self._is_splats:
                made.intensity[place] = opacities_of(records[OPACITY])
            elif self._intensity is None:
                self._intensity = Intensity.of(self._as_declared(records, (self._strength,)).ravel())
            if self._intensity is not None:
                made.intensity[place] = self._intensity(records[self._strength])
        if made.classification is not None and self._label is not None:
            made.classification[place] = classes(records[self._label])
        for name, column in made.extra.items():
            column[place] = records[name]

    def _fill_colours(self, rgb: NDArray[np.uint8], records: NDArray[Any], names: tuple[str, ...]) -> None:
        if self._is_splats:
            rgb[:] = colours_of(columns(records, names, np.dtype(np.float32)))
            return
        if self._types[names[0]] == np.uint8:
            for k, name in enumerate(names):
                rgb[:, k] = records[name]
            return
        if self._colour_top is None:
            self._colour_top = colour_top(self._as_declared(records, names))
        rgb[:] = eight_bit(columns(records, names, self._types[names[0]]), self._colour_top)

    def _as_declared(self, records: NDArray[Any], names: tuple[str, ...]) -> NDArray[Any]:
        """Answer fields of vertices all over the file, in their declared type; of text, of these vertices."""
        if self._endian:
            spread = spread_blocks(self._vertex.count, 8_000, 500)
            records = np.concatenate([self._records(start, count) for start, count in spread])
        declared = np.dtype(next(p.type for p in self._vertex.properties if p.name == names[0]))
        with np.errstate(invalid="ignore"):
            return columns(records, names, declared)

    def _not_drawn(self) -> list[str]:
        """Name what 8-bit colours, 16-bit intensity and classes do not hold as it was written.

        Nothing of splats, whose sixty numbers are of use to who draws them from the file as it is.
        """
        if self._is_splats:
            return []
        held = set(_PLACE)
        for names in (self._colours or (), (self._label,) if self._label else ()):
            held |= {name for name in names if self._types[name] == np.uint8 or not self._endian}
        if self._strength is not None and self._types[self._strength] == np.uint16:
            held.add(self._strength)
        return [name for name in self._types if name not in held]

    def _oddities(self) -> list[dict[str, str]]:
        if not self._endian:
            from processing.formats.text_numbers import last_line_open

            return last_line_open(self._source) if self._vertex is self.ply.elements[-1] else []
        if any(p.count_type for element in self.ply.elements for p in element.properties):
            return []
        held = sum(element.count * element.smallest(ascii_text=False) for element in self.ply.elements)
        record = self._vertex.smallest(ascii_text=False)
        more = (self._source.size - self.ply.offset - held) // record
        if more < 1:
            return []
        text = (
            f"{self._vertex.count:,} vertices are declared, and there is room for {more:,} more behind them"
        )
        return [warning("points-undeclared", f"{text}; only the declared ones were read")]


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
