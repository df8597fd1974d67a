"""The LASzip record and chunk table of a LAZ, held against header and file before lazrs sees them."""

from __future__ import annotations

import struct

import lazrs
import numpy as np

from processing.errors import KnownError
from processing.formats.las_header import SEND_AGAIN, LasHeader
from processing.room.sources import Source, open_source, read_ranges

# LASzip compressors: 2 point by point in chunks, 3 in layers by chunks; 1 has no chunks at all.
_COMPRESSORS = {2, 3}
_LAYERED = 3
# Layers by LASzip item; BYTE14 has one a byte.
_LAYERS, _BYTE14 = {10: 9, 11: 1, 12: 2, 13: 1}, 14
_VARIABLE = 0xFFFFFFFF
ChunkTable = list[tuple[int, int]]


def laszip_record(source: Source, las: LasHeader) -> bytes:
    """Answer the LASzip record, once it agrees with the header."""
    data = las.vlr("laszip encoded", 22204)
    if data is None or len(data) < 34:
        raise KnownError("invalid-header", f"{source.name} is compressed, but its LASzip record is missing")
    compressor = struct.unpack_from("<H", data, 0)[0]
    items = struct.unpack_from("<H", data, 32)[0]
    whole = len(data) >= 34 + 6 * items
    sizes = [struct.unpack_from("<HHH", data, 34 + 6 * i)[1] for i in range(items if whole else 0)]
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


def layers_of(record: bytes) -> int:
    """Answer how many layers every chunk has, 0 where points are compressed one by one.

    LASzip, src/laszip.hpp: POINT14 has nine, RGB14 and WAVEPACKET14 one, RGBNIR14 two, BYTE14 one a byte.
    """
    if struct.unpack_from("<H", record, 0)[0] != _LAYERED:
        return 0
    items = struct.unpack_from("<H", record, 32)[0]
    found = (struct.unpack_from("<HH", record, 34 + 6 * i) for i in range(items))
    return sum(size if kind == _BYTE14 else _LAYERS.get(kind, 0) for kind, size in found)


def chunk_head_bytes(record_bytes: int, layers: int) -> int:
    """How much of a chunk says how long its layers are: a whole record, a count, and their sizes."""
    return record_bytes + 4 + 4 * layers


def check_layers(source: Source, head: bytes, size: int, record_bytes: int, layers: int) -> None:
    """Hold the sizes of a chunk's layers against the chunk: lazrs makes room for whatever they say.

    ``head`` is the chunk's beginning, ``size`` its bytes.
    """
    there = chunk_head_bytes(record_bytes, layers)
    if len(head) < there:
        raise KnownError(
            "corrupt-data", f"{source.name}: a chunk of {size:,} bytes has no layers", SEND_AGAIN
        )
    held = int(np.frombuffer(head, "<u4", layers, record_bytes + 4).sum(dtype=np.uint64))
    if there + held > size:
        text = f"{source.name}: the layers of a chunk of {size:,} bytes should have {held:,}"
        raise KnownError("corrupt-data", text, SEND_AGAIN)


def check_all_layers(source: Source, las: LasHeader, record: bytes, table: ChunkTable) -> None:
    """Look at the beginning of every chunk of a file before it is decoded as a stream."""
    layers = layers_of(record)
    if not layers:
        return
    there = chunk_head_bytes(las.record_bytes, layers)
    starts = las.offset_to_points + 8 + np.concatenate([[0], np.cumsum([size for _, size in table])])
    ranges = [(int(start), min(there, size)) for start, (_, size) in zip(starts, table, strict=False)]
    for head, (_, size) in zip(read_ranges(source, ranges), table, strict=True):
        check_layers(source, head, size, las.record_bytes, layers)


def _chunk_points(record: bytes) -> int:
    return int(struct.unpack_from("<I", record, 12)[0])


def damaged(source: Source, error: Exception) -> KnownError:
    """Say that lazrs could not decode a file."""
    return KnownError("corrupt-data", f"{source.name} cannot be decoded: {error}", SEND_AGAIN)
