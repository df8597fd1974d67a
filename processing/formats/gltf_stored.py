"""Plain accessors of a glTF where they stand: any rows of them, without the rest of their buffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats.gltf_accessors import normalised, rows_of, shape_of
from processing.formats.gltf_document import Document, is_whole, stored_buffer
from processing.room.sources import Source


@dataclass(frozen=True, kw_only=True)
class Rows:
    """An accessor whose rows begin ``stride`` bytes apart; ``scaled`` integers stand for 0..1 or -1..1."""

    source: Source
    offset: int
    stride: int
    dtype: type[Any]
    width: int
    count: int
    scaled: bool

    def read(self, begin: int, count: int) -> npt.NDArray[Any]:
        """Read rows (count, width) of its own component type."""
        size = np.dtype(self.dtype).itemsize * self.width
        wanted = (count - 1) * self.stride + size
        data = self.source.read_at(self.offset + begin * self.stride, wanted)
        if len(data) < wanted:
            raise KnownError("truncated", f"{self.source.name} ends too early", "send the file again")
        return rows_of(data, self.stride, self.dtype, self.width, count)

    def floats(self, begin: int, count: int) -> npt.NDArray[np.float64]:
        """Read rows (count, width) as float64."""
        return normalised(self.read(begin, count), self.scaled)


def stored_rows(document: Document, number: Any) -> Rows | None:
    """Answer where the rows of an accessor stand; None if it is not plain, or does not fit its bytes."""
    entry = document.entry("accessors", number)
    if "bufferView" not in entry or "sparse" in entry:
        return None
    dtype, width, count = shape_of(document, entry)
    view = document.entry("bufferViews", entry["bufferView"])
    if view.get("extensions"):
        return None
    buffer = stored_buffer(document, view.get("buffer"))
    size = np.dtype(dtype).itemsize * width
    inside, before = entry.get("byteOffset", 0), view.get("byteOffset", 0)
    stride, length = view.get("byteStride", size), view.get("byteLength")
    if buffer is None or not all(is_whole(n) and n >= 0 for n in (inside, before, stride, length)):
        return None
    fits = inside + (count - 1) * stride + size <= length and before + length <= buffer.length
    if stride < size or not fits:
        return None
    return Rows(
        source=buffer.source,
        offset=buffer.offset + before + inside,
        stride=stride,
        dtype=dtype,
        width=width,
        count=count,
        scaled=bool(entry.get("normalized", False)),
    )
