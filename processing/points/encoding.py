"""One tile of points as GLB: 16-bit positions, linear colours, 16-bit intensity, classification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.geometry.arrays import bounds_of
from processing.geometry.colour import LINEAR16_FROM_SRGB8
from processing.geometry.compiled import compiled
from processing.geometry.glb import POINTS, GlbBuilder
from processing.points.grid import Cube, unpack_cells

LEVELS = 65535


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """Which attributes the cloud has, besides positions."""

    rgb: bool = False
    intensity: bool = False
    classification: bool = False


@dataclass(frozen=True, kw_only=True)
class EncodedTile:
    """A finished tile: its bytes, box (metres around the local origin), and rounding error an axis."""

    glb: bytes
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    points: int
    error_m: float


def encode_tile(records: NDArray[np.uint64], cube: Cube, attributes: Attributes) -> EncodedTile:
    """Encode (n, 2) records of one node; the step is the finest power of two that 16 bits span."""
    cells = np.empty((len(records), 3), np.int64)
    unpack_cells(records, cube.bits, cells)
    low, high = cells[0].copy(), cells[0].copy()
    bounds_of(cells, low, high)
    shift = coarsening(low, high)
    base = (low >> shift) << shift
    positions = np.zeros((len(records), 4), np.uint16)
    colours = np.zeros((len(records), 4), np.uint16)
    others = np.zeros((len(records), 2), np.uint16)
    _fill(cells, records, base, shift, LINEAR16_FROM_SRGB8, positions, colours, others)
    builder = GlbBuilder(compressed=True)
    builder.quantised()
    made = {"POSITION": builder.padded_attribute(positions, 3, bounds=True)}
    if attributes.rgb:
        made["COLOR_0"] = builder.padded_attribute(colours, 3, normalised=True)
    if attributes.intensity:
        made["_INTENSITY"] = builder.attribute(others[:, 0])
    if attributes.classification:
        made["_CLASSIFICATION"] = builder.attribute(others[:, 1].astype(np.uint8))
    step_m, half = cube.grid.step_m * 2**shift, (1 << shift) >> 1
    translation = (cube.corner + base) * cube.grid.step_m
    mesh = builder.mesh([builder.primitive(made, mode=POINTS)])
    builder.z_up_scene(mesh, translation=translation, scale=step_m)
    return EncodedTile(
        glb=builder.to_bytes(),
        low=translation + (((low - base + half) >> shift) * step_m),
        high=translation + (((high - base + half) >> shift) * step_m),
        points=len(records),
        error_m=step_m / 2 if shift else 0.0,
    )


def coarsening(low: NDArray[np.int64], high: NDArray[np.int64]) -> int:
    """Choose by how many bits cells must be coarsened so that a rounded span fits 16 bits."""
    shift = 0
    while int((((high + (1 << shift >> 1)) >> shift) - (low >> shift)).max()) > LEVELS:
        shift += 1
    return shift


@compiled()
def _fill(
    cells: NDArray[np.int64],
    records: NDArray[np.uint64],
    base: NDArray[np.int64],
    shift: int,
    linear: NDArray[np.uint16],
    positions: NDArray[np.uint16],
    colours: NDArray[np.uint16],
    others: NDArray[np.uint16],
) -> None:
    half = (1 << shift) >> 1
    for n in range(len(cells)):
        payload = records[n, 1]
        for k in range(3):
            positions[n, k] = np.uint16((cells[n, k] - base[k] + half) >> shift)
            colours[n, k] = linear[np.int64((payload >> np.uint64(8 * k)) & np.uint64(255))]
        others[n, 0] = np.uint16((payload >> np.uint64(32)) & np.uint64(65535))
        others[n, 1] = np.uint16((payload >> np.uint64(24)) & np.uint64(255))


def warm() -> None:
    """Compile this module's kernels."""
    bounds_of(np.zeros((1, 3), np.int64), np.zeros(3, np.int64), np.zeros(3, np.int64))
    one, two = np.zeros((1, 4), np.uint16), np.zeros((1, 2), np.uint16)
    cells, records = np.zeros((1, 3), np.int64), np.zeros((1, 2), np.uint64)
    _fill(cells, records, np.zeros(3, np.int64), 0, LINEAR16_FROM_SRGB8, one, one.copy(), two)
