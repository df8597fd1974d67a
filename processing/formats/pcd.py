"""PCD 0.7 (PCL): ASCII, binary and LZF-compressed; packed rgb; organised clouds with NaN."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudHeader, PointChunk, sampled_blocks_of, warning
from processing.formats.scales import Intensity, classes, colour_top, eight_bit
from processing.formats.text_numbers import check_numbers, last_line_open, line_blocks, rows_of
from processing.geometry.compiled import compiled
from processing.room.sources import Source

MAX_HEADER_BYTES = 64 << 10
MAX_UNPACKED_BYTES = 4 << 30
SAMPLE_BLOCK_POINTS = 2_000
MAX_COUNT = 64
GRID = {"row": np.dtype("i4"), "column": np.dtype("i4")}
_TYPES = {
    ("F", 4): "<f4", ("F", 8): "<f8", ("U", 1): "u1", ("U", 2): "<u2", ("U", 4): "<u4", ("U", 8): "<u8",
    ("I", 1): "i1", ("I", 2): "<i2", ("I", 4): "<i4", ("I", 8): "<i8",
}  # fmt: skip
# Packed colours are 32 bits, however they are called; some writers give them as a double of that value.
PACKED = ("<f4", "<u4", "<i4", "<f8")


@dataclass(frozen=True, kw_only=True)
class _Header:
    names: tuple[str, ...]
    forms: tuple[str, ...]
    counts: tuple[int, ...]
    points: int
    width: int
    data: str
    start: int
    viewpoint: tuple[float, ...]

    @property
    def labels(self) -> list[str]:
        """Names, each once: padding fields are all called "_"."""
        return [name if name not in self.names[:i] else f"{name}{i}" for i, name in enumerate(self.names)]

    @property
    def dtype(self) -> np.dtype[Any]:
        fields = zip(self.labels, self.forms, self.counts, strict=True)
        return np.dtype(
            [(name, form, (count,)) if count > 1 else (name, form) for name, form, count in fields]
        )


class PcdReader:
    """One PCD file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        self.pcd = _header(source)
        self._check_size()
        # Of several numbers a point (a histogram, whatever its name) none is the one to draw.
        single = {label for label, count in zip(self.pcd.labels, self.pcd.counts, strict=True) if count == 1}
        wide = {label for label, form in zip(self.pcd.labels, self.pcd.forms, strict=True) if form in PACKED}
        self._packed = next((name for name in ("rgb", "rgba") if name in single & wide), None)
        self._apart = ("red", "green", "blue") if {"red", "green", "blue"} <= single else None
        self._label = next((name for name in ("label", "classification") if name in single), None)
        self._strength = "intensity" if "intensity" in single else None
        self._intensity: Intensity | None = None
        self._colour_top: float | None = None
        self.header = CloudHeader(
            format="pcd",
            points=self.pcd.points,
            attributes=tuple(name for name in self.pcd.names if name != "_"),
            warnings=tuple(self._oddities()),
            extra=self._extra_types(),
            details={
                "data": self.pcd.data,
                "viewpoint": list(self.pcd.viewpoint),
                "grid": [self.pcd.width, self.pcd.points // self.pcd.width],
            },
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every point."""
        start = 0
        for fields in self._every_field():
            chunk = self._chunk(fields, start, everything=everything)
            start += len(chunk.xyz)
            yield chunk
        self.findings = self._intensity.findings() if self._intensity is not None else []

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read blocks of records; compressed and ASCII files are read whole and thinned."""
        if self.pcd.data == "binary":
            blocks, every = sampled_blocks_of(self.pcd.points, points, SAMPLE_BLOCK_POINTS)
            for start, count in blocks:
                yield self._chunk(self._records(start, count)[::every], start)
            return
        every = max(1, self.pcd.points // max(1, points))
        for chunk in self.chunks():
            yield chunk.where(slice(None, None, every))

    def _every_field(self) -> Iterator[Any]:
        if self.pcd.data == "ascii":
            yield from self._ascii()
        elif self.pcd.data == "binary":
            for start in range(0, self.pcd.points, CHUNK_POINTS):
                yield self._records(start, min(CHUNK_POINTS, self.pcd.points - start))
        else:
            whole = self._unpacked()
            for start in range(0, self.pcd.points, CHUNK_POINTS):
                yield {name: values[start : start + CHUNK_POINTS] for name, values in whole.items()}

    def _check_size(self) -> None:
        held = self._source.size - self.pcd.start
        least = self.pcd.dtype.itemsize if self.pcd.data == "binary" else 2 * sum(self.pcd.counts) - 1
        if self.pcd.data != "binary_compressed" and self.pcd.points * least > held + 1:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {self.pcd.points:,} points, but holds {held:,} bytes",
                "the copy was cut off or the header lies; export it again",
            )

    def _oddities(self) -> list[dict[str, str]]:
        if self.pcd.data == "ascii":
            return last_line_open(self._source)
        size = self.pcd.dtype.itemsize
        more = (self._source.size - self.pcd.start) // size - self.pcd.points
        if self.pcd.data != "binary" or more < 1:
            return []
        text = f"{self.pcd.points:,} points are declared, and there is room for {more:,} more behind them"
        return [warning("points-undeclared", f"{text}; only the declared ones were read")]

    def _records(self, start: int, count: int) -> NDArray[Any]:
        size = self.pcd.dtype.itemsize
        data = self._source.read_at(self.pcd.start + start * size, count * size)
        if len(data) != count * size:
            raise KnownError("truncated", f"{self._source.name} ends in the middle of its points")
        return np.frombuffer(data, self.pcd.dtype)

    def _ascii(self) -> Iterator[dict[str, NDArray[Any]]]:
        width = sum(self.pcd.counts)
        places = np.concatenate([[0], np.cumsum(self.pcd.counts)])
        left = self.pcd.points
        for block in line_blocks(self._source, self.pcd.start):
            rows, widths, starts = rows_of(block, width, comma_is_separator=False)
            if (widths != width).any() or len(rows) > left:
                raise KnownError("count-mismatch", f"{self._source.name}: rows do not agree with its header")
            check_numbers(self._source, block, rows, starts)
            left -= len(rows)
            fields: dict[str, NDArray[Any]] = {}
            for i, name in enumerate(self.pcd.labels):
                count, form = self.pcd.counts[i], self.pcd.forms[i]
                held = rows[:, places[i] : places[i] + count]
                self._check_fits(name, form, held)
                # Packed colours are written as the float or integer whose bits they are.
                exact = held.astype(form) if name == self._packed else held
                fields[name] = exact if count > 1 else exact[:, 0]
            yield fields
        if left:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {self.pcd.points:,} points, {left:,} are missing",
            )

    def _check_fits(self, name: str, form: str, values: NDArray[Any]) -> None:
        """Numbers written as text may be of another type than the header says."""
        if np.dtype(form).kind == "f" or not values.size:
            return
        limits = np.iinfo(form)
        if not (values.min() >= limits.min and values.max() <= limits.max):
            raise KnownError(
                "corrupt-data",
                f"{self._source.name}: numbers of {name} do not fit the type its header gives them",
                "export it again with the right SIZE and TYPE",
            )

    def _unpacked(self) -> dict[str, NDArray[Any]]:
        """LZF keeps the fields one after the other, not the points."""
        packed, plain = struct.unpack("<II", self._source.read_at(self.pcd.start, 8).ljust(8, b"\0"))
        if plain != self.pcd.points * self.pcd.dtype.itemsize or plain > MAX_UNPACKED_BYTES:
            raise KnownError(
                "count-mismatch", f"{self._source.name}: {plain:,} bytes unpacked do not fit its header"
            )
        if self.pcd.start + 8 + packed > self._source.size:
            raise KnownError("truncated", f"{self._source.name} ends in the middle of its points")
        # LZF shrinks at most 264 bytes into three.
        if plain > packed * 90 + 64:
            raise KnownError(
                "corrupt-data", f"{self._source.name}: {packed:,} bytes cannot unpack to {plain:,}"
            )
        data = np.frombuffer(self._source.read_at(self.pcd.start + 8, packed), np.uint8)
        out = np.zeros(plain, np.uint8)
        if lzf_unpack(data, out) != plain:
            raise KnownError("corrupt-data", f"{self._source.name}: its compressed points are damaged")
        fields, at = {}, 0
        for name, form, count in zip(self.pcd.labels, self.pcd.forms, self.pcd.counts, strict=True):
            size = np.dtype(form).itemsize * count * self.pcd.points
            values = out[at : at + size].view(form)
            fields[name] = values.reshape(self.pcd.points, count) if count > 1 else values
            at += size
        return fields

    def _chunk(self, fields: Any, start: int, *, everything: bool = False) -> PointChunk:
        # A NaN that signals is one of the values no point has, and dropped like the others.
        with np.errstate(invalid="ignore"):
            xyz = np.stack([np.asarray(fields[axis], np.float64) for axis in "xyz"], axis=1)
        rgb = intensity = None
        if self._packed is not None:
            rgb = _unpacked_colours(fields[self._packed])
        elif self._apart is not None:
            colours = np.stack([fields[name] for name in self._apart], axis=1)
            if self._colour_top is None:
                self._colour_top = colour_top(colours)
            rgb = eight_bit(colours, self._colour_top)
        if self._strength is not None:
            if self._intensity is None:
                self._intensity = Intensity.of(np.asarray(fields[self._strength]))
            intensity = self._intensity(fields[self._strength])
        return PointChunk(
            xyz=xyz,
            rgb=rgb,
            intensity=intensity,
            classification=classes(np.asarray(fields[self._label])) if self._label is not None else None,
            extra=self._extra(fields, start, len(xyz)) if everything else {},
        )

    def _not_drawn(self) -> Iterator[tuple[str, np.dtype[Any], int]]:
        """Name, type and width of what is not drawn, or drawn with less than was written."""
        drawn = {"x", "y", "z"} | ({"rgb"} if self._packed == "rgb" else set())
        for label, name, form, count in zip(
            self.pcd.labels, self.pcd.names, self.pcd.forms, self.pcd.counts, strict=True
        ):
            exact = (label == self._label or label in (self._apart or ())) and form == "u1"
            exact |= label == self._strength and form == "<u2"
            if label not in drawn and name != "_" and not exact:
                yield label, np.dtype(form), count

    def _extra_types(self) -> dict[str, np.dtype[Any]]:
        found: dict[str, np.dtype[Any]] = {}
        for label, dtype, count in self._not_drawn():
            found |= {f"{label}_{i}" if count > 1 else label: dtype for i in range(count)}
        return found | (GRID if self.pcd.width < self.pcd.points else {})

    def _extra(self, fields: Any, start: int, points: int) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {}
        for label, dtype, count in self._not_drawn():
            values = fields[label].reshape(points, count)
            found |= {
                f"{label}_{i}" if count > 1 else label: values[:, i].astype(dtype) for i in range(count)
            }
        if self.pcd.width < self.pcd.points:
            # An organised cloud: rows of a picture, one after the other.
            row, column = np.divmod(np.arange(start, start + points), self.pcd.width)
            found |= {"row": row.astype("i4"), "column": column.astype("i4")}
        return found


def _unpacked_colours(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Red, green and blue are bytes of one number, which may be written as a float of the same bits."""
    single = values.astype("<f4") if values.dtype == np.float64 else values
    bits = np.ascontiguousarray(single).view(np.uint32)
    return np.stack([bits >> 16 & 255, bits >> 8 & 255, bits & 255], axis=1).astype(np.uint8)


def _header(source: Source) -> _Header:
    head = source.read_at(0, MAX_HEADER_BYTES)
    words: dict[str, list[str]] = {}
    position = 0
    while position < len(head) and "DATA" not in words:
        end = head.find(b"\n", position)
        end = len(head) if end < 0 else end
        line = head[position:end].decode("latin-1").strip()
        if line and not line.startswith("#"):
            words[line.split()[0].upper()] = line.split()[1:]
        position = end + 1
    try:
        # PDAL writes its own names: X Y Z, Red Green Blue, Intensity.
        names, sizes, types = (
            [w.lower() for w in words["FIELDS"]],
            [int(w) for w in words["SIZE"]],
            words["TYPE"],
        )
        counts = [int(w) for w in words.get("COUNT", ["1"] * len(names))]
        width, height = int(words["WIDTH"][0]), int(words["HEIGHT"][0])
        points = int(words.get("POINTS", [str(width * height)])[0])
        data = words["DATA"][0].lower()
        forms = tuple(_TYPES[kind.upper(), size] for kind, size in zip(types, sizes, strict=True))
        viewpoint = tuple(float(w) for w in words.get("VIEWPOINT", ["0", "0", "0", "1", "0", "0", "0"]))
    except (KeyError, ValueError, IndexError) as error:
        raise _bad(source, f"has a header that is not complete: {error}") from error
    if not len(names) == len(forms) == len(counts) or not set(counts) <= set(range(1, MAX_COUNT + 1)):
        raise _bad(source, f"has fields {names} of {counts} numbers")
    places = [i for i, name in enumerate(names) if name in {"x", "y", "z"}]
    if len(places) != len({names[i] for i in places}) or any(counts[i] != 1 for i in places):
        raise _bad(source, "has x, y or z twice")
    if points != width * height or points < 0:
        raise KnownError("count-mismatch", f"{source.name}: {width} x {height} is not {points} points")
    if not {"x", "y", "z"} <= set(names) or data not in {"ascii", "binary", "binary_compressed"}:
        raise _bad(source, f"has fields {names} and data {data!r}; x, y, z are needed")
    if points == 0:
        raise KnownError("empty-result", f"{source.name} declares no points", "export it again")
    return _Header(
        names=tuple(names),
        forms=forms,
        counts=tuple(counts),
        points=points,
        width=width,
        data=data,
        start=position,
        viewpoint=viewpoint,
    )


def _bad(source: Source, what: str) -> KnownError:
    return KnownError("invalid-header", f"{source.name} {what}", "export it again as binary PCD")


@compiled()
def lzf_unpack(data: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    """Unpack LZF (Lehmann's liblzf); answer the bytes written, or -1 for damaged data."""
    i, o, n, limit = 0, 0, len(data), len(out)
    while i < n:
        control = int(data[i])
        i += 1
        if control < 32:
            run = control + 1
            if i + run > n or o + run > limit:
                return -1
            for k in range(run):
                out[o + k] = data[i + k]
            i += run
            o += run
            continue
        length = control >> 5
        if length == 7:
            if i >= n:
                return -1
            length += int(data[i])
            i += 1
        if i >= n:
            return -1
        back = o - ((control & 31) << 8) - int(data[i]) - 1
        i += 1
        length += 2
        if back < 0 or o + length > limit:
            return -1
        for k in range(length):
            out[o + k] = out[back + k]
        o += length
    return o


def warm() -> None:
    """Compile this module's kernels."""
    lzf_unpack(np.frombuffer(b"\0A", np.uint8), np.zeros(1, np.uint8))
