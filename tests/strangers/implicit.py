"""An implicit octree on disk, read by the specification (3D Tiles 1.1, 6.7) and nothing of ours."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One available tile: where it is, its box in the tileset's axes, and its content, if it has one."""

    level: int
    low: np.ndarray
    high: np.ndarray
    geometric_error_m: float
    content: Path | None


def cells_of(folder: Path) -> Iterator[Cell]:
    """Walk every subtree of the root tile of ``tileset.json``."""
    root = json.loads((folder / "tileset.json").read_text("utf-8"))["root"]
    tiling = root["implicitTiling"]
    assert tiling["subdivisionScheme"] == "OCTREE"
    box = np.array(root["boundingVolume"]["box"])
    low, side = box[:3] - box[[3, 7, 11]], 2 * box[[3, 7, 11]]
    waiting = [(0, 0, 0, 0)]
    while waiting:
        top = waiting.pop()
        tiles, contents, below = _subtree(folder / _filled(tiling["subtrees"]["uri"], top))
        at = 0
        for depth in range(tiling["subtreeLevels"]):
            for index in range(8**depth):
                place = _place(top, depth, index)
                assert not contents(at) or tiles(at)
                if tiles(at):
                    assert place[0] < tiling["availableLevels"]
                    size = side / 2 ** place[0]
                    content = folder / _filled(root["content"]["uri"], place) if contents(at) else None
                    yield Cell(
                        level=place[0],
                        low=low + size * place[1:],
                        high=low + size * (np.array(place[1:]) + 1),
                        geometric_error_m=root["geometricError"] / 2 ** place[0],
                        content=content,
                    )
                at += 1
        deepest = tiling["subtreeLevels"]
        waiting += [_place(top, deepest, index) for index in range(8**deepest) if below(index)]


def _subtree(path: Path):
    """Read a subtree file; answers by Morton index which tiles, contents and child subtrees there are."""
    data = path.read_bytes()
    magic, version, json_bytes, binary_bytes = struct.unpack_from("<4sIQQ", data)
    assert (magic, version, len(data)) == (b"subt", 1, 24 + json_bytes + binary_bytes)
    document = json.loads(data[24 : 24 + json_bytes])
    binary = data[24 + json_bytes :]

    def available(said: dict):
        if "constant" in said:
            return lambda _: bool(said["constant"])
        view = document["bufferViews"][said["bitstream"]]
        held = np.frombuffer(binary, np.uint8, view["byteLength"], view["byteOffset"])
        bits = np.unpackbits(held, bitorder="little")
        assert int(bits.sum()) == said["availableCount"]
        return lambda index: bool(bits[index])

    (contents,) = document["contentAvailability"]
    return (
        available(document["tileAvailability"]),
        available(contents),
        available(document["childSubtreeAvailability"]),
    )


def _place(top: tuple[int, ...], depth: int, index: int) -> tuple[int, int, int, int]:
    x, y, z = (
        sum((index >> (3 * bit + axis) & 1) << bit for bit in range(depth)) + (top[axis + 1] << depth)
        for axis in range(3)
    )
    return top[0] + depth, x, y, z


def _filled(template: str, place: tuple[int, ...]) -> str:
    return template.format(**dict(zip(("level", "x", "y", "z"), place, strict=True)))
