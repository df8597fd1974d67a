"""Which 1 m cells of a cloud its preview shows: the file read by laspy, the tiles as they are served."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin

import laspy
import numpy as np
from numpy.typing import NDArray

from tests.processing.points.decoding import glb_points

CHUNK_POINTS = 1_000_000
CELL_M = 1.0
_MIDDLE, _MASK = 1 << 20, (1 << 21) - 1


class Served(Protocol):
    """What answers with bytes and JSON by address."""

    def get(self, path: str) -> dict[str, Any]: ...

    def bytes_of(self, path: str) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The occupied cells, as whole metres, and of how many points.

    ``near`` has also the cells that a point may lie in within the error its tileset states.
    """

    cells: set[tuple[int, int, int]]
    points: int
    near: set[tuple[int, int, int]] = field(default_factory=set)


def cells_of_las(path: Path) -> Cells:
    """Read every point of a LAS file without a CRS: its coordinates are the version's own frame."""
    cells: set[tuple[int, int, int]] = set()
    points = 0
    with laspy.open(path) as reader:
        for chunk in reader.chunk_iterator(CHUNK_POINTS):
            cells |= _cells(np.column_stack([chunk.x, chunk.y, chunk.z]))
            points += len(chunk)
    return Cells(cells=cells, points=points)


def cells_of_tiles(site: Served, version_id: str) -> Cells:
    """Read every tile of a version's preview over HTTP and decode it with meshoptimizer's own decoder.

    Walls at whole metres count by how their positions were rounded: ``near`` says what that is worth.
    """
    derivatives = site.get(f"/v1/versions/{version_id}/derivatives")["items"]
    (preview,) = [made for made in derivatives if made["kind"] == "preview"]
    root = f"/t/s/{preview['id']}/tileset.json"
    document = json.loads(site.bytes_of(root))
    # Stated for the distance; on each axis it is the half of a step.
    slack_m = document["asset"]["extras"]["max_position_error_m"] / np.sqrt(3)
    cells: set[tuple[int, int, int]] = set()
    near: set[tuple[int, int, int]] = set()
    points = 0
    for uri, transform in _contents(document["root"], np.eye(4)):
        xyz, _, _ = glb_points(site.bytes_of(urljoin(root, uri)))
        held = xyz @ transform[:3, :3].T + transform[:3, 3]
        cells |= _cells(held)
        for corner in itertools.product((-slack_m, slack_m), repeat=3):
            near |= _cells(held + corner)
        points += len(held)
    return Cells(cells=cells, points=points, near=near)


def _contents(tile: dict[str, Any], above: NDArray[np.float64]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    transform = above
    if "transform" in tile:
        transform = above @ np.array(tile["transform"], np.float64).reshape(4, 4).T
    if "content" in tile:
        yield tile["content"]["uri"], transform
    for child in tile.get("children", ()):
        yield from _contents(child, transform)


def _cells(xyz: NDArray[np.float64]) -> set[tuple[int, int, int]]:
    # Sorting one number a point costs a tenth of sorting rows; 2^20 m each way are enough.
    cells = np.floor(xyz / CELL_M).astype(np.int64) + _MIDDLE
    found = np.unique(cells[:, 0] << 42 | cells[:, 1] << 21 | cells[:, 2])
    parts = (found >> 42, found >> 21 & _MASK, found & _MASK)
    return set(zip(*((part - _MIDDLE).tolist() for part in parts), strict=True))
