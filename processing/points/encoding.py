"""Tiles of points as GLB: 16-bit positions, linear colours, 16-bit intensity, classification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.geometry.colour import SHORT16_FROM_SRGB8
from processing.geometry.glb import POINTS, GlbBuilder
from processing.points.plan import POSITION_BITS, TilePlan
from processing.points.streams import (
    CLASSES,
    COLOURS,
    HIGHEST,
    INTENSITIES,
    LOWEST,
    POSITIONS,
    TABLE_WIDTH,
    encode_nodes,
    room_for,
)
from processing.tiles.subtrees import TilePlace


@dataclass(frozen=True, kw_only=True)
class EncodedTile:
    """A finished tile: its place, its bytes, its box (metres around the local origin), its points."""

    place: TilePlace
    glb: bytes
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    points: int


def encode_tiles(
    records: NDArray[np.uint64],
    starts: NDArray[np.int64],
    places: Sequence[TilePlace],
    plan: TilePlan,
    low: int,
    high: int,
) -> list[EncodedTile]:
    """Encode nodes ``low`` … ``high`` that hold points; those of node i begin at ``starts[i]``."""
    bits = plan.cube.bits
    coarser = np.array([plan.coarser(place[0]) for place in places], np.int64)
    widths = np.array([plan.position_bits(place[0]) for place in places], np.int64)
    said = plan.attributes
    wanted = np.array([said.rgb, said.intensity, said.classification], np.bool_)
    out = np.empty(int(room_for(starts, low, high)), np.uint8)
    table = np.zeros((len(places), TABLE_WIDTH), np.int64)
    encode_nodes(records, starts, low, high, coarser, widths, bits, wanted, SHORT16_FROM_SRGB8, out, table)
    return [
        _tile(places[i], int(starts[i + 1] - starts[i]), table[i].tolist(), out, plan)
        for i in range(low, high)
        if starts[i + 1] > starts[i]
    ]


def _tile(
    place: TilePlace, points: int, row: list[int], out: NDArray[np.uint8], plan: TilePlan
) -> EncodedTile:
    builder = GlbBuilder(compressed=True)
    builder.quantised()

    def stream(which: int) -> bytes:
        return out[row[which] : row[which + 1]].tobytes()

    low, high = row[LOWEST : LOWEST + 3], row[HIGHEST : HIGHEST + 3]
    wide = plan.position_bits(place[0]) > POSITION_BITS
    made = {
        "POSITION": builder.encoded_attribute(
            stream(POSITIONS),
            count=points,
            dtype="float32" if wide else "uint16",
            width=3,
            stride=12 if wide else 8,
            bounds=(low, high),
        )
    }
    if plan.attributes.rgb:
        made["COLOR_0"] = builder.encoded_attribute(
            stream(COLOURS), count=points, dtype="uint16", width=3, stride=8, normalised=True
        )
    if plan.attributes.intensity:
        made["_INTENSITY"] = builder.encoded_attribute(
            stream(INTENSITIES), count=points, dtype="uint16", width=1, stride=4
        )
    if plan.attributes.classification:
        made["_CLASSIFICATION"] = builder.encoded_attribute(
            stream(CLASSES), count=points, dtype="uint8", width=1, stride=4
        )
    translation, step_m = tile_origin(place, plan), plan.step_m(place[0])
    mesh = builder.mesh([builder.primitive(made, mode=POINTS)])
    builder.z_up_scene(mesh, translation=translation, scale=step_m)
    return EncodedTile(
        place=place,
        glb=builder.to_bytes(),
        low=translation + np.array(low) * step_m,
        high=translation + np.array(high) * step_m,
        points=points,
    )


def tile_origin(place: TilePlace, plan: TilePlan) -> NDArray[np.float64]:
    """Answer where step 0 of a tile is drawn, metres around the local origin: amid its finest cells."""
    cube, coarser = plan.cube, plan.coarser(place[0])
    # A smaller node's positions begin where the last 16 bits of its cells are zero.
    finer = cube.bits - place[0]
    width = max(finer, POSITION_BITS)
    first = [cell << finer if finer >= 0 else cell >> -finer for cell in place[1:]]
    node = [cell >> width << width for cell in first]
    return np.asarray((cube.corner + node + (2**coarser - 1) / 2) * cube.grid.step_m, np.float64)
