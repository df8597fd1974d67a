"""What heads and tails of clouds of points declare."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.early.sparse import Masked, NotThereYetError, SparseSource
from processing.errors import KnownError
from processing.formats import ply_header
from processing.formats.cloud import CloudHeader, warning
from processing.formats.las_chunks import laszip_record
from processing.formats.las_crs import declared_crs
from processing.formats.las_header import SEND_AGAIN, LasHeader, read_header
from processing.formats.las_names import attribute_names
from processing.geometry.frames import plan_frame
from processing.room.inputs import Input
from processing.room.sources import BytesSource, FileSource, Source

Word = dict[str, Any]
PTX_HEAD_LINES = 10
# E57 pages of 1,020 bytes carry a checksum of 4 (ASTM E2807 section 6).
E57_PAGE_SLACK = 1.005


def las(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Take header, CRS and extended records; a LAZ file's chunk table is held against its counts."""
    del folder, listed
    not_yet: list[str] = []
    header = _las_header(item, source, not_yet)
    text, notes = declared_crs(header)
    frame = plan_frame(text, _finite(header.bounds))
    form = "copc" if header.vlr("copc", 1) is not None else "laz" if header.compressed else "las"
    problems = []
    if header.compressed:
        try:
            _check_chunk_table(source, header)
        except NotThereYetError as error:
            not_yet.append(f"the chunk table: {error}")
        except KnownError as error:
            problems.append(error.as_json())
    notes = [*notes, *(warning(kind, said) for kind, said in header.oddities), *frame.warnings]
    return {
        "format": form,
        "points": header.points,
        "attributes": list(attribute_names(header)),
        "crs": frame.crs,
        "bounds": _as_list(header.bounds),
        "warnings": notes,
        "problems": problems,
        "not_yet": not_yet,
    }


def _check_chunk_table(source: SparseSource, header: LasHeader) -> None:
    """A LAZ that was cut off shows in the place of its chunk table, which stands behind the points."""
    laszip_record(source, header)
    start = header.offset_to_points
    place = int(struct.unpack("<q", source.read_at(start, 8).ljust(8, b"\0"))[0])
    if place == -1:
        place = int(struct.unpack("<q", source.read_at(source.size - 8, 8))[0])
    if not start + 8 <= place <= source.size - 8:
        raise KnownError(
            "truncated",
            f"{source.name}: its chunk table should be at byte {place:,} of {source.size:,}",
            SEND_AGAIN,
        )


def _las_header(item: Input, source: SparseSource, not_yet: list[str]) -> LasHeader:
    """Read the header; extended records and waves that were not sent yet are left out and said."""
    try:
        return read_header(source)
    except NotThereYetError as error:
        not_yet.append(f"{item.path}: extended records: {error}")
    head = source.read_at(0, 247)
    # No extended records (number at byte 243), no waves inside (flag 2 at byte 6): LAS 1.4 table 3.
    return read_header(Masked(source, {6: bytes([head[6] & ~0x02]), 243: bytes(4)}))


def e57(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Let libe57 read the XML, which stands at the end, out of a file with holes where points would be."""
    from processing.formats.e57 import E57Reader

    del listed
    head = source.read_at(0, 48)
    if len(head) == 48:
        xml_at, xml_bytes = struct.unpack_from("<QQ", head, 24)
        end = xml_at + int(xml_bytes * E57_PAGE_SLACK) + 2048
        # The checksum covers the page the XML begins in.
        source.read_at(xml_at - xml_at % 1024, min(end, source.size) - (xml_at - xml_at % 1024))
    path = source.write_sparse(folder / "early.e57")
    try:
        whole = FileSource(path)
        whole.name = item.source.name
        return _described(E57Reader(whole, folder).header)
    finally:
        path.unlink()


def ply(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Take the header."""
    from processing.formats.ply import PlyCloudReader

    del folder, listed
    try:
        return _described(PlyCloudReader(source).header)
    except NotThereYetError as error:
        vertex = ply_header.read_header(source).element("vertex")
        names = [] if vertex is None else [one.name for one in vertex.properties]
        count = None if vertex is None else vertex.count
        return {"points": count, "attributes": names, "not_yet": [f"{item.path}: {error}"]}


def pcd(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Take the header."""
    from processing.formats.pcd import PcdReader

    del item, folder, listed
    return _described(PcdReader(source).header)


def text(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Find separator, heading and columns in the first lines; rows are not counted."""
    from processing.formats.xyz import TextReader

    del folder, listed
    form = "pts" if item.suffix == ".pts" else "xyz"
    return _described(TextReader(_first_lines(source), form).header)


def ptx(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Take the first station; where the others stand only the rest will tell."""
    del folder, listed
    lines = _first_lines(source).read_at(0, 1 << 20).split(b"\n")
    try:
        columns, rows = int(lines[0]), int(lines[1])
        place = [float(cell) for cell in lines[2].split()]
        width = len(lines[PTX_HEAD_LINES].split())
    except (ValueError, IndexError) as error:
        raise KnownError("invalid-header", f"{item.path}: its first station cannot be read", None) from error
    # A cell is at least "0 0 0 0" and its line's end.
    if columns * rows * 8 > source.size:
        raise KnownError(
            "count-mismatch",
            f"{item.path}: its first station declares {columns * rows:,} cells, "
            f"the file has {source.size:,} bytes",
            "the copy was cut off; send it again",
        )
    names = ["x", "y", "z", "intensity", "red", "green", "blue"]
    return {
        "stations": [{"name": "station 1", "points": columns * rows, "position": place}],
        "attributes": names[: 7 if width >= 7 else 4],
        "not_yet": [f"{item.path}: further stations, if there are any"],
    }


def _described(header: CloudHeader) -> Word:
    frame = plan_frame(header.crs_text, _finite(header.bounds))
    return {
        "format": header.format,
        "points": header.points,
        "attributes": list(header.attributes),
        "crs": frame.crs,
        "bounds": _as_list(header.bounds),
        "stations": [
            {"name": s.name, "points": s.points, "position": s.pose[:3, 3].tolist()} for s in header.stations
        ],
        "warnings": [*header.warnings, *frame.warnings],
    }


def _first_lines(source: SparseSource) -> Source:
    """Take the head up to its last whole line, as a file of its own."""
    head = source.head()
    whole = head if len(head) == source.size else head[: head.rfind(b"\n") + 1]
    return BytesSource(source.name, whole)


def _finite(bounds: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return bounds if bounds is not None and np.isfinite(bounds).all() else np.zeros((2, 3))


def _as_list(bounds: NDArray[np.float64] | None) -> list[list[float]] | None:
    return None if bounds is None or not np.isfinite(bounds).all() else bounds.tolist()
