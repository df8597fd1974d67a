"""PLY meshes: text and both byte orders, any property order, polygons and tristrips, colours of any type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats import ply_records as records
from processing.formats.ply_blocks import ASSUMED, INDICES, full_scale, ply_blocks
from processing.formats.ply_header import Element, Header, channels_of, read_header
from processing.meshes.mesh import F64, U8, U32, RawMesh
from processing.room.inputs import Input
from processing.room.sources import Source

BLOCK_BYTES = 8 << 20


def read_ply_mesh(item: Input) -> RawMesh:
    """Read the vertices and faces of a PLY; Z up and metres are assumed, and said so.

    Raises
    ------
    KnownError
        ``invalid-header``, ``count-mismatch``, ``truncated``, ``corrupt-data``, ``index-out-of-range``,
        ``empty-result``.
    """
    source = item.source
    header = read_header(source)
    fast = _plain(source)
    if fast is not None:
        return fast
    reader = _Reader(source, header)
    positions, colours, faces, attributes = None, None, [], []
    for element in header.elements:
        if element.name == "vertex":
            attributes = [p.name for p in element.properties]
            positions, colours = _vertices(reader, element)
        elif element.name in ("face", "tristrips"):
            faces.append(_faces(reader, element))
        else:
            reader.pass_over(element)
    if positions is None or not len(positions):
        raise KnownError("empty-result", f"{item.path} has no vertices", "check the export")
    triangles = np.concatenate(faces) if faces else np.empty((0, 3), np.int64)
    if not len(triangles):
        raise KnownError("empty-result", f"{item.path} has no faces", "check the export")
    low, high = int(triangles.min()), int(triangles.max())
    if low < 0 or high >= len(positions):
        text = f"a face refers to vertex {low if low < 0 else high:,}, and there are {len(positions):,}"
        raise KnownError("index-out-of-range", text, "check the export")
    return _mesh(positions, triangles.astype(np.uint32), colours, attributes)


def _mesh(positions: F64, triangles: U32, colours: U8 | None, attributes: list[str]) -> RawMesh:
    return RawMesh(
        format="ply",
        positions=positions,
        triangles=triangles,
        colours=colours,
        declared_vertices=len(positions),
        attributes=tuple(attributes),
        findings=ASSUMED,
    )


def _plain(source: Source) -> RawMesh | None:
    """Read a binary PLY of plain triangles, as nearly all are; None where it is something else."""
    blocks = ply_blocks(source)
    if blocks is None:
        return None
    triangles, at = np.empty((blocks.triangles, 3), np.uint32), 0
    for corners in blocks.triangle_blocks():
        if corners is None:
            return None
        triangles[at : at + len(corners)] = corners
        at += len(corners)
    positions = np.empty((blocks.vertices, 3), np.float64)
    colours = np.empty((blocks.vertices, 4), np.uint8) if blocks.channels else None
    at = 0
    for placed, painted in blocks.vertex_blocks():
        positions[at : at + len(placed)] = placed
        if colours is not None and painted is not None:
            colours[at : at + len(placed)] = painted
        at += len(placed)
    return _mesh(positions, triangles, colours, [p.name for p in blocks.vertex.properties])


class _Reader:
    """Where we are in the file, and its elements in blocks."""

    def __init__(self, source: Source, header: Header) -> None:
        self._source = source
        self._text = header.encoding == "ascii"
        self._order = header.encoding
        self._at = header.offset

    def numbers(self, element: Element) -> Iterator[F64]:
        """Read an element without lists in blocks of (k, properties) float64."""
        if not element.properties:
            return
        left = element.count
        size = element.smallest(ascii_text=self._text)
        dtype = np.dtype([(p.name, self._type(p.type)) for p in element.properties])
        while left:
            if self._text:
                data = np.frombuffer(self._lines(), np.uint8)
                rows = min(left, len(data) // size + 1)
                values, got, used, code = records.text_numbers(data, rows, len(element.properties))
                self._advance(element, got, used, code)
                yield values[:got]
            else:
                got = min(left, max(BLOCK_BYTES // size, 1))
                data_bytes = self._source.read_at(self._at, got * size)
                if len(data_bytes) < got * size:
                    raise self._truncated(element)
                block = np.frombuffer(data_bytes, dtype)
                self._at += got * size
                yield np.stack([block[p.name].astype(np.float64) for p in element.properties], axis=1)
            left -= got

    def lists(
        self, element: Element, wanted: int, longest: int
    ) -> Iterator[tuple[records.Ints, records.Ints]]:
        """Read an element with lists in blocks of (lengths, items) of the wanted property."""
        kinds = np.array([records.CODES[p.type] for p in element.properties], np.int64)
        counts = np.array(
            [records.CODES[p.count_type] if p.count_type else -1 for p in element.properties], np.int64
        )
        left, size, block = element.count, max(element.smallest(ascii_text=self._text), 1), BLOCK_BYTES
        while left:
            data = np.frombuffer(
                self._lines() if self._text else self._source.read_at(self._at, block), np.uint8
            )
            rows = min(left, len(data) // size + 1)
            if self._text:
                lengths, items, got, used, code = records.text_lists(data, rows, counts, wanted, longest)
            else:
                big = self._order == ">"
                lengths, items, got, used, code = records.binary_lists(
                    data, rows, kinds, counts, wanted, big, longest
                )
                if code == records.SHORT and got == 0 and self._at + len(data) < self._source.size:
                    block *= 2  # one record longer than a block
                    continue
            self._advance(element, got, used, code)
            yield lengths, items
            left -= got

    def pass_over(self, element: Element) -> None:
        """Skip an element that is not part of the surface."""
        if any(p.count_type for p in element.properties):
            for _ in self.lists(element, -1, 1 << 30):
                pass
        else:
            for _ in self.numbers(element):
                pass

    def _type(self, code: str) -> str:
        return ("<" if self._text else self._order) + code

    def _lines(self) -> bytes:
        data = self._source.read_at(self._at, BLOCK_BYTES)
        if self._at + len(data) >= self._source.size:
            return data
        return data[: data.rfind(b"\n") + 1] or data

    def _advance(self, element: Element, got: int, used: int, code: int) -> None:
        self._at += used
        if code == records.BAD_LIST:
            text = f"a list of {element.name!r} has an impossible length near byte {self._at:,}"
            raise KnownError("corrupt-data", f"{self._source.name}: {text}", "check the export")
        if code == records.BAD_NUMBER:
            text = f"a line of {element.name!r} is no number near byte {self._at:,}"
            raise KnownError("corrupt-data", f"{self._source.name}: {text}", "check the export")
        if code == records.SHORT and got == 0:
            raise self._truncated(element)

    def _truncated(self, element: Element) -> KnownError:
        text = f"{self._source.name} ends inside its {element.count:,} of {element.name!r}"
        return KnownError("truncated", text, "send the file again")


def _vertices(reader: _Reader, element: Element) -> tuple[F64, U8 | None]:
    names = [p.name for p in element.properties]
    if any(p.count_type for p in element.properties) or not {"x", "y", "z"} <= set(names):
        raise KnownError("invalid-header", "the vertices of the PLY have no x, y and z", "export it again")
    axes = [names.index(axis) for axis in "xyz"]
    channels = channels_of(names)
    positions = np.empty((element.count, 3), np.float64)
    colours = np.full((element.count, 4), 255, np.uint8) if channels else None
    done = 0
    for block in reader.numbers(element):
        positions[done : done + len(block)] = block[:, axes]
        if colours is not None and channels is not None:
            for k, name in enumerate(channels):
                if name in names:
                    column = names.index(name)
                    scale = full_scale(element.properties[column].type)
                    values = np.nan_to_num(block[:, column]) * (255 / scale)
                    colours[done : done + len(block), k] = np.clip(np.round(values), 0, 255)
        done += len(block)
    return positions, colours


def _faces(reader: _Reader, element: Element) -> npt.NDArray[np.int64]:
    names = [p.name for p in element.properties]
    wanted = next((names.index(name) for name in INDICES if name in names), None)
    if not element.count:
        return np.empty((0, 3), np.int64)
    if wanted is None or element.properties[wanted].count_type is None:
        raise KnownError(
            "invalid-header", f"{element.name!r} of the PLY has no list of vertices", "export it again"
        )
    blocks: list[npt.NDArray[np.int64]] = []
    strip = element.name == "tristrips"
    for lengths, items in reader.lists(element, wanted, 1 << 30 if strip else records.MAX_CORNERS):
        if strip:
            # Each list is one strip, or several parted by -1.
            ends = np.cumsum(lengths)
            blocks.extend(records.strips(part.copy()) for part in np.split(items, ends[:-1]))
        else:
            blocks.append(records.fans(lengths, items))
    return np.concatenate(blocks)
