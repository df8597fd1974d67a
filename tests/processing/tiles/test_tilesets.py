"""tileset.json and implicit subtrees, read back by the specification."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from processing.points.grid import Cube, Grid
from processing.points.octree import Node, write_tileset
from processing.tiles.sinks import FolderSink
from processing.tiles.subtrees import MOST_SUBTREE_LEVELS, subtree_levels, subtrees
from processing.tiles.tileset import Tile, tileset_json


def test_it_writes_a_translation_only_at_the_root() -> None:
    leaf = Tile(low=np.zeros(3), high=np.ones(3), geometric_error_m=0.0, content="tiles/b.glb")
    root = Tile(
        low=np.zeros(3), high=np.full(3, 2.0), geometric_error_m=0.5, content="a.glb", children=[leaf]
    )
    written = json.loads(
        tileset_json(root, refine="REPLACE", origin=np.array([559_997.25, 1_820_000.5, 12.0]))
    )
    assert written["asset"]["version"] == "1.1"
    assert written["root"]["transform"][12:] == [559_997.25, 1_820_000.5, 12.0, 1]
    assert "transform" not in written["root"]["children"][0]
    assert written["root"]["boundingVolume"]["box"][:3] == [1, 1, 1]
    assert written["root"]["geometricError"] == 0.5
    # Nothing drawn of a cube of two metres: viewers hold this against what a pixel covers.
    assert written["geometricError"] == pytest.approx(2 * 3**0.5, rel=1e-3)


def test_it_keeps_a_flat_tile_inside_its_parent() -> None:
    corner = np.array([2.0, 2.0, 2.0])
    point = Tile(low=corner, high=corner, geometric_error_m=0.0, content="tiles/b.glb")
    root = Tile(low=np.zeros(3), high=corner, geometric_error_m=0.5, children=[point])
    above = json.loads(tileset_json(root, refine="ADD", origin=None))["root"]
    below = above["children"][0]
    boxes = [np.array(tile["boundingVolume"]["box"]) for tile in (above, below)]
    (outer, inner) = [(box[:3], box[[3, 7, 11]]) for box in boxes]
    assert (inner[1] > 0).all()
    assert (inner[0] + inner[1] <= outer[0] + outer[1] + 1e-9).all()


def available(entry: dict, document: dict, binary: bytes, bit: int) -> bool:
    if "constant" in entry:
        return entry["constant"] == 1
    view = document["bufferViews"][entry["bitstream"]]
    return bool(binary[view["byteOffset"] + bit // 8] >> (bit % 8) & 1)


def read_subtree(data: bytes) -> tuple[dict, bytes]:
    magic, version, text, size = struct.unpack_from("<4sIQQ", data)
    assert (magic, version, len(data)) == (b"subt", 1, 24 + text + size)
    return json.loads(data[24 : 24 + text]), data[24 + text :]


def walk(
    files: dict[str, bytes], levels: int, place: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> dict[tuple[int, int, int, int], bool]:
    """Read all tiles below a subtree's root, child by child, as a renderer does."""
    document, binary = read_subtree(files["subtrees/{}-{}-{}-{}.subtree".format(*place)])
    found = {}
    level, x, y, z = place
    waiting = [(0, 0, (level, x, y, z))]
    while waiting:
        depth, index, at = waiting.pop()
        if depth == levels:
            if available(document["childSubtreeAvailability"], document, binary, index):
                found |= walk(files, levels, at)
            continue
        bit = (8**depth - 1) // 7 + index
        if not available(document["tileAvailability"], document, binary, bit):
            continue
        found[at] = available(document["contentAvailability"][0], document, binary, bit)
        for child in range(8):
            below = (
                at[0] + 1,
                at[1] * 2 + (child & 1),
                at[2] * 2 + (child >> 1 & 1),
                at[3] * 2 + (child >> 2),
            )
            waiting.append((depth + 1, index * 8 + child, below))
    return found


def tree(leaves: int, seed: int) -> dict[tuple[int, int, int, int], bool]:
    rng = np.random.default_rng(seed)
    tiles = {(0, 0, 0, 0): True}
    for _ in range(leaves):
        depth = int(rng.integers(1, 10))
        x, y, z = (int(v) for v in rng.integers(0, 2**depth, 3))
        for level in range(depth, 0, -1):
            down = depth - level
            tiles.setdefault((level, x >> down, y >> down, z >> down), bool(rng.random() < 0.8))
    return tiles


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_every_tile_again_in_its_subtrees(seed: int) -> None:
    tiles = tree(400, seed)
    for levels in range(2, MOST_SUBTREE_LEVELS + 1):
        assert walk(subtrees(tiles, levels), levels) == tiles


def test_it_lists_a_shallow_tree_in_one_file_and_a_deep_one_in_few() -> None:
    for depth in range(1, MOST_SUBTREE_LEVELS + 1):
        shallow = surface(depth)
        assert len(subtrees(shallow, subtree_levels(shallow))) == 1
    deep = surface(MOST_SUBTREE_LEVELS + 1)
    assert len(subtrees(deep, subtree_levels(deep))) < len(deep) / 20


def surface(levels: int) -> dict[tuple[int, int, int, int], bool]:
    """Answer the tiles of a floor: four below each."""
    return {
        (level, x, y, 0): True for level in range(levels) for x in range(2**level) for y in range(2**level)
    }


def test_it_goes_implicit_above_two_thousand_tiles(tmp_path: Path) -> None:
    cube = Cube(grid=Grid(origin=np.zeros(3), step_m=0.001), corner=np.zeros(3, np.int64), bits=17)
    node = Node(low=np.zeros(3), high=np.ones(3), points=5)
    many = {place: node for place, filled in tree(3000, 5).items() if filled}
    few = dict(list(many.items())[:50])
    assert len(many) > 2000
    assert write_tileset(many, cube, FolderSink(tmp_path / "many"), {})
    assert not write_tileset(few, cube, FolderSink(tmp_path / "few"), {})
    root = json.loads((tmp_path / "many/tileset.json").read_text())["root"]
    assert root["implicitTiling"]["subdivisionScheme"] == "OCTREE"
    assert root["implicitTiling"]["availableLevels"] == 1 + max(place[0] for place in many)
    files = {f"subtrees/{p.name}": p.read_bytes() for p in (tmp_path / "many/subtrees").iterdir()}
    read = walk(files, root["implicitTiling"]["subtreeLevels"])
    assert {place for place, filled in read.items() if filled} == set(many)
    half = root["boundingVolume"]["box"][3]
    assert half == pytest.approx(0.001 * 2**16)
