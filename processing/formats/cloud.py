"""What every point reader gives: a header, and chunks of about a million points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from processing.geometry.arrays import count_not_finite

CHUNK_POINTS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PointChunk:
    """Some points in the file's own coordinates and units, before any frame.

    xyz (n, 3) float64 (may hold NaN for invalid points); rgb (n, 3) uint8 sRGB; intensity (n,) uint16;
    classification (n,) uint8. ``invalid`` counts returns that the file itself marks as no point.
    """

    xyz: NDArray[np.float64]
    rgb: NDArray[np.uint8] | None = None
    intensity: NDArray[np.uint16] | None = None
    classification: NDArray[np.uint8] | None = None
    invalid: int = 0
    # Further numbers of each point (n,), by the file's own names; only a few readers give them.
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def finite(self) -> tuple[PointChunk, int]:
        """Answer the chunk without NaN and infinite points, and how many those were."""
        bad = int(count_not_finite(self.xyz))
        if not bad:
            return self, 0
        return self.where(np.asarray(np.isfinite(self.xyz).all(axis=1), np.bool_)), bad

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
    ``step_offset`` (3,) a point of it.
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
    details: dict[str, Any] = field(default_factory=dict)


class CloudReader(Protocol):
    """An opened file of points."""

    @property
    def header(self) -> CloudHeader:
        """What the file says of itself."""

    def chunks(self) -> Iterator[PointChunk]:
        """Read every point, in file order."""

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read about this many points spread over the file, by ranges, without the rest."""


def warning(kind: str, message: str) -> dict[str, str]:
    """Make one warning of a result."""
    return {"kind": kind, "message": message}


def sampled_blocks_of(total: int, points: int, block: int) -> tuple[list[tuple[int, int]], int]:
    """Choose blocks to read for a sample of ``points``, and which of their records to keep (every n-th)."""
    blocks = spread_blocks(total, points * SAMPLE_THINNING, block)
    every = max(1, round(sum(count for _, count in blocks) / max(1, points)))
    return blocks, every


# A sample reads this many times more than it keeps: neighbours in a file are neighbours on one scan line.
SAMPLE_THINNING = 6


def spread_blocks(total: int, wanted: int, block: int) -> list[tuple[int, int]]:
    """Choose blocks (start, count) spread evenly over ``total`` records, together about ``wanted``."""
    if total <= wanted or total <= block:
        return [(start, min(CHUNK_POINTS, total - start)) for start in range(0, total, CHUNK_POINTS)]
    blocks = max(1, -(-wanted // block))
    stride = total / blocks
    # The middle of each stretch, never past the end.
    starts = [min(int(stride * (i + 0.5)), total - block) for i in range(blocks)]
    return [(start, block) for start in starts]
