"""PCD 0.7 (PCL): ASCII, binary and LZF-compressed; packed rgb; organised clouds with NaN."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudHeader, PointChunk, sampled_blocks_of
from processing.formats.text_numbers import line_blocks, rows_of
from processing.geometry.compiled import compiled
from processing.room.sources import Source

MAX_HEADER_BYTES = 64 << 10
MAX_UNPACKED_BYTES = 4 << 30
SAMPLE_BLOCK_POINTS = 2_000
_TYPES = {
    ("F", 4): "<f4", ("F", 8): "<f8", ("U", 1): "u1", ("U", 2): "<u2", ("U", 4): "<u4", ("U", 8): "<u8",
    ("I", 1): "i1", ("I", 2): "<i2", ("I", 4): "<i4", ("I", 8): "<i8",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Header:
    names: tuple[str, ...]
    forms: tuple[str, ...]
    counts: tuple[int, ...]
    points: int
    data: str
    start: int
    viewpoint: tuple[float, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        # Padding fields are all called "_".
        fields: list[Any] = []
        for i, (name, form, count) in enumerate(zip(self.names, self.forms, self.counts, strict=True)):
            label = name if name not in self.names[:i] else f"{name}{i}"
            fields.append((label, form, (count,)) if count > 1 else (label, form))
        return np.dtype(fields)


class PcdReader:
    """One PCD file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        self.pcd = _header(source)
        self._check_size()
        self.header = CloudHeader(
            format="pcd",
            points=self.pcd.points,
            attributes=tuple(name for name in self.pcd.names if name != "_"),
            details={"data": self.pcd.data, "viewpoint": list(self.pcd.viewpoint)},
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every point."""
        if self.pcd.data == "ascii":
            yield from self._ascii()
        elif self.pcd.data == "binary":
            for start in range(0, self.pcd.points, CHUNK_POINTS):
                yield self._chunk(self._records(start, min(CHUNK_POINTS, self.pcd.points - start)))
        else:
            whole = self._unpacked()
            for start in range(0, self.pcd.points, CHUNK_POINTS):
                yield self._chunk(
                    {name: values[start : start + CHUNK_POINTS] for name, values in whole.items()}
                )

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read blocks of records; compressed and ASCII files are read whole and thinned."""
        if self.pcd.data == "binary":
            blocks, every = sampled_blocks_of(self.pcd.points, points, SAMPLE_BLOCK_POINTS)
            for start, count in blocks:
                yield self._chunk(self._records(start, count)[::every])
            return
        every = max(1, self.pcd.points // max(1, points))
        for chunk in self.chunks():
            yield chunk.where(slice(None, None, every))

    def _check_size(self) -> None:
        held = self._source.size - self.pcd.start
        least = self.pcd.dtype.itemsize if self.pcd.data == "binary" else 2 * sum(self.pcd.counts) - 1
        if self.pcd.data != "binary_compressed" and self.pcd.points * least > held + 1:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {self.pcd.points:,} points, but holds {held:,} bytes",
                "the copy was cut off or the header lies; export it again",
            )

    def _records(self, start: int, count: int) -> NDArray[Any]:
        size = self.pcd.dtype.itemsize
        data = self._source.read_at(self.pcd.start + start * size, count * size)
        if len(data) != count * size:
            raise KnownError("truncated", f"{self._source.name} ends in the middle of its points")
        return np.frombuffer(data, self.pcd.dtype)

    def _ascii(self) -> Iterator[PointChunk]:
        columns = sum(self.pcd.counts)
        starts = np.concatenate([[0], np.cumsum(self.pcd.counts)])
        left = self.pcd.points
        for block in line_blocks(self._source, self.pcd.start):
            rows, widths, _ = rows_of(block, columns)
            if (widths[:left] < columns).any() or len(rows) > left:
                raise KnownError("count-mismatch", f"{self._source.name}: rows do not agree with its header")
            left -= len(rows)
            fields: dict[str, NDArray[Any]] = {}
            for i, name in enumerate(self.pcd.names):
                column = rows[:, starts[i]]
                # Packed colours are written as the float or integer whose bits they are.
                packed = name in {"rgb", "rgba"}
                fields[name] = column.astype(self.pcd.forms[i]) if packed else column
            yield self._chunk(fields)
        if left:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {self.pcd.points:,} points, {left:,} are missing",
            )

    def _unpacked(self) -> dict[str, NDArray[Any]]:
        """LZF keeps the fields one after the other, not the points."""
        packed, plain = struct.unpack("<II", self._source.read_at(self.pcd.start, 8).ljust(8, b"\0"))
        if plain != self.pcd.points * self.pcd.dtype.itemsize or plain > MAX_UNPACKED_BYTES:
            raise KnownError(
                "count-mismatch", f"{self._source.name}: {plain:,} bytes unpacked do not fit its header"
            )
        data = np.frombuffer(self._source.read_at(self.pcd.start + 8, packed), np.uint8)
        if len(data) != packed:
            raise KnownError("truncated", f"{self._source.name} ends in the middle of its points")
        # LZF shrinks at most 264 bytes into three.
        if plain > packed * 90 + 64:
            raise KnownError(
                "corrupt-data", f"{self._source.name}: {packed:,} bytes cannot unpack to {plain:,}"
            )
        out = np.zeros(plain, np.uint8)
        if lzf_unpack(data, out) != plain:
            raise KnownError("corrupt-data", f"{self._source.name}: its compressed points are damaged")
        fields, at = {}, 0
        for name, form, count in zip(self.pcd.names, self.pcd.forms, self.pcd.counts, strict=True):
            size = np.dtype(form).itemsize * count * self.pcd.points
            fields[name] = out[at : at + size].view(form).reshape(self.pcd.points, count)[:, 0]
            at += size
        return fields

    def _chunk(self, fields: Any) -> PointChunk:
        names = set(self.pcd.names)
        xyz = np.stack([np.asarray(fields[axis], np.float64) for axis in "xyz"], axis=1)
        rgb = intensity = classes = None
        colour = next((name for name in ("rgb", "rgba") if name in names), None)
        if colour is not None:
            bits = np.ascontiguousarray(fields[colour]).view(np.uint32)
            rgb = np.stack([bits >> 16 & 255, bits >> 8 & 255, bits & 255], axis=1).astype(np.uint8)
        elif {"red", "green", "blue"} <= names:
            separate = np.stack(
                [np.asarray(fields[name], np.float64) for name in ("red", "green", "blue")], axis=1
            )
            shrink = 1 / 257 if separate.max(initial=0) > 255 else 1.0
            rgb = np.clip(np.nan_to_num(separate) * shrink, 0, 255).astype(np.uint8)
        if "intensity" in names:
            values = np.nan_to_num(np.asarray(fields["intensity"], np.float64))
            scale = 65535.0 if values.max(initial=0) <= 1 else 257.0 if values.max(initial=0) <= 255 else 1.0
            intensity = np.clip(values * scale, 0, 65535).round().astype(np.uint16)
        label = next((name for name in ("label", "classification") if name in names), None)
        if label is not None:
            classes = np.clip(np.nan_to_num(np.asarray(fields[label], np.float64)), 0, 255).astype(np.uint8)
        return PointChunk(xyz=xyz, rgb=rgb, intensity=intensity, classification=classes)


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
    if points != width * height or points < 0 or min(counts, default=0) < 1 or len(counts) != len(names):
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
