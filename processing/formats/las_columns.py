"""Records of LAS cut into columns, a cache's worth at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.formats.cloud import PointChunk, StepChunk
from processing.formats.las_header import RGB_OFFSET, LasHeader

# 36 bytes in and 30 out: about 1 MiB.
BLOCK_POINTS = 16_384


@dataclass(frozen=True, kw_only=True)
class RowLayout:
    """Where things stand in a record: byte of the class and its bits, first byte of colours (-1: none).

    Coordinates are three int32 at 0, intensity a uint16 at 12; colours are three uint16, and eight bits of
    one are ``colour >> rgb_shift``, 255 where that is more.
    """

    classification_at: int
    class_mask: int
    rgb_at: int
    rgb_shift: int


def record_dtype(las: LasHeader) -> np.dtype[Any]:
    """Name what is drawn: x, y, z, intensity, classification, maybe colours."""
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


class Columns:
    """Columns of ``points`` points to be filled from records."""

    def __init__(self, las: LasHeader, points: int, wide: bool, *, integers: bool = False) -> None:
        """``wide`` colours are 16-bit; ``integers`` leaves the coordinates as they are in the file."""
        self._las, self._wide, self._points, self._filled = las, wide, points, 0
        self._dtype = record_dtype(las)
        self._steps = np.empty((points, 3), np.int32) if integers else None
        self._xyz = None if integers else np.empty((points, 3))
        self._rgb = np.empty((points, 3), np.uint8) if "red" in (self._dtype.names or ()) else None
        self._intensity = np.empty(points, np.uint16)
        self._classification = np.empty(points, np.uint8)

    @property
    def full(self) -> bool:
        """Whether every point is there."""
        return self._filled == self._points

    def take(self, rows: NDArray[np.uint8]) -> int:
        """Fill in records (n, record length), as many as there is room for; answer how many."""
        taken = min(len(rows), self._points - self._filled)
        for at in range(0, taken, BLOCK_POINTS):
            part = rows[at : min(at + BLOCK_POINTS, taken)]
            self._fill(part, slice(self._filled, self._filled + len(part)))
            self._filled += len(part)
        return taken

    def steps_of(self, rows: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Answer the integer coordinates (n, 3) of records."""
        return np.ascontiguousarray(rows[:, :12]).view("<i4")

    def points(self) -> PointChunk:
        """Answer the columns as points."""
        assert self._xyz is not None
        return PointChunk(
            xyz=self._xyz, rgb=self._rgb, intensity=self._intensity, classification=self._classification
        )

    def stepped(self) -> StepChunk:
        """Answer the columns with coordinates as whole steps."""
        assert self._steps is not None
        return StepChunk(
            steps=self._steps, rgb=self._rgb, intensity=self._intensity, classification=self._classification
        )

    def _fill(self, rows: NDArray[np.uint8], place: slice) -> None:
        las = self._las
        records = rows.reshape(-1).view(self._dtype)
        for k, axis in enumerate("xyz"):
            if self._steps is not None:
                self._steps[place, k] = records[axis]
            elif self._xyz is not None:
                metres = self._xyz[place, k]
                np.multiply(records[axis], las.scale[k], out=metres)
                metres += las.offset[k]
        if self._rgb is not None:
            self._colours(rows, self._rgb[place])
        self._intensity[place] = records["intensity"]
        if las.point_format < 6:
            np.bitwise_and(rows[:, 15], 0x1F, out=self._classification[place])
        else:
            self._classification[place] = rows[:, 16]

    def _colours(self, rows: NDArray[np.uint8], rgb: NDArray[np.uint8]) -> None:
        at = RGB_OFFSET[self._las.point_format]
        for k in range(3):
            low, high = rows[:, at + 2 * k], rows[:, at + 2 * k + 1]
            if self._wide:
                rgb[:, k] = high
            else:
                # What is brighter than eight bits after all is white, never wrapped round.
                rgb[:, k] = np.where(high == 0, low, 255)
