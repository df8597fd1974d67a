"""Joins the parts of a spread cloud into one tileset: the tiles above them, the tree, one index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.points.chunk_tiles import ChunkTiles, Records
from processing.points.joining import Joiner
from processing.points.octree import MAX_EXPLICIT_TILES, Node
from processing.points.shared.groups import (
    PART_TABLE,
    UPWARD,
    Group,
    named,
    read_records,
    read_spread,
    read_table,
)
from processing.points.shared.packs import JoinedSink
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.subtrees import TilePlace


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What a part said of its tiles, and how many records it has for each node above."""

    group: int
    index: dict[str, Any]
    digests: dict[str, str]
    nodes: dict[TilePlace, Node]
    upward: list[tuple[TilePlace, int]]


def folder_of(number: int) -> str:
    """Name the folder of a part, among the inputs and in the index."""
    return f"parts/{number:04d}/"


def join_parts(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Make one tileset of all parts, in the order of the cloud, whoever made them and when.

    Raises
    ------
    KnownError
        ``missing-reference`` if a part is not there, ``count-mismatch`` if they hold not all points.
    """
    spread = read_spread(inputs)
    sink = JoinedSink(out)
    joiner = Joiner(spread.plan, sink)
    progress.stage("joining", len(spread.groups), "parts")
    for group in spread.groups:
        part = _read(inputs, group)
        # Nodes that no part from here on reaches are written, so that little is held.
        joiner.passed(group.chunks[0])
        upward = list(_upward(inputs, part))
        joiner.add(ChunkTiles(chunk=group.chunks[0], tiles=[], upward=upward))
        for place, node in part.nodes.items():
            joiner.note(place, node)
        there = sum(node.points for node in part.nodes.values()) + sum(len(records) for _, records in upward)
        if there != group.points:
            raise KnownError(
                "count-mismatch", f"part {group.number} holds {there} points of {group.points}", "do it again"
            )
        sink.adopt(folder_of(group.number), part.index, part.digests)
        progress.advance(1)
    result = joiner.finish(explicit_tiles=int(arguments.get("explicit_tiles", MAX_EXPLICIT_TILES)))
    if result["points"] != spread.plan.points:
        raise KnownError(
            "count-mismatch", f"the tiles hold {result['points']} points of {spread.plan.points}", None
        )
    return result | spread.about | {"content_sha256": sink.content_sha256()}


def _read(inputs: Inputs, group: Group) -> _Part:
    def parsed(table: dict[str, Any]) -> _Part:
        nodes = {_place(name): _node(numbers) for name, numbers in table["nodes"].items()}
        part = _Part(
            group=int(table["group"]),
            index=dict(table["index"]),
            digests={str(key): str(digest) for key, digest in table["digests"].items()},
            nodes=nodes,
            upward=[(_four(place), int(count)) for place, count in table["upward"]],
        )
        if part.group != group.number:
            raise ValueError(f"part {part.group} stands for part {group.number}")
        return part

    return read_table(named(inputs, folder_of(group.number) + PART_TABLE), parsed)


def _upward(inputs: Inputs, part: _Part) -> Iterator[tuple[TilePlace, Records]]:
    source = named(inputs, folder_of(part.group) + UPWARD).source
    start = 0
    for place, count in part.upward:
        yield place, read_records(source, start, count)
        start += count


def _place(name: str) -> TilePlace:
    return _four([int(number) for number in name.split("-")])


def _four(numbers: list[int]) -> TilePlace:
    level, x, y, z = numbers
    return level, x, y, z


def _node(numbers: list[float]) -> Node:
    x, y, z, high_x, high_y, high_z, points = numbers
    low, high = np.array([x, y, z], np.float64), np.array([high_x, high_y, high_z], np.float64)
    return Node(low=low, high=high, points=int(points))
