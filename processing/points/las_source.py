"""One or more files as LAS 1.4 records: every attribute, in the files' own coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.enums import WktVersion
from pyproj.exceptions import CRSError

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudReader, PointChunk
from processing.formats.copc import kept_records
from processing.formats.las import LasReader
from processing.formats.las_header import RECORD_BYTES, LasHeader, Vlr
from processing.formats.las_names import LAS_NAMES
from processing.formats.las_rows import (
    Layout,
    Rows,
    fill_core,
    format_for,
    has_time,
    kept_descriptors,
    plain_descriptor,
)
from processing.points.grid import Grid

PROBE_POINTS = 100
MAX_DESCRIPTORS_BYTES = 65_535
# Return 1 of 1: zeros are not allowed.
SINGLE_RETURN = 0x11
# As E57 and as other formats call them.
COLOURS = (("colorRed", "colorGreen", "colorBlue"), ("red", "green", "blue"))


@dataclass(frozen=True, kw_only=True)
class _Extras:
    """Extra bytes of one file: their descriptors, and where they begin behind the core."""

    descriptors: bytes
    size: int
    start: int
    numbers: dict[str, np.dtype[Any]] = field(default_factory=dict)


@dataclass
class LasSource:
    """Files with one layout, scale and offset. ``dropped`` and ``worst`` (units) count while rows are read.

    ``worst`` is the largest change of a coordinate, 0.0 where the integers are the file's own.
    """

    readers: Sequence[CloudReader]
    layout: Layout
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    wkt: str | None
    gps_standard: bool
    others: tuple[Vlr, ...]
    extras: Sequence[_Extras]
    dropped: int = 0
    worst: float = 0.0

    def rows(self) -> Iterator[Rows]:
        """Read every point as records (n, record_bytes), in file order.

        Raises
        ------
        KnownError
            ``corrupt-data`` if a point lies outside what the integers span.
        """
        self.dropped, self.worst = 0, 0.0
        for reader, extras in zip(self.readers, self.extras, strict=True):
            if isinstance(reader, LasReader):
                yield from self._las_rows(reader, extras)
            else:
                for chunk in reader.chunks(everything=True):
                    finite, bad = chunk.finite()
                    self.dropped += bad
                    if len(finite.xyz):
                        yield self._chunk_rows(finite, extras)

    def _las_rows(self, reader: LasReader, extras: _Extras) -> Iterator[Rows]:
        las = reader.las
        same = np.array_equal(las.scale, self.scale) and np.array_equal(las.offset, self.offset)
        core = RECORD_BYTES[las.point_format]
        if same and las.point_format == self.layout.point_format and not self._other_extras(extras):
            yield from reader.rows(CHUNK_POINTS)
            return
        for old in reader.rows(CHUNK_POINTS):
            rows, fields = self.layout.empty(len(old))
            fill_core(old, las.point_format, fields)
            if extras.size:
                fields["extra"][:, extras.start : extras.start + extras.size] = old[:, core:]
            if not same:
                fields["xyz"] = self._integers(fields["xyz"] * las.scale + las.offset)
            yield rows

    def _other_extras(self, extras: _Extras) -> bool:
        """Say whether other files bring extra bytes that this one has not, or has elsewhere."""
        return (extras.start, extras.size) != (0, self.layout.extra_bytes)

    def _chunk_rows(self, chunk: PointChunk, extras: _Extras) -> Rows:
        rows, fields = self.layout.empty(len(chunk.xyz))
        fields["xyz"] = self._integers(chunk.xyz)
        fields["returns"] = SINGLE_RETURN
        if chunk.intensity is not None:
            fields["intensity"] = chunk.intensity
        if chunk.classification is not None:
            fields["classification"] = chunk.classification
        if chunk.rgb is not None:
            fields["rgb"] = chunk.rgb.astype(np.uint16) * 257
        at = extras.start
        if chunk.station is not None:
            fields["source_id"] = (chunk.station + 1) & 0xFFFF
        for name, dtype in extras.numbers.items():
            # Stations of one file need not all have the same numbers.
            if name in chunk.extra:
                values = np.ascontiguousarray(chunk.extra[name], dtype).view(np.uint8)
                fields["extra"][:, at : at + dtype.itemsize] = values.reshape(len(rows), -1)
            at += dtype.itemsize
        return rows

    def _integers(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        steps = np.round((xyz - self.offset) / self.scale)
        if len(steps) and np.abs(steps).max() > 2**31 - 2:
            raise KnownError(
                "corrupt-data",
                f"points lie outside the bounds that their file declares, from {xyz.min(axis=0).tolist()} "
                f"to {xyz.max(axis=0).tolist()}",
                "export it again",
            )
        # What rounding of float64 itself leaves is no change.
        change = float(np.abs(steps * self.scale + self.offset - xyz).max(initial=0))
        noise = 4 * float(np.spacing(np.abs(xyz).max(initial=1)))
        self.worst = max(self.worst, change if change > noise else 0.0)
        return steps


def plan_rows(readers: Sequence[CloudReader], bounds: NDArray[np.float64]) -> LasSource:
    """Choose layout, scale and offset for files in one CRS; bounds (2, 3) in file units.

    A LAS file keeps its own integers. Others, and files whose grids differ, are rounded to a decimal step of
    at most a tenth of a millimetre (or the finest of the files).
    """
    las = [reader.las for reader in readers if isinstance(reader, LasReader)]
    scale, offset = _grid(readers, bounds)
    formats = [format_for(head.point_format) for head in las]
    formats += [7 if _coloured(reader) else 6 for reader in readers if not isinstance(reader, LasReader)]
    extras = _extras(readers)
    descriptors = b"".join({one.start: one.descriptors for one in extras if one.size}.values())
    if len(descriptors) > MAX_DESCRIPTORS_BYTES:
        raise KnownError(
            "unsupported-format", f"{len(descriptors) // 192} extra numbers a point are too many"
        )
    extra_bytes = max(one.start + one.size for one in extras)
    texts = {reader.header.crs_text for reader in readers}
    wkt = _wkt(texts.pop()) if len(texts) == 1 else None
    return LasSource(
        readers=readers,
        layout=Layout(point_format=max(formats), extra_bytes=extra_bytes, descriptors=descriptors),
        scale=scale,
        offset=offset,
        wkt=wkt,
        gps_standard=any(head.gps_standard for head in las if has_time(head.point_format)),
        others=_others(las, crs_is_written=wkt is not None),
        extras=extras,
    )


def _others(las: Sequence[LasHeader], *, crs_is_written: bool) -> tuple[Vlr, ...]:
    """Keep the further records of all files, each once."""
    found = (one for head in las for one in kept_records(head.vlrs, crs_is_written=crs_is_written))
    return tuple(dict.fromkeys(found))


def _grid(
    readers: Sequence[CloudReader], bounds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    las = [reader.las for reader in readers if isinstance(reader, LasReader)]
    if len(las) == len(readers):
        first = las[0]
        alike = all(np.array_equal(one.scale, first.scale) for one in las)
        if alike and all(np.array_equal(one.offset, first.offset) for one in las):
            return first.scale, first.offset
    grid = Grid.around(bounds[0], bounds[1])
    finest = min([grid.step_m, *(float(one.scale.min()) for one in las)])
    # 2**30 steps either way leave room for points outside the declared bounds.
    step = max(finest, float((bounds[1] - bounds[0]).max()) / 2**30)
    return np.full(3, step), grid.origin


def _coloured(reader: CloudReader) -> bool:
    """Whether any point may have a colour: of several stations some may have none, as the first ones read."""
    if len(reader.header.stations) > 1:
        return any(set(names) <= set(reader.header.attributes) for names in COLOURS)
    return any(chunk.rgb is not None for chunk in reader.sample(PROBE_POINTS) if len(chunk.xyz))


def _free_name(name: str) -> str:
    """Keep extra numbers from names that LAS itself has: readers could not tell them apart."""
    return f"{name}_raw" if name.lower() in LAS_NAMES else name


def _extras(readers: Sequence[CloudReader]) -> list[_Extras]:
    """Give files with the same extra bytes the same place, and others a place of their own."""
    made: list[_Extras] = []
    starts: dict[bytes, int] = {}
    end = 0
    for reader in readers:
        numbers: dict[str, np.dtype[Any]] = {}
        if isinstance(reader, LasReader):
            size = reader.las.record_bytes - RECORD_BYTES[reader.las.point_format]
            text = kept_descriptors(reader.las.vlr("LASF_Spec", 4) or b"", size)
        else:
            numbers = {name: dtype.newbyteorder("<") for name, dtype in reader.header.extra.items()}
            size = sum(dtype.itemsize for dtype in numbers.values())
            text = b"".join(plain_descriptor(_free_name(name), dtype) for name, dtype in numbers.items())
        start = starts.setdefault(text, end)
        if start == end:
            end += size
        made.append(_Extras(descriptors=text, size=size, start=start, numbers=numbers))
    return made


def _wkt(text: str | None) -> str | None:
    """Write the declared CRS as WKT 1 as LAS asks, else as WKT 2; what PROJ does not know stays unsaid."""
    if text is None:
        return None
    if text.lstrip().upper().startswith(("PROJCS", "GEOGCS", "COMPD_CS", "GEOCCS", "LOCAL_CS")):
        return text
    try:
        crs = pyproj.CRS.from_user_input(text)
    except CRSError:
        return None
    try:
        return str(crs.to_wkt(WktVersion.WKT1_GDAL))
    except CRSError:
        return str(crs.to_wkt())
