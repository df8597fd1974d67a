"""What every point reader gives: a header, and chunks of about a million points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

CHUNK_POINTS = 1_000_000
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, kw_only=True)
class PointChunk:
    """Some points in the file's own coordinates and units, before any frame.

    xyz (n, 3) float64 (may hold NaN for invalid points); rgb (n, 3) uint8 sRGB; intensity (n,) uint16;
    classification (n,) uint8. ``invalid`` counts returns that the file itself marks as no point; ``station``
    is the place of their station among those of the file.
    """

    xyz: NDArray[np.float64]
    rgb: NDArray[np.uint8] | None = None
    intensity: NDArray[np.uint16] | None = None
    classification: NDArray[np.uint8] | None = None
    invalid: int = 0
    station: int | None = None
    # Further numbers of each point (n,), by the file's own names; given where everything is asked for.
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def finite(self) -> tuple[PointChunk, int]:
        """Answer the chunk without NaN and infinite points, and how many those were."""
        # One NaN or infinity makes the sum no number; so may very large ones, which are looked at singly.
        with np.errstate(invalid="ignore", over="ignore"):
            if np.isfinite(self.xyz.sum()):
                return self, 0
        good = np.asarray(np.isfinite(self.xyz).all(axis=1), np.bool_)
        return self.where(good), int((~good).sum())

    def where(self, chosen: NDArray[Any] | slice) -> PointChunk:
        """Answer only the chosen points (mask, indices or slice)."""
        return replace(
            self,
            xyz=self.xyz[chosen],
            rgb=None if self.rgb is None else self.rgb[chosen],
            intensity=None if self.intensity is None else self.intensity[chosen],
            classification=None if self.classification is None else self.classification[chosen],
            extra={name: values[chosen] for name, values in self.extra.items()},
        )


@dataclass(frozen=True, kw_only=True)
class StepChunk:
    """Some points as whole steps of the file's own grid: xyz = steps * header.step + header.step_offset.

    steps (n, 3) int32; the others as in ``PointChunk``.
    """

    steps: NDArray[np.int32]
    rgb: NDArray[np.uint8] | None
    intensity: NDArray[np.uint16]
    classification: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Station:
    """One scanner set-up: 4x4 pose (file from scanner, metres) and the points it says it holds."""

    name: str
    pose: NDArray[np.float64]
    points: int

    def as_json(self) -> dict[str, Any]:
        """Write the station as it stands in the result of inspect."""
        return {"name": self.name, "pose": self.pose.tolist(), "points": self.points}


@dataclass(frozen=True, kw_only=True)
class CloudHeader:
    """What a file says of itself before its points are read.

    ``points`` is the declared number of records (None where only reading tells); ``bounds`` (2, 3) are
    declared, in file units, and may lie; ``step`` (3,) is the file's own grid, if it has one, and
    ``step_offset`` (3,) a point of it; ``extra`` are the types of further numbers of each point.
    """

    format: str
    points: int | None
    attributes: tuple[str, ...]
    crs_text: str | None = None
    units: str = "metre (assumed)"
    bounds: NDArray[np.float64] | None = None
    step: NDArray[np.float64] | None = None
    step_offset: NDArray[np.float64] | None = None
    stations: tuple[Station, ...] = ()
    warnings: tuple[dict[str, str], ...] = ()
    extra: Mapping[str, np.dtype[Any]] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


class CloudReader(Protocol):
    """An opened file of points."""

    @property
    def header(self) -> CloudHeader:
        """What the file says of itself."""

    @property
    def findings(self) -> list[dict[str, str]]:
        """What reading told besides: warnings, complete once every chunk was read."""

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every point, in file order; with ``everything`` also further numbers, held for believable."""

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read about this many points spread over the file, by ranges, without the rest."""


def warning(kind: str, message: str) -> dict[str, str]:
    """Make one warning of a result."""
    return {"kind": kind, "message": message}


def sampled_blocks_of(total: int, points: int, block: int) -> tuple[list[tuple[int, int]], int]:
    """Choose blocks to read for a sample of ``points``, and which of their records to keep (every n-th)."""
    blocks = spread_blocks(total, points, block)
    every = max(1, round(sum(count for _, count in blocks) / max(1, points)))
    return blocks, every


def pieces_of(total: int, most: int) -> list[tuple[int, int]]:
    """Cut ``total`` records into pieces (start, count) of at most ``most``."""
    return [(start, min(most, total - start)) for start in range(0, total, most)]


def one_of(count: int, every: int) -> NDArray[np.int64]:
    """Choose one of every so many records, at changing places: scanners have periods of their own."""
    group = np.arange(max(1, count // every))
    return np.minimum(group * every + (group * GOLDEN % 1 * every).astype(np.int64), count - 1)


def spread_blocks(total: int, wanted: int, block: int) -> list[tuple[int, int]]:
    """Choose blocks (start, count) spread evenly over ``total`` records, together about ``wanted``."""
    if total <= wanted or total <= block:
        return pieces_of(total, CHUNK_POINTS)
    blocks = max(1, -(-wanted // block))
    stride = total / blocks
    # The middle of each stretch, never past the end.
    starts = [min(int(stride * (i + 0.5)), total - block) for i in range(blocks)]
    return [(start, block) for start in starts]
