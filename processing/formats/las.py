"""LAS, LAZ and COPC, streamed; LAZ by lazrs over all cores."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import lazrs
import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import (
    CHUNK_POINTS,
    CloudHeader,
    PointChunk,
    StepChunk,
    one_of,
    pieces_of,
    spread_blocks,
    warning,
)
from processing.formats.las_audit import LasAudit
from processing.formats.las_chunks import (
    check_all_layers,
    check_layers,
    chunk_table,
    damaged,
    laszip_record,
    layers_of,
)
from processing.formats.las_columns import Columns, RowLayout, record_dtype
from processing.formats.las_crs import declared_crs
from processing.formats.las_header import RGB_OFFSET, SEND_AGAIN, LasHeader, read_header
from processing.formats.las_names import WAVE_FORMATS, attribute_names
from processing.room.sources import MAX_RANGE_BYTES, FileSource, Source, open_source, read_ranges

# Neighbours in a file are neighbours on one scan line: many short blocks show more than few long ones.
SAMPLE_BLOCK_POINTS = 500
# A store sends so much of a file sooner than 3,300 ranges of it, and points from all over it show more: 97 %
# of the metres that 20 million points of a simulated hall occupy, where ranges showed 95.7 %.
READ_WHOLE_BYTES = 1 << 30
LAZ_BATCH_CHUNKS = 8
# Ranged inputs come in requests of 8 MiB; a block of this size also stays in the processor's cache.
READ_BYTES = 4 << 20
_SELECTION = (
    lazrs.SELECTIVE_DECOMPRESS_XY_RETURNS_CHANNEL
    | lazrs.SELECTIVE_DECOMPRESS_Z
    | lazrs.SELECTIVE_DECOMPRESS_CLASSIFICATION
    | lazrs.SELECTIVE_DECOMPRESS_INTENSITY
    | lazrs.SELECTIVE_DECOMPRESS_RGB
    # Withheld points are told apart by their flags.
    | lazrs.SELECTIVE_DECOMPRESS_FLAGS
)
Rows = NDArray[np.uint8]


class LasReader:
    """One LAS, LAZ or COPC file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.las = read_header(source)
        if self.las.points == 0:
            raise KnownError("empty-result", f"{source.name} holds no points", "export it again")
        self._dtype = record_dtype(self.las)
        self._laszip = laszip_record(source, self.las) if self.las.compressed else b""
        self._chunk_table = chunk_table(source, self.las, self._laszip) if self.las.compressed else []
        self._wide: bool | None = None
        self.findings: list[dict[str, str]] = []
        self.header = _header(self.las)

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every point in chunks of a million; with ``everything`` hold them against the header too."""
        audit = LasAudit(self.las) if everything else None
        for columns in self._columns(audit):
            yield columns.points()

    def step_chunks(self) -> Iterator[StepChunk]:
        """Read every point in chunks of a million, coordinates as the integers they are."""
        for columns in self._columns(None, integers=True):
            yield columns.stepped()

    def rows(self, chunk_points: int) -> Iterator[Rows]:
        """Read whole records, every attribute, as bytes (n, record length)."""
        everything = lazrs.DecompressionSelection(lazrs.SELECTIVE_DECOMPRESS_ALL)
        for records in self.records(chunk_points, everything):
            yield records.view(np.uint8).reshape(len(records), -1)

    def raw_blocks(self, block_points: int, make: Callable[[int], Rows]) -> Iterator[Rows]:
        """Read records (n, record length) into buffers of so many bytes that ``make`` gives, writeable.

        Of LAZ only what is drawn is decoded; the rest of a record holds nothing.
        """
        size = self.las.record_bytes
        if self.las.compressed:
            for data in self._decoded(block_points, self._selection(), make):
                yield data.reshape(-1, size)
            return
        for start in range(0, self.las.points, block_points):
            data = make(min(block_points, self.las.points - start) * size)
            self._read_into(start, data)
            yield data.reshape(-1, size)

    @property
    def row_layout(self) -> RowLayout:
        """Where things stand in a record."""
        at = RGB_OFFSET.get(self.las.point_format, -1)
        modern = self.las.point_format >= 6
        return RowLayout(
            classification_at=16 if modern else 15,
            class_mask=0xFF if modern else 0x1F,
            rgb_at=at,
            rgb_shift=8 if self._colours_are_wide() else 0,
        )

    def records(self, chunk_points: int, selection: Any = None) -> Iterator[NDArray[Any]]:
        """Read raw records, as structured arrays: x, y, z, intensity, classification, maybe colours."""
        if self.las.compressed:
            for data in self._decoded(chunk_points, selection or self._selection(), _fresh):
                yield data.view(self._dtype)
            return
        for start in range(0, self.las.points, chunk_points):
            yield self._plain(start, min(chunk_points, self.las.points - start))

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read blocks spread over the file, or all of a small one; of LAZ, whole chunks by its table."""
        if self.las.compressed:
            yield from self._sample_chunks(points)
            return
        size, first = self.las.record_bytes, self.las.offset_to_points
        every = 1
        if self.las.points * size <= READ_WHOLE_BYTES:
            every = max(1, self.las.points // max(1, points))
            blocks = pieces_of(self.las.points, MAX_RANGE_BYTES // size)
        else:
            blocks = spread_blocks(self.las.points, points, SAMPLE_BLOCK_POINTS)
        ranges = [(first + start * size, count * size) for start, count in blocks]
        for (_, wanted), data in zip(ranges, read_ranges(self._source, ranges), strict=True):
            if len(data) != wanted:
                raise self._cut_off()
            records = np.frombuffer(data, self._dtype)
            yield self._chunk(records if every == 1 else records[one_of(len(records), every)])

    def _columns(self, audit: LasAudit | None, *, integers: bool = False) -> Iterator[Columns]:
        """Fill columns of a million points, block by block."""
        self.findings = []
        left, columns = self.las.points, None
        for rows in self._blocks(whole=audit is not None):
            if self._wide is None and len(rows) == self.las.points:
                self._wide = self._has_wide_colours(rows.reshape(-1).view(self._dtype))
            for at in range(0, len(rows), CHUNK_POINTS):
                part = rows[at : at + CHUNK_POINTS]
                while len(part):
                    if columns is None:
                        columns = Columns(
                            self.las, min(CHUNK_POINTS, left), self._colours_are_wide(), integers=integers
                        )
                    taken = columns.take(part)
                    if audit is not None:
                        audit.add(part[:taken], columns.steps_of(part[:taken]))
                    part = part[taken:]
                    left -= taken
                    if columns.full:
                        yield columns
                        columns = None
        if audit is not None:
            self.findings = audit.findings(self.las.points)

    def _blocks(self, *, whole: bool) -> Iterator[Rows]:
        """Read records (n, record length) of every point; a block is good until the next is asked for."""
        size = self.las.record_bytes
        if self.las.compressed:
            chosen = lazrs.DecompressionSelection(lazrs.SELECTIVE_DECOMPRESS_ALL)
            held: dict[int, Rows] = {}
            for data in self._decoded(
                CHUNK_POINTS,
                chosen if whole else self._selection(),
                lambda n: held[n] if n in held else held.setdefault(n, _fresh(n)),
            ):
                yield data.reshape(-1, size)
            return
        block = max(1, READ_BYTES // size)
        buffer = _fresh(min(block, self.las.points) * size)
        for start in range(0, self.las.points, block):
            data = buffer[: min(block, self.las.points - start) * size]
            self._read_into(start, data)
            yield data.reshape(-1, size)

    def _read_into(self, start: int, data: Rows) -> None:
        """Fill a buffer with whole records from the given one on."""
        at = self.las.offset_to_points + start * self.las.record_bytes
        if isinstance(self._source, FileSource):
            got = self._source.read_into(at, data.data)
        else:
            found = np.frombuffer(self._source.read_at(at, len(data)), np.uint8)
            got = len(found)
            data[:got] = found
        if got != len(data):
            raise self._cut_off()

    def _cut_off(self) -> KnownError:
        return KnownError("truncated", f"{self._source.name} ends in the middle of its points", SEND_AGAIN)

    def _plain(self, start: int, count: int) -> NDArray[Any]:
        data = _fresh(count * self.las.record_bytes)
        self._read_into(start, data)
        return data.view(self._dtype)

    def _decoded(
        self, chunk_points: int, selection: Any, make: Callable[[int], Rows]
    ) -> Generator[Rows, None, None]:
        check_all_layers(self._source, self.las, self._laszip, self._chunk_table)
        with open_source(self._source) as file:
            file.seek(self.las.offset_to_points)
            try:
                decoder = lazrs.ParLasZipDecompressor(file, self._laszip, selection)
                for start in range(0, self.las.points, chunk_points):
                    count = min(chunk_points, self.las.points - start)
                    data = make(count * self.las.record_bytes)
                    decoder.decompress_many(data)
                    yield data
            except lazrs.LazrsError as error:
                raise damaged(self._source, error) from error

    def _sample_chunks(self, points: int) -> Iterator[PointChunk]:
        """Decode a few whole LAZ chunks, spread over the file, and thin them."""
        table = self._chunk_table
        # LAZ chunks usually hold 50,000 points: at most an eighth of the file, but two dozen at least.
        wanted = min(len(table), max(24, -(-points // 2_500)), max(24, len(table) // 8))
        picked = sorted({int(i) for i in np.linspace(0, len(table) - 1, wanted).round()})
        keep = max(1, sum(table[i][0] for i in picked) // max(1, points))
        for at in range(0, len(picked), LAZ_BATCH_CHUNKS):
            yield self._chunk(self._picked(picked[at : at + LAZ_BATCH_CHUNKS])[::keep])

    def _picked(self, picked: list[int]) -> NDArray[Any]:
        """Decode chunks by their places in the table."""
        table = self._chunk_table
        sizes = np.array([size for _, size in table], np.int64)
        starts = self.las.offset_to_points + 8 + np.concatenate([[0], np.cumsum(sizes)])
        chunks = [self._source.read_at(int(starts[i]), table[i][1]) for i in picked]
        if layers := layers_of(self._laszip):
            for chunk, i in zip(chunks, picked, strict=True):
                check_layers(self._source, chunk, table[i][1], self.las.record_bytes, layers)
        data = b"".join(chunks)
        out = np.empty(sum(table[i][0] for i in picked) * self.las.record_bytes, np.uint8)
        try:
            lazrs.decompress_points_with_chunk_table(
                data, self._laszip, out, [table[i] for i in picked], self._selection()
            )
        except lazrs.LazrsError as error:
            raise damaged(self._source, error) from error
        return out.view(self._dtype)

    def _selection(self) -> Any:
        # Layers exist from format 6 on; older formats are decoded whole.
        return lazrs.DecompressionSelection(
            _SELECTION if self.las.point_format >= 6 else lazrs.SELECTIVE_DECOMPRESS_ALL
        )

    def _colours_are_wide(self) -> bool:
        """LAS colours are 16-bit; some writers put 8-bit values there. Look at points all over the file."""
        if self._wide is None:
            coloured = "red" in (self._dtype.names or ())
            self._wide = not coloured or any(self._has_wide_colours(records) for records in self._probes())
        return self._wide

    def _has_wide_colours(self, records: NDArray[Any]) -> bool:
        names = [name for name in ("red", "green", "blue") if name in (self._dtype.names or ())]
        return not names or max(int(records[name].max(initial=0)) for name in names) > 255

    def _probes(self) -> Iterator[NDArray[Any]]:
        """Read a little at many places; whoever has seen enough stops."""
        if not self.las.compressed:
            for start, count in spread_blocks(self.las.points, 8_000, 500):
                yield self._plain(start, count)
            return
        # A first station without colours is all zeros: then later chunks are looked at.
        last = len(self._chunk_table) - 1
        for place in sorted({round(last * part / 16) for part in range(17)}):
            yield self._picked([place])

    def _chunk(self, records: NDArray[Any]) -> PointChunk:
        columns = Columns(self.las, len(records), self._colours_are_wide())
        rows = np.ascontiguousarray(records).view(np.uint8).reshape(len(records), -1)
        columns.take(rows)
        return columns.points()


def _fresh(size_bytes: int) -> Rows:
    return np.empty(size_bytes, np.uint8)


def _header(las: LasHeader) -> CloudHeader:
    crs_text, warnings = declared_crs(las)
    if las.vlr_count_lies:
        warnings.append(warning("header-records", "the header declares more records than it holds"))
    if las.point_format in WAVE_FORMATS:
        text = "waveforms stay in the original; tiles and COPC do not carry them"
        warnings.append(warning("waveforms-left-out", text))
    warnings += [warning(kind, text) for kind, text in las.oddities]
    return CloudHeader(
        format="copc" if las.vlr("copc", 1) is not None else "laz" if las.compressed else "las",
        points=las.points,
        attributes=attribute_names(las),
        crs_text=crs_text,
        bounds=las.bounds if np.isfinite(las.bounds).all() else None,
        step=las.scale,
        step_offset=las.offset,
        warnings=tuple(warnings),
        details={
            "version": ".".join(map(str, las.version)),
            "point_format": las.point_format,
            "scale": las.scale.tolist(),
        },
    )
