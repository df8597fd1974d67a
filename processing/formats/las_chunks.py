"""The LASzip record and chunk table of a LAZ, held against header and file before lazrs sees them."""

from __future__ import annotations

import struct

import lazrs

from processing.errors import KnownError
from processing.formats.las_header import SEND_AGAIN, LasHeader
from processing.room.sources import Source, open_source

# LASzip compressors: 2 point by point in chunks, 3 in layers by chunks; 1 has no chunks at all.
_COMPRESSORS = {2, 3}
_VARIABLE = 0xFFFFFFFF
ChunkTable = list[tuple[int, int]]


def laszip_record(source: Source, las: LasHeader) -> bytes:
    """Answer the LASzip record, once it agrees with the header."""
    data = las.vlr("laszip encoded", 22204)
    if data is None or len(data) < 34:
        raise KnownError("invalid-header", f"{source.name} is compressed, but its LASzip record is missing")
    compressor = struct.unpack_from("<H", data, 0)[0]
    items = struct.unpack_from("<H", data, 32)[0]
    sizes = [struct.unpack_from("<HHH", data, 34 + 6 * i)[1] for i in range(items) if len(data) >= 40 + 6 * i]
    if sum(sizes) != las.record_bytes:
        raise KnownError(
            "invalid-header",
            f"{source.name}: compressed records of {sum(sizes)} bytes, the header says {las.record_bytes}",
            SEND_AGAIN,
        )
    if compressor not in _COMPRESSORS:
        raise KnownError(
            "unsupported-format",
            f"{source.name} is LASzip of kind {compressor}, without chunks",
            "compress it again with a LASzip of 2011 or later",
        )
    return data


def chunk_table(source: Source, las: LasHeader, record: bytes) -> ChunkTable:
    """Read (points, bytes) of every chunk; nothing is allocated for more than the file can hold."""
    start = las.offset_to_points
    offset = struct.unpack("<q", source.read_at(start, 8).ljust(8, b"\0"))[0]
    if offset == -1 and source.size >= start + 16:
        # Written to a stream: the place of the table stands at the very end.
        offset = struct.unpack("<q", source.read_at(source.size - 8, 8))[0]
    if not start + 8 <= offset <= source.size - 8:
        raise KnownError(
            "truncated",
            f"{source.name}: its chunk table should be at byte {offset:,} of {source.size:,}",
            SEND_AGAIN,
        )
    version, chunks = struct.unpack("<II", source.read_at(offset, 8))
    _check_chunks(source, las, record, version, chunks)
    with open_source(source) as file:
        file.seek(start)
        try:
            table = lazrs.read_chunk_table(file, lazrs.LazVlr(record))
        except (lazrs.LazrsError, OSError, ValueError, OverflowError) as error:
            raise damaged(source, error) from error
    table = [(int(count), int(size)) for count, size in table]
    held = sum(size for _, size in table)
    if start + 8 + held > offset:
        raise KnownError("corrupt-data", f"{source.name}: its chunks pass its chunk table", SEND_AGAIN)
    return _with_counts(source, las, record, table)


def _check_chunks(source: Source, las: LasHeader, record: bytes, version: int, chunks: int) -> None:
    fixed = _chunk_points(record)
    wanted = None if fixed == _VARIABLE else -(-las.points // max(fixed, 1))
    if version != 0 or fixed == 0:
        raise KnownError("corrupt-data", f"{source.name}: its chunk table is no chunk table", SEND_AGAIN)
    # A chunk of points is 21 bytes at least: one whole record, then what the coder flushes.
    most = min(las.points, source.size // 20) + 1
    if chunks != wanted if wanted is not None else chunks > most:
        raise KnownError(
            "count-mismatch",
            f"{source.name} declares {las.points:,} points and a table of {chunks:,} chunks",
            SEND_AGAIN,
        )


def _with_counts(source: Source, las: LasHeader, record: bytes, table: ChunkTable) -> ChunkTable:
    """Fixed-size chunks carry no true counts: the last one holds what is left."""
    fixed = _chunk_points(record)
    if fixed != _VARIABLE:
        table = [(min(fixed, las.points - i * fixed), size) for i, (_, size) in enumerate(table)]
    total = sum(count for count, _ in table)
    if total != las.points or any(count < 0 or size < 0 for count, size in table):
        raise KnownError(
            "count-mismatch",
            f"{source.name} declares {las.points:,} points, its chunks hold {total:,}",
            SEND_AGAIN,
        )
    return table


def _chunk_points(record: bytes) -> int:
    return int(struct.unpack_from("<I", record, 12)[0])


def damaged(source: Source, error: Exception) -> KnownError:
    """Say that lazrs could not decode a file."""
    return KnownError("corrupt-data", f"{source.name} cannot be decoded: {error}", SEND_AGAIN)
