"""PTX (Leica): per station a grid, a pose, and one row per cell; rows of zeros are no return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudHeader, PointChunk, Station
from processing.formats.text_numbers import rows_of
from processing.room.sources import Source, open_source

HEAD_LINES = 10
READ_LINES = 200_000


@dataclass(frozen=True, kw_only=True)
class _Block:
    start: int
    columns: int
    rows: int
    cells: int
    width: int
    pose: NDArray[np.float64]


class PtxReader:
    """One PTX file; every station keeps its pose, points come out in the file's common frame."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        self._blocks = list(_blocks(source))
        stations = tuple(
            Station(name=f"station {i + 1}", pose=block.pose, points=block.cells)
            for i, block in enumerate(self._blocks)
        )
        colour = any(block.width >= 7 for block in self._blocks)
        intensity = any(block.width >= 4 for block in self._blocks)
        names = [
            "x",
            "y",
            "z",
            *(["intensity"] if intensity else []),
            *(["red", "green", "blue"] if colour else []),
        ]
        self.header = CloudHeader(
            format="ptx",
            points=sum(block.cells for block in self._blocks),
            attributes=tuple(names),
            stations=stations,
            details={"grids": [[block.columns, block.rows] for block in self._blocks]},
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every return of every station."""
        for block in self._blocks:
            yield from self._station(block, 1)

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read every n-th row; text has no rows that can be found without reading."""
        every = max(1, (self.header.points or 1) // max(1, points))
        for block in self._blocks:
            yield from self._station(block, every)

    def _station(self, block: _Block, every: int) -> Iterator[PointChunk]:
        with open_source(self._source) as file:
            file.seek(block.start)
            left = block.cells
            while left:
                lines = [file.readline() for _ in range(min(left, READ_LINES, CHUNK_POINTS))]
                left -= len(lines)
                rows, widths, _ = rows_of(b"".join(lines[::every]), max(block.width, 3))
                if len(rows) < len(lines[::every]) or (widths < 3).any():
                    raise _short(self._source, block)
                yield _chunk(rows, block)


def _chunk(rows: NDArray[np.float64], block: _Block) -> PointChunk:
    returned = (rows[:, :3] != 0).any(axis=1)
    kept = rows[returned]
    xyz = kept[:, :3] @ block.pose[:3, :3].T + block.pose[:3, 3]
    rgb = intensity = None
    if block.width >= 7:
        rgb = np.clip(np.nan_to_num(kept[:, 4:7]), 0, 255).astype(np.uint8)
    if block.width >= 4:
        intensity = np.clip(np.nan_to_num(kept[:, 3]) * 65535, 0, 65535).round().astype(np.uint16)
    return PointChunk(xyz=xyz, rgb=rgb, intensity=intensity, invalid=int((~returned).sum()))


def _blocks(source: Source) -> Iterator[_Block]:
    """Find the stations: each head says how many rows follow."""
    with open_source(source) as file:
        while True:
            head = [file.readline(4096) for _ in range(HEAD_LINES)]
            if not any(line.strip() for line in head):
                return
            block = _head(source, head, file.tell())
            first = file.readline(4096)
            block = _Block(**(vars(block) | {"width": min(len(first.split()), 7)}))
            for _ in range(block.cells - 1):
                if not file.readline(4096):
                    raise _short(source, block)
            yield block


def _head(source: Source, lines: list[bytes], start: int) -> _Block:
    try:
        columns, rows = int(lines[0]), int(lines[1])
        pose = np.array([[float(cell) for cell in line.split()] for line in lines[6:10]]).T
    except ValueError as error:
        raise KnownError("invalid-header", f"{source.name}: no PTX head at byte {start}: {error}") from error
    cells = columns * rows
    if columns < 1 or rows < 1 or cells * 6 > source.size:
        raise KnownError(
            "count-mismatch",
            f"{source.name} declares a grid of {columns} x {rows} in {source.size:,} bytes",
            "the export was cut off; export it again",
        )
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        raise KnownError("invalid-header", f"{source.name}: the pose at byte {start} is not a 4x4 matrix")
    if (
        not np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-3)
        or np.linalg.det(pose[:3, :3]) < 0
    ):
        raise KnownError(
            "invalid-header",
            f"{source.name}: a pose is not rigid (determinant {np.linalg.det(pose[:3, :3]):.3g})",
            "export it again without scaling or mirroring",
        )
    return _Block(start=start, columns=columns, rows=rows, cells=cells, width=3, pose=pose)


def _short(source: Source, block: _Block) -> KnownError:
    return KnownError(
        "count-mismatch",
        f"{source.name} declares {block.cells:,} rows for a station and ends before",
        "the export was cut off; export it again",
    )
