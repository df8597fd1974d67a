"""The tree of a packed tileset as its files say it: tileset.json, or implicit subtrees (3D Tiles 1.1)."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[NDArray[np.float64], NDArray[np.float64]]
# Boxes are written to a tenth of a micrometre.
SLACK_M = 2e-7


@dataclass(kw_only=True)
class Written:
    """What the files say: of each content its level, its box, and whether something is drawn below it.

    Boxes are metres in the frame of the root tile, ``origin`` (3,) its translation; ``errors`` are stated
    ones, ``children`` the contents next below, over tiles without content. Faults are counted:
    ``outside`` children that reach out of their parent, ``rising`` errors that do not fall from a tile to
    the one below (a leaf may repeat 0), ``lost`` contents named and not there, or there and never named.
    """

    root_error_m: float
    origin: NDArray[np.float64]
    extras: dict[str, Any]
    implicit: bool
    levels: dict[str, int] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    refined: set[str] = field(default_factory=set)
    outside: int = 0
    rising: int = 0
    lost: int = 0


def written_tree(folder: Path) -> Written:
    """Read and judge the tree of a packed tileset."""
    index = json.loads((folder / "index.json").read_bytes())

    def piece(key: str) -> bytes:
        pack, offset, length, _ = index["entries"][key]
        with (folder / index["packs"][pack]).open("rb") as file:
            file.seek(offset)
            data: bytes = file.read(length)
        return data

    tileset = json.loads(piece("tileset.json"))
    root = tileset["root"]
    transform = np.array(root.get("transform", np.eye(4).ravel()), np.float64).reshape(4, 4).T
    if not np.array_equal(transform[:3, :3], np.eye(3)):
        raise ValueError(f"the root is turned or scaled: {transform.tolist()}")
    tree = Written(
        root_error_m=root["geometricError"],
        origin=transform[:3, 3],
        extras=tileset["asset"].get("extras", {}),
        implicit="implicitTiling" in root,
    )
    tree.rising += tileset["geometricError"] < root["geometricError"]
    if tree.implicit:
        _implicit(tree, root, index["entries"], piece)
    else:
        _explicit(tree, root)
    there = {key for key in index["entries"] if key.endswith(".glb")}
    tree.lost += len(there ^ set(tree.levels))
    return tree


def _explicit(tree: Written, root: dict[str, Any]) -> None:
    waiting: list[tuple[dict[str, Any], int, str | None]] = [(root, 0, None)]
    while waiting:
        tile, level, above_key = waiting.pop()
        low, high = _bounds(tile["boundingVolume"]["box"])
        if "content" in tile:
            key = tile["content"]["uri"]
            tree.lost += key in tree.levels
            tree.levels[key], tree.boxes[key] = level, (low, high)
            tree.errors[key] = tile["geometricError"]
            if above_key is not None:
                tree.children.setdefault(above_key, []).append(key)
            above_key = key
            if tile.get("children"):
                tree.refined.add(key)
        for child in tile.get("children", []):
            inner_low, inner_high = _bounds(child["boundingVolume"]["box"])
            tree.outside += bool((inner_low < low - SLACK_M).any() or (inner_high > high + SLACK_M).any())
            above, below = tile["geometricError"], child["geometricError"]
            tree.rising += not (below < above or above == below == 0)
            waiting.append((child, level + 1, above_key))


def _implicit(tree: Written, root: dict[str, Any], entries: dict[str, Any], piece: Any) -> None:
    """Walk the subtrees; boxes and errors are halved by definition, so children cannot stand out or rise."""
    told = root["implicitTiling"]
    depth, low_high = told["subtreeLevels"], _bounds(root["boundingVolume"]["box"])
    side = low_high[1] - low_high[0]
    tree.rising += not root["geometricError"] > 0
    waiting, seen = [(0, 0, 0, 0)], set()
    while waiting:
        top = waiting.pop()
        name = _named(told["subtrees"]["uri"], top)
        if name not in entries or name in seen:
            tree.lost += 1
            continue
        seen.add(name)
        have, filled, below = _availability(piece(name), depth)
        tree.lost += int((filled & ~have).sum())
        for at in np.flatnonzero(have).tolist():
            place = _place(top, at, depth)
            if at:
                # The tile above must be there too, or nobody ever comes down to this one.
                tree.lost += not have[_number_of_parent(at)]
            if filled[at]:
                key = _named(root["content"]["uri"], place)
                cell = side / 2 ** place[0]
                low = low_high[0] + cell * np.array(place[1:])
                tree.levels[key], tree.boxes[key] = place[0], (low, low + cell)
                tree.errors[key] = root["geometricError"] / 2 ** place[0]
        waiting += [_below(top, number, depth) for number in np.flatnonzero(below).tolist()]
    places = {
        tuple(int(part) for part in key.split("/")[-1].split(".")[0].split("-")): key for key in tree.levels
    }
    for level, x, y, z in places:
        for up in range(1, level + 1):
            above = (level - up, x >> up, y >> up, z >> up)
            if above in places:
                tree.children.setdefault(places[above], []).append(places[level, x, y, z])
                tree.refined.add(places[above])
                break
    deepest = max(tree.levels.values()) + 1
    tree.lost += deepest != told["availableLevels"]


def _bounds(box: list[float]) -> Box:
    numbers = np.array(box, np.float64)
    half = np.abs(numbers[3:].reshape(3, 3)).sum(axis=0)
    return numbers[:3] - half, numbers[:3] + half


def _availability(data: bytes, depth: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    magic, _, json_bytes, _ = struct.unpack_from("<4sIQQ", data)
    if magic != b"subt":
        raise ValueError("no subtree")
    told, binary = json.loads(data[24 : 24 + json_bytes]), data[24 + json_bytes :]
    tiles = (8**depth - 1) // 7

    def bits(one: dict[str, Any], count: int) -> NDArray[np.bool_]:
        if "constant" in one:
            return np.full(count, bool(one["constant"]))
        view = told["bufferViews"][one["bitstream"]]
        raw = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        return np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")[:count].astype(np.bool_)

    (content,) = told["contentAvailability"]
    return (
        bits(told["tileAvailability"], tiles),
        bits(content, tiles),
        bits(told["childSubtreeAvailability"], 8**depth),
    )


def _named(template: str, place: tuple[int, int, int, int]) -> str:
    return template.format(**dict(zip(("level", "x", "y", "z"), place, strict=True)))


def _number_of_parent(at: int) -> int:
    first, width = 0, 1
    while at >= first + width:
        first, width = first + width, 8 * width
    return first - width // 8 + (at - first) // 8


def _place(top: tuple[int, int, int, int], at: int, depth: int) -> tuple[int, int, int, int]:
    for level in range(depth):
        if at < 8**level:
            return _below(top, at, level)
        at -= 8**level
    raise ValueError("no such tile")


def _below(top: tuple[int, int, int, int], number: int, down: int) -> tuple[int, int, int, int]:
    """Answer the tile ``down`` levels below ``top`` with this Morton number (x in the lowest bit)."""
    x, y, z = (sum((number >> (3 * bit + axis) & 1) << bit for bit in range(down)) for axis in range(3))
    return top[0] + down, (top[1] << down) + x, (top[2] << down) + y, (top[3] << down) + z
