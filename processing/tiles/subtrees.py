"""Implicit tiling of 3D Tiles 1.1: availability of tiles as bits in subtree files."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.geometry.morton import morton_keys

SUBTREE_LEVELS = 4
TilePlace = tuple[int, int, int, int]
CONTENT_URI = "tiles/{level}-{x}-{y}-{z}.glb"
SUBTREE_URI = "subtrees/{level}-{x}-{y}-{z}.subtree"


def implicit_root(box: list[float], geometric_error_m: float, levels: int) -> dict[str, Any]:
    """Write the root tile of an implicit octree with this many levels."""
    return {
        "boundingVolume": {"box": box},
        "geometricError": geometric_error_m,
        "content": {"uri": CONTENT_URI},
        "implicitTiling": {
            "subdivisionScheme": "OCTREE",
            "subtreeLevels": SUBTREE_LEVELS,
            "availableLevels": levels,
            "subtrees": {"uri": SUBTREE_URI},
        },
    }


def subtrees(tiles: dict[TilePlace, bool]) -> dict[str, bytes]:
    """Write every subtree of the tiles (level, x, y, z) → has content; all ancestors must be listed.

    Answers key → bytes.
    """
    groups: dict[TilePlace, list[tuple[TilePlace, bool]]] = {}
    for place, filled in tiles.items():
        groups.setdefault(_root_of(place), []).append((place, filled))
    return {SUBTREE_URI.format(**_named(root)): _subtree(root, held, groups) for root, held in groups.items()}


def _named(place: TilePlace) -> dict[str, int]:
    return dict(zip(("level", "x", "y", "z"), place, strict=True))


def _root_of(place: TilePlace) -> TilePlace:
    level = place[0] - place[0] % SUBTREE_LEVELS
    down = place[0] - level
    return level, place[1] >> down, place[2] >> down, place[3] >> down


def _subtree(
    root: TilePlace, held: list[tuple[TilePlace, bool]], groups: dict[TilePlace, list[tuple[TilePlace, bool]]]
) -> bytes:
    size = (8**SUBTREE_LEVELS - 1) // 7
    have, filled = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for place, content in held:
        depth = place[0] - root[0]
        at = (8**depth - 1) // 7 + _index(root, place, depth)
        have[at], filled[at] = True, content
    children = np.zeros(8**SUBTREE_LEVELS, np.bool_)
    below = root[0] + SUBTREE_LEVELS
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
                children[_index(root, child, SUBTREE_LEVELS)] = True
    return _written(have, filled, children)


def _index(root: TilePlace, place: TilePlace, depth: int) -> int:
    inside = [[place[k] - (root[k] << depth) for k in (1, 2, 3)]]
    return int(morton_keys(np.array(inside, np.uint32))[0])


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
