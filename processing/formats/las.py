"""LAS, LAZ and COPC, streamed; LAZ by lazrs over all cores."""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from typing import Any

import laspy
import lazrs
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
from processing.formats.las_crs import declared_crs
from processing.formats.las_header import RGB_OFFSET, SEND_AGAIN, LasHeader, read_header
from processing.geometry.arrays import scaled, stacked_colours
from processing.room.sources import Source, open_source

SAMPLE_BLOCK_POINTS = 2_000
LAZ_BATCH_CHUNKS = 8
_SELECTION = (
    lazrs.SELECTIVE_DECOMPRESS_XY_RETURNS_CHANNEL
    | lazrs.SELECTIVE_DECOMPRESS_Z
    | lazrs.SELECTIVE_DECOMPRESS_CLASSIFICATION
    | lazrs.SELECTIVE_DECOMPRESS_INTENSITY
    | lazrs.SELECTIVE_DECOMPRESS_RGB
    # Withheld points are told apart by their flags.
    | lazrs.SELECTIVE_DECOMPRESS_FLAGS
)


class LasReader:
    """One LAS, LAZ or COPC file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.las = read_header(source)
        if self.las.points == 0:
            raise KnownError("empty-result", f"{source.name} holds no points", "export it again")
        self._dtype = _dtype(self.las)
        self._laszip = _laszip(source, self.las)
        self._chunk_table = self._read_chunk_table() if self.las.compressed else []
        self._wide = self._colours_are_wide()
        self.header = self._header()

    def chunks(self) -> Iterator[PointChunk]:
        """Read every point in chunks of a million."""
        for records in self.records(CHUNK_POINTS):
            yield self._chunk(records)

    def rows(self, chunk_points: int) -> Iterator[NDArray[np.uint8]]:
        """Read whole records, every attribute, as bytes (n, record length)."""
        everything = lazrs.DecompressionSelection(lazrs.SELECTIVE_DECOMPRESS_ALL)
        for records in self.records(chunk_points, everything):
            yield records.view(np.uint8).reshape(len(records), -1)

    def records(self, chunk_points: int, selection: Any = None) -> Iterator[NDArray[Any]]:
        """Read raw records, as structured arrays: x, y, z, intensity, classification, maybe colours."""
        if self.las.compressed:
            yield from self._compressed(chunk_points, selection)
            return
        size = self.las.record_bytes
        for start in range(0, self.las.points, chunk_points):
            count = min(chunk_points, self.las.points - start)
            yield self._plain(start, count, size)

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read blocks of records spread over the file: of LAZ, whole chunks by the chunk table."""
        if not self.las.compressed:
            size = self.las.record_bytes
            blocks, every = sampled_blocks_of(self.las.points, points, SAMPLE_BLOCK_POINTS)
            for start, count in blocks:
                yield self._chunk(self._plain(start, count, size)[::every])
            return
        yield from self._sample_chunks(points)

    def _plain(self, start: int, count: int, size: int) -> NDArray[Any]:
        data = self._source.read_at(self.las.offset_to_points + start * size, count * size)
        if len(data) != count * size:
            raise KnownError("truncated", f"{self._source.name} ends in the middle of its points", SEND_AGAIN)
        return np.frombuffer(data, self._dtype)

    def _compressed(self, chunk_points: int, selection: Any = None) -> Generator[NDArray[Any], None, None]:
        with open_source(self._source) as file:
            file.seek(self.las.offset_to_points)
            try:
                decoder = lazrs.ParLasZipDecompressor(file, self._laszip, selection or self._selection())
                for start in range(0, self.las.points, chunk_points):
                    count = min(chunk_points, self.las.points - start)
                    data = np.zeros(count * self.las.record_bytes, np.uint8)
                    decoder.decompress_many(data)
                    yield data.view(self._dtype)
            except lazrs.LazrsError as error:
                raise self._damaged(error) from error

    def _sample_chunks(self, points: int) -> Iterator[PointChunk]:
        """Decode a few whole LAZ chunks, spread over the file, and thin them."""
        table = self._chunk_table
        sizes = np.array([count for count, _ in table], np.int64)
        starts = (
            self.las.offset_to_points
            + 8
            + np.concatenate([[0], np.cumsum([size for _, size in table], dtype=np.int64)])
        )
        # LAZ chunks usually hold 50,000 points: at most an eighth of the file, but two dozen at least.
        wanted = min(len(table), max(24, -(-points // 2_500)), max(24, len(table) // 8))
        picked = sorted({int(i) for i in np.linspace(0, len(table) - 1, wanted).round()})
        keep = max(1, int(sizes[picked].sum()) // max(1, points))
        for at in range(0, len(picked), LAZ_BATCH_CHUNKS):
            batch = picked[at : at + LAZ_BATCH_CHUNKS]
            data = b"".join(self._source.read_at(int(starts[i]), table[i][1]) for i in batch)
            out = np.zeros(int(sizes[batch].sum()) * self.las.record_bytes, np.uint8)
            try:
                lazrs.decompress_points_with_chunk_table(
                    data, self._laszip, out, [table[i] for i in batch], self._selection()
                )
            except lazrs.LazrsError as error:
                raise self._damaged(error) from error
            yield self._chunk(out.view(self._dtype)[::keep].copy())

    def _selection(self) -> Any:
        # Layers exist from format 6 on; older formats are decoded whole.
        return lazrs.DecompressionSelection(
            _SELECTION if self.las.point_format >= 6 else lazrs.SELECTIVE_DECOMPRESS_ALL
        )

    def _read_chunk_table(self) -> list[tuple[int, int]]:
        """Read the chunk table and hold it against the header and the file's size."""
        offset = struct.unpack("<q", self._source.read_at(self.las.offset_to_points, 8).ljust(8, b"\0"))[0]
        if offset <= self.las.offset_to_points or offset >= self._source.size:
            raise KnownError(
                "truncated",
                f"{self._source.name}: its chunk table should be at byte {offset:,} of {self._source.size:,}",
                SEND_AGAIN,
            )
        with open_source(self._source) as file:
            file.seek(self.las.offset_to_points)
            try:
                table = lazrs.read_chunk_table(file, lazrs.LazVlr(self._laszip))
            except lazrs.LazrsError as error:
                raise self._damaged(error) from error
        table = [(int(count), int(size)) for count, size in table]
        held = sum(size for _, size in table)
        if self.las.offset_to_points + 8 + held > offset:
            raise KnownError(
                "corrupt-data", f"{self._source.name}: its chunks pass its chunk table", SEND_AGAIN
            )
        return self._with_counts(table)

    def _with_counts(self, table: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Fixed-size chunks carry no true counts: the last one holds what is left."""
        fixed = lazrs.LazVlr(self._laszip).chunk_size()
        if not lazrs.LazVlr(self._laszip).uses_variable_size_chunks():
            table = [(min(fixed, self.las.points - i * fixed), size) for i, (_, size) in enumerate(table)]
        total = sum(count for count, _ in table)
        if total != self.las.points or any(count < 0 for count, _ in table):
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {self.las.points:,} points, its chunks hold {total:,}",
                SEND_AGAIN,
            )
        return table

    def _damaged(self, error: Exception) -> KnownError:
        return KnownError("corrupt-data", f"{self._source.name} cannot be decoded: {error}", SEND_AGAIN)

    def _colours_are_wide(self) -> bool:
        """LAS colours are 16-bit; some writers put 8-bit values there. Look at blocks over the file."""
        if "red" not in (self._dtype.names or ()):
            return True
        highest = 0
        blocks = self._first_records()
        for name in ("red", "green", "blue"):
            highest = max(highest, int(blocks[name].max(initial=0)))
        return highest > 255

    def _first_records(self) -> NDArray[Any]:
        if not self.las.compressed:
            spread = spread_blocks(self.las.points, 8_000, 500)
            return np.concatenate([self._plain(s, n, self.las.record_bytes) for s, n in spread])
        first = self._compressed(50_000)
        try:
            return next(first)
        finally:
            first.close()

    def _chunk(self, records: NDArray[Any]) -> PointChunk:
        xyz = np.empty((len(records), 3))
        scaled(records["x"], records["y"], records["z"], self.las.scale, self.las.offset, xyz)
        rgb = None
        if "red" in (records.dtype.names or ()):
            shift = 8 if self._wide else 0
            rgb = np.empty((len(records), 3), np.uint8)
            stacked_colours(records["red"], records["green"], records["blue"], shift, rgb)
        classes = records["classification"]
        if self.las.point_format < 6:
            classes = classes & 0x1F
        return PointChunk(
            xyz=xyz,
            rgb=rgb,
            intensity=np.ascontiguousarray(records["intensity"]),
            classification=np.ascontiguousarray(classes, np.uint8),
        )

    def _header(self) -> CloudHeader:
        crs_text, warnings = declared_crs(self.las)
        if self.las.vlr_count_lies:
            warnings.append(warning("header-records", "the header declares more records than it holds"))
        names = list(laspy.PointFormat(self.las.point_format).dimension_names)
        names += _extra_names(self.las)
        return CloudHeader(
            format="copc" if self.las.vlr("copc", 1) is not None else "laz" if self.las.compressed else "las",
            points=self.las.points,
            attributes=tuple(names),
            crs_text=crs_text,
            bounds=self.las.bounds if np.isfinite(self.las.bounds).all() else None,
            step=self.las.scale,
            step_offset=self.las.offset,
            warnings=tuple(warnings),
            details={
                "version": ".".join(map(str, self.las.version)),
                "point_format": self.las.point_format,
                "scale": self.las.scale.tolist(),
            },
        )


def _dtype(las: LasHeader) -> np.dtype[Any]:
    fields: list[tuple[str, str, int]] = [("x", "<i4", 0), ("y", "<i4", 4), ("z", "<i4", 8)]
    fields += [("intensity", "<u2", 12), ("classification", "u1", 15 if las.point_format < 6 else 16)]
    if las.point_format in RGB_OFFSET:
        at = RGB_OFFSET[las.point_format]
        fields += [("red", "<u2", at), ("green", "<u2", at + 2), ("blue", "<u2", at + 4)]
    return np.dtype(
        {
            "names": [name for name, _, _ in fields],
            "formats": [form for _, form, _ in fields],
            "offsets": [offset for _, _, offset in fields],
            "itemsize": las.record_bytes,
        }
    )


def _laszip(source: Source, las: LasHeader) -> bytes:
    if not las.compressed:
        return b""
    data = las.vlr("laszip encoded", 22204)
    if data is None or len(data) < 34:
        raise KnownError("invalid-header", f"{source.name} is compressed, but its LASzip record is missing")
    items = struct.unpack_from("<H", data, 32)[0]
    sizes = [struct.unpack_from("<HHH", data, 34 + 6 * i)[1] for i in range(items) if len(data) >= 40 + 6 * i]
    if sum(sizes) != las.record_bytes:
        raise KnownError(
            "invalid-header",
            f"{source.name}: compressed records of {sum(sizes)} bytes, the header says {las.record_bytes}",
            SEND_AGAIN,
        )
    return data


def _extra_names(las: LasHeader) -> list[str]:
    """Name the extra bytes (LAS 1.4 table 24: 192 bytes each, the name at byte 4)."""
    data = las.vlr("LASF_Spec", 4) or b""
    names = [
        data[at + 4 : at + 36].split(b"\0", 1)[0].decode("utf-8", "replace")
        for at in range(0, len(data), 192)
    ]
    return [name for name in names if name]
