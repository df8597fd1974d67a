"""PTX (Leica): per station a grid, a pose, and one row per cell; rows of zeros are no return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CloudHeader, PointChunk, Station, warning
from processing.formats.scales import Intensity, eight_bit
from processing.formats.text_numbers import check_numbers, last_line_open, line_blocks, rows_of
from processing.room.sources import Source

HEAD_LINES = 10
MAX_HEAD_BYTES = 4096
SCAN_BYTES = 4 << 20
# From feet to millimetres is 305; what is beyond is no unit.
MOST_SCALE = 1e4
EXTRA = {"row": np.dtype("i4"), "column": np.dtype("i4")}


@dataclass(frozen=True, kw_only=True)
class _Block:
    """One station: bytes start to end hold ``cells`` rows of ``width`` numbers."""

    number: int
    start: int
    end: int
    columns: int
    rows: int
    width: int
    pose: NDArray[np.float64]
    # What the pose makes of a metre; writers put a change of unit into it.
    scale: float

    @property
    def rigid(self) -> NDArray[np.float64]:
        """The pose (4, 4) without its scale."""
        made = self.pose.copy()
        made[:3, :3] /= self.scale
        return made

    @property
    def cells(self) -> int:
        return self.columns * self.rows


class PtxReader:
    """One PTX file; every station keeps its pose, points come out in the file's common frame.

    The places of the stations are only found by counting lines: the file is read through once.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        self._blocks = list(_blocks(source))
        self._intensity = Intensity(0.0, 1.0)
        stations = tuple(
            Station(name=f"station {block.number + 1}", pose=block.rigid, points=block.cells)
            for block in self._blocks
        )
        coloured = any(block.width >= 7 for block in self._blocks)
        intense = any(block.width >= 4 for block in self._blocks)
        names = ["x", "y", "z"] + ["intensity"] * intense + ["red", "green", "blue"] * coloured
        self.header = CloudHeader(
            format="ptx",
            points=sum(block.cells for block in self._blocks),
            attributes=tuple(names),
            stations=stations,
            warnings=(*last_line_open(source), *_scaled(self._blocks)),
            extra=EXTRA | ({"intensity": np.dtype("f8")} if intense else {}),
            details={"grids": [[block.columns, block.rows] for block in self._blocks]},
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every return of every station."""
        self._intensity.clipped = 0
        for block in self._blocks:
            yield from self._station(block, 1, everything=everything)
        self.findings = self._intensity.findings()

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Keep every n-th row; text has no rows that can be found without reading."""
        every = max(1, (self.header.points or 1) // max(1, points))
        for block in self._blocks:
            yield from self._station(block, every, everything=False)

    def _station(self, block: _Block, every: int, *, everything: bool) -> Iterator[PointChunk]:
        done = 0
        for text in line_blocks(self._source, block.start, block.end):
            rows, widths, starts = rows_of(text, block.width, comma_is_separator=False)
            if (widths != block.width).any():
                raise KnownError(
                    "corrupt-data",
                    f"{self._source.name}: a row of {int(widths[widths != block.width][0])} numbers among "
                    f"rows of {block.width}",
                    "the export was cut off or joined; export it again",
                )
            check_numbers(self._source, text, rows, starts)
            cells = np.arange(done, done + len(rows))
            done += len(rows)
            yield self._chunk(rows[::every], cells[::every], block, everything=everything)
        if done != block.cells:
            raise _short(self._source, block.cells)

    def _chunk(
        self, rows: NDArray[np.float64], cells: NDArray[np.int64], block: _Block, *, everything: bool
    ) -> PointChunk:
        returned = (rows[:, :3] != 0).any(axis=1)
        kept = rows[returned]
        extra = {}
        if everything:
            # Rows run up each column of the grid, column after column.
            column, row = np.divmod(cells[returned], block.rows)
            extra = {"row": row.astype("i4"), "column": column.astype("i4")}
            extra |= {"intensity": kept[:, 3].copy()} if block.width >= 4 else {}
        return PointChunk(
            xyz=kept[:, :3] @ block.pose[:3, :3].T + block.pose[:3, 3],
            rgb=eight_bit(kept[:, 4:7], 255.0) if block.width >= 7 else None,
            intensity=self._intensity(kept[:, 3]) if block.width >= 4 else None,
            invalid=int((~returned).sum()),
            station=block.number,
            extra=extra,
        )


def _scaled(blocks: list[_Block]) -> list[dict[str, str]]:
    """Say which stations' poses scale: their points are where the file puts them."""
    found = [block for block in blocks if block.scale != 1.0]
    if not found:
        return []
    text = f"the poses of {len(found)} stations scale by {found[0].scale:.6g}; points are placed as they say"
    return [warning("scaled-pose", f"{text}: check the size of things")]


def _blocks(source: Source) -> Iterator[_Block]:
    """Find the stations: each head says how many rows follow."""
    position, number = 0, 0
    while True:
        head = source.read_at(position, MAX_HEAD_BYTES)
        if not head.strip():
            if number or position < source.size:
                return
            raise KnownError("empty-result", f"{source.name} holds no station", "export it again")
        blank = len(head) - len(head.lstrip(b"\r\n \t"))
        lines = head[blank:].split(b"\n", HEAD_LINES)
        if len(lines) <= HEAD_LINES:
            raise KnownError(
                "truncated",
                f"{source.name} ends inside the head of station {number + 1}",
                "the export was cut off; export it again",
            )
        start = position + blank + sum(len(line) + 1 for line in lines[:HEAD_LINES])
        columns, rows, pose, scale = _head(source, lines, position)
        end = _end_of_lines(source, start, columns * rows)
        first = source.read_at(start, MAX_HEAD_BYTES).split(b"\n", 1)[0].split()
        if len(first) not in (3, 4, 7):
            raise KnownError(
                "invalid-header", f"{source.name}: rows of {len(first)} numbers are no PTX", "export it again"
            )
        width = min(len(first), 7)
        yield _Block(
            number=number,
            start=start,
            end=end,
            columns=columns,
            rows=rows,
            width=width,
            pose=pose,
            scale=scale,
        )
        position, number = end, number + 1


def _end_of_lines(source: Source, start: int, lines: int) -> int:
    """Find where so many lines from ``start`` end."""
    position, left = start, lines
    while left:
        block = source.read_at(position, SCAN_BYTES)
        if not block:
            break
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10)
        if len(ends) >= left:
            return position + int(ends[left - 1]) + 1
        left -= len(ends)
        position += len(block)
    # The very last line may lack its end.
    if left == 1 and position > start and source.read_at(position - 1, 1) not in (b"\n", b""):
        return position
    raise _short(source, lines)


def _head(source: Source, lines: list[bytes], start: int) -> tuple[int, int, NDArray[np.float64], float]:
    try:
        columns, rows = int(lines[0]), int(lines[1])
        pose = np.array([[float(cell) for cell in line.split()] for line in lines[6:10]]).T
    except ValueError as error:
        raise KnownError("invalid-header", f"{source.name}: no PTX head at byte {start}: {error}") from error
    if columns < 1 or rows < 1 or columns * rows * 6 > source.size:
        raise KnownError(
            "count-mismatch",
            f"{source.name} declares a grid of {columns} x {rows} in {source.size:,} bytes",
            "the export was cut off; export it again",
        )
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        raise KnownError("invalid-header", f"{source.name}: the pose at byte {start} is not a 4x4 matrix")
    return columns, rows, pose, _scale(source, pose[:3, :3])


def _scale(source: Source, turn: NDArray[np.float64]) -> float:
    """Answer by how much a pose scales, alike in all directions; mirrors and shears are refused."""
    volume = float(np.linalg.det(turn))
    scale = abs(volume) ** (1 / 3)
    believable = 1 / MOST_SCALE <= scale <= MOST_SCALE and volume > 0
    if not believable or not np.allclose(turn @ turn.T / scale**2, np.eye(3), atol=1e-3):
        raise KnownError(
            "invalid-header",
            f"{source.name}: a pose is not rigid (determinant {volume:.3g})",
            "export it again without shearing or mirroring",
        )
    return scale if abs(scale - 1) > 1e-3 else 1.0


def _short(source: Source, cells: int) -> KnownError:
    return KnownError(
        "count-mismatch",
        f"{source.name} declares {cells:,} rows for a station and ends before",
        "the export was cut off; export it again",
    )
