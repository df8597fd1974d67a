"""A cloud of one or more files, in the version's own frame: true metres, float64."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CloudReader, PointChunk
from processing.formats.clouds import open_reader
from processing.formats.detect import CLOUDS, SPLATS, format_of, unsupported
from processing.geometry.frames import Frame
from processing.points.crs_choice import chosen_frame
from processing.room.inputs import Inputs

PROBE_POINTS = 2_000


@dataclass
class Cloud:
    """Opened files that share a frame. ``dropped`` and ``invalid`` count while chunks are read."""

    readers: tuple[CloudReader, ...]
    frame: Frame
    file_bounds: NDArray[np.float64]
    dropped: int = 0
    invalid: int = 0

    @property
    def declared(self) -> int | None:
        """Points that the files declare together, if all of them do."""
        counts = [reader.header.points for reader in self.readers]
        return None if None in counts else sum(count for count in counts if count is not None)

    def own_step_m(self) -> float | None:
        """Answer the files' own grid in metres, if all their coordinates are whole steps from zero."""
        steps: set[float] = set()
        for reader in self.readers:
            step, offset = reader.header.step, reader.header.step_offset
            if step is None or offset is None or self.frame.as_json()["kind"] != "free":
                return None
            shift = offset / step
            if np.abs(shift - np.round(shift)).max() > 1e-3 or step.max() != step.min():
                return None
            steps.add(float(step[0]))
        per_metre = 1 / min(steps, default=1.0)
        # The origin stands at whole metres: a step must divide one.
        exact = len(steps) == 1 and abs(per_metre - round(per_metre)) < 1e-6
        return steps.pop() if exact else None

    def expected_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bring the corners of the declared bounds into the frame; points may lie outside."""
        picks = [(i & 1, i >> 1 & 1, i >> 2 & 1) for i in range(8)]
        corners = self.frame.bring(
            np.array([[self.file_bounds[b, k] for k, b in enumerate(p)] for p in picks])
        )
        return corners.min(axis=0), corners.max(axis=0)

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every point, finite and in the frame; with ``everything`` hold files against themselves."""
        self.dropped = self.invalid = 0
        for reader in self.readers:
            for chunk in reader.chunks(everything=everything):
                yield from self._brought(chunk)

    @property
    def findings(self) -> list[dict[str, str]]:
        """What reading told besides."""
        return [finding for reader in self.readers for finding in reader.findings]

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read about this many points, spread over the files."""
        total = self.declared
        for reader in self.readers:
            part = 1.0 / len(self.readers)
            if total and reader.header.points is not None:
                part = reader.header.points / total
            for chunk in reader.sample(max(1, round(points * part))):
                yield from self._brought(chunk)

    def _brought(self, chunk: PointChunk) -> Iterator[PointChunk]:
        finite, bad = chunk.finite()
        self.dropped += bad
        self.invalid += chunk.invalid
        if len(finite.xyz):
            yield replace(finite, xyz=self.frame.bring(finite.xyz))

    def _brought_pose(self, pose: NDArray[np.float64]) -> NDArray[np.float64]:
        """Carry a pose into the frame by what becomes of its origin and its three unit axes."""
        place = pose[:3, 3]
        ends = self.frame.bring(np.vstack([place, place + pose[:3, :3].T]))
        left, _, right = np.linalg.svd((ends[1:] - ends[0]).T)
        made = np.eye(4)
        made[:3, :3], made[:3, 3] = left @ right, ends[0]
        return made

    def stations(self) -> list[dict[str, Any]]:
        """Answer the stations with their poses, brought into the frame."""
        stations = [station for reader in self.readers for station in reader.header.stations]
        return [replace(s, pose=self._brought_pose(s.pose)).as_json() for s in stations]


def open_cloud(inputs: Inputs, folder: Path, *, crs: str | None = None) -> Cloud:
    """Open every cloud among the inputs as one; folder is for copies that a library needs.

    ``crs`` is what the people of the capture say; it holds where the files name none that is understood.
    """
    readers = []
    for item in inputs:
        form = format_of(item)
        if form in CLOUDS | SPLATS:
            readers.append(open_reader(item, form, folder))
        elif len(inputs) == 1:
            raise unsupported(item.path, form)
    if not readers:
        raise KnownError("invalid-arguments", "none of the files is a point cloud")
    texts = {reader.header.crs_text for reader in readers}
    if len(texts) > 1:
        raise KnownError(
            "invalid-arguments",
            f"{len(readers)} files of one upload name {len(texts)} different CRS",
            "upload files of different CRS as different assets",
        )
    bounds = np.stack([_believable_bounds(reader) for reader in readers])
    together = np.stack([bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)])
    return Cloud(readers=tuple(readers), frame=chosen_frame(texts.pop(), crs, together), file_bounds=together)


def _believable_bounds(reader: CloudReader) -> NDArray[np.float64]:
    """Take the declared bounds if some real points lie in them, else those of a sample."""
    declared = reader.header.bounds
    seen = [chunk.finite()[0].xyz for chunk in _first(reader)]
    points = np.concatenate(seen) if seen else np.zeros((0, 3))
    if not len(points):
        return np.zeros((2, 3)) if declared is None else declared
    measured = np.stack([points.min(axis=0), points.max(axis=0)])
    if declared is None or (declared[1] < declared[0]).any():
        return measured
    slack = np.maximum(1e-6 * np.abs(declared).max(axis=0), 1e-6)
    inside = (measured[0] >= declared[0] - slack).all() and (measured[1] <= declared[1] + slack).all()
    return declared if inside else measured


def _first(reader: CloudReader) -> Iterator[PointChunk]:
    """With no declared bounds a sample is needed; with them one block is enough to hold them against."""
    for chunk in reader.sample(PROBE_POINTS):
        yield chunk
        if reader.header.bounds is not None and len(chunk.xyz):
            return
