"""Implicit tiling of 3D Tiles 1.1: availability of tiles as bits in subtree files."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A file of six levels has 37,449 bits of tiles; of seven, 300,000, which viewers unpack in seconds.
MOST_SUBTREE_LEVELS = 6
TilePlace = tuple[int, int, int, int]
CONTENT_URI = "tiles/{level}-{x}-{y}-{z}.glb"
SUBTREE_URI = "subtrees/{level}-{x}-{y}-{z}.subtree"


def subtree_levels(tiles: Iterable[TilePlace]) -> int:
    """Choose how many levels a subtree file covers: the fewest files, and of these the smallest."""
    at_level = Counter(place[0] for place in tiles)

    def files(levels: int) -> int:
        return sum(at_level[level] for level in range(0, max(at_level) + 1, levels))

    return min(range(2, MOST_SUBTREE_LEVELS + 1), key=files)


def implicit_root(
    box: list[float], geometric_error_m: float, *, levels: int, subtree_levels: int
) -> dict[str, Any]:
    """Write the root tile of an implicit octree with this many levels, in files of so many."""
    return {
        "boundingVolume": {"box": box},
        "geometricError": geometric_error_m,
        "content": {"uri": CONTENT_URI},
        "implicitTiling": {
            "subdivisionScheme": "OCTREE",
            "subtreeLevels": subtree_levels,
            "availableLevels": levels,
            "subtrees": {"uri": SUBTREE_URI},
        },
    }


def subtrees(tiles: dict[TilePlace, bool], levels: int) -> dict[str, bytes]:
    """Write the subtree files, of so many levels each, of the tiles (level, x, y, z) → has content.

    All ancestors must be listed. Answers key → bytes.
    """
    groups: dict[TilePlace, list[tuple[TilePlace, bool]]] = {}
    for place, filled in tiles.items():
        groups.setdefault(_root_of(place, levels), []).append((place, filled))
    return {
        SUBTREE_URI.format(**named(root)): _subtree(root, held, groups, levels)
        for root, held in groups.items()
    }


def named(place: TilePlace) -> dict[str, int]:
    """Answer what the templates above are filled with."""
    return dict(zip(("level", "x", "y", "z"), place, strict=True))


def _root_of(place: TilePlace, levels: int) -> TilePlace:
    down = place[0] % levels
    return place[0] - down, place[1] >> down, place[2] >> down, place[3] >> down


def _subtree(
    root: TilePlace,
    held: list[tuple[TilePlace, bool]],
    groups: dict[TilePlace, list[tuple[TilePlace, bool]]],
    levels: int,
) -> bytes:
    size = (8**levels - 1) // 7
    have, filled = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for place, content in held:
        depth = place[0] - root[0]
        at = (8**depth - 1) // 7 + _index(root, place, depth)
        have[at], filled[at] = True, content
    children = np.zeros(8**levels, np.bool_)
    below = root[0] + levels
    # Only roots that really exist below this one are looked at.
    deepest = [place for place, _ in held if place[0] == below - 1]
    for place in deepest:
        for digit in range(8):
            child = (
                below,
                place[1] * 2 + (digit & 1),
                place[2] * 2 + (digit >> 1 & 1),
                place[3] * 2 + (digit >> 2),
            )
            if child in groups:
                children[_index(root, child, levels)] = True
    return _written(have, filled, children)


def _index(root: TilePlace, place: TilePlace, depth: int) -> int:
    """Answer the Morton index of a place among all so many levels below a subtree's root."""
    x, y, z = (place[k] - (root[k] << depth) for k in (1, 2, 3))
    return sum(
        (x >> bit & 1) << 3 * bit | (y >> bit & 1) << 3 * bit + 1 | (z >> bit & 1) << 3 * bit + 2
        for bit in range(depth)
    )


def _written(have: NDArray[np.bool_], filled: NDArray[np.bool_], children: NDArray[np.bool_]) -> bytes:
    binary = bytearray()
    views: list[dict[str, int]] = []

    def availability(bits: NDArray[np.bool_]) -> dict[str, int]:
        count = int(bits.sum())
        if count in (0, len(bits)):
            return {"constant": int(count > 0)}
        packed = np.packbits(bits, bitorder="little").tobytes()
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(packed)})
        binary.extend(packed + b"\0" * (-len(packed) % 8))
        return {"bitstream": len(views) - 1, "availableCount": count}

    document: dict[str, Any] = {
        "tileAvailability": availability(have),
        "contentAvailability": [availability(filled)],
        "childSubtreeAvailability": availability(children),
    }
    if views:
        document = {"buffers": [{"byteLength": len(binary)}], "bufferViews": views} | document
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<4sIQQ", b"subt", 1, len(text), len(binary)) + text + bytes(binary)
