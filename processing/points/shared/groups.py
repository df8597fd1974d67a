"""What a spread cloud is: the plan of its tiles, its groups of chunks, and what its headers told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.points.chunking import CHUNK_POINTS, Chunk
from processing.points.plan import TilePlan
from processing.room.inputs import Input, Inputs
from processing.room.sources import MAX_RANGE_BYTES, Source

SCHEMA = 1
TABLE = "spread.json"
PART_TABLE, UPWARD = "part.json", "upward.bin"
RECORD_BYTES = 16
# A cell of 320,000 points holds more than a leaf (20,000), whatever belongs above it (64³ + 32³ + …): from
# there on tiles are the same as one worker's by proof, below by experience with surfaces.
LEAST_GROUP_POINTS = 50_000
# A table is a row for each chunk, or for each tile of a group: far below this for billions of points.
MAX_TABLE_BYTES = 256 << 20

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Group:
    """Neighbouring chunks that one worker tiles, and the file their records lie in, one after the other."""

    number: int
    chunks: list[Chunk]

    @property
    def points(self) -> int:
        """How many points."""
        return sum(chunk.points for chunk in self.chunks)

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"chunks-{self.number:04d}.bin"

    def row(self) -> dict[str, Any]:
        """What a job of this group is made from."""
        return {"number": self.number, "file": self.file, "points": self.points}

    def as_json(self) -> dict[str, Any]:
        """Write the group."""
        return self.row() | {"chunks": [chunk.as_json() for chunk in self.chunks]}


@dataclass(frozen=True, kw_only=True)
class Spread:
    """All that parts and their join know of the cloud; ``about`` is what ``tile`` answers of its headers."""

    plan: TilePlan
    groups: list[Group]
    about: dict[str, Any]

    def written(self) -> bytes:
        """Write the table."""
        groups = [group.as_json() for group in self.groups]
        table = {"schema": SCHEMA, "plan": self.plan.as_json(), "groups": groups, "about": self.about}
        return json.dumps(table, separators=(",", ":"), allow_nan=False).encode()


def chunk_points(group_points: int) -> int:
    """Answer how large chunks are by recipe: as always, unless a whole group is to be smaller."""
    if not isinstance(group_points, int) or group_points < LEAST_GROUP_POINTS:
        raise KnownError(
            "invalid-arguments", f"group_points is {group_points!r}", f"at least {LEAST_GROUP_POINTS} points"
        )
    return min(CHUNK_POINTS, group_points)


def grouped(chunks: list[Chunk], group_points: int) -> list[Group]:
    """Put chunks in Morton order into groups of at most so many points; a larger chunk stands alone."""
    groups: list[list[Chunk]] = []
    points = 0
    for chunk in chunks:
        if not groups or points + chunk.points > group_points:
            groups.append([])
            points = 0
        groups[-1].append(chunk)
        points += chunk.points
    return [Group(number=number, chunks=group) for number, group in enumerate(groups)]


def read_spread(inputs: Inputs) -> Spread:
    """Read the table of a spread cloud among the inputs."""

    def parsed(table: dict[str, Any]) -> Spread:
        groups = [
            Group(number=int(row["number"]), chunks=[Chunk.from_json(chunk) for chunk in row["chunks"]])
            for row in table["groups"]
        ]
        return Spread(plan=TilePlan.from_json(table["plan"]), groups=groups, about=dict(table["about"]))

    return read_table(named(inputs, TABLE), parsed)


def read_table(item: Input, parsed: Callable[[dict[str, Any]], T]) -> T:
    """Read a table of ours: it was written beside a stranger's bytes, so it may be anything."""
    if item.source.size > MAX_TABLE_BYTES:
        raise KnownError("too-large", f"{item.path} has {item.source.size} bytes, at most {MAX_TABLE_BYTES}")
    try:
        table = json.loads(item.source.read_at(0, item.source.size))
        if table["schema"] != SCHEMA:
            raise ValueError(f"schema {table['schema']!r}")
        return parsed(table)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise KnownError("corrupt-data", f"{item.path} is not the table it should be: {error!r}") from error


def named(inputs: Inputs, path: str) -> Input:
    """Find an input by its path."""
    for item in inputs:
        if item.path == path:
            return item
    raise KnownError("missing-reference", f"no {path} is among the inputs", "run the steps before this one")


def read_records(source: Source, start: int, count: int) -> NDArray[np.uint64]:
    """Read records (n, 2) of a file of ours, from record ``start`` on; the answer may be changed."""
    records = np.empty((count, 2), np.uint64)
    view = records.reshape(-1).view(np.uint8)
    offset = start * RECORD_BYTES
    end = offset + len(view)
    if end > source.size:
        raise KnownError("truncated", f"{source.name} ends at byte {source.size}, {end} are needed")
    for at in range(0, len(view), MAX_RANGE_BYTES):
        piece = view[at : at + MAX_RANGE_BYTES]
        piece[:] = np.frombuffer(source.read_at(offset + at, len(piece)), np.uint8)
    return records
