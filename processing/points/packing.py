"""Points as records of 16 bytes: a Morton key; colour, class, intensity and the finest bits of the place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.geometry.compiled import compiled
from processing.geometry.morton import BITS, gather, morton_key

# 21 bits an axis in the key and 5 in the residual: 26 bits span 6.7 km at 0.1 mm.
RESIDUAL_BITS = 5
MAX_BITS = BITS + RESIDUAL_BITS
RECORD_BYTES = 16


@compiled()
def _set(
    records: NDArray[np.uint64], n: int, x: int, y: int, z: int, up: int, down: int, payload: np.uint64
) -> None:
    """Fill record n from cells (x, y, z) and a payload of 48 bits."""
    records[n, 0] = morton_key(
        np.uint64((x >> down) << up), np.uint64((y >> down) << up), np.uint64((z >> down) << up)
    )
    mask = (1 << down) - 1
    residual = (x & mask) | ((y & mask) << 5) | ((z & mask) << 10)
    records[n, 1] = payload | (np.uint64(residual) << np.uint64(48))


@compiled()
def pack_rows(
    rows: NDArray[np.uint8],
    layout: NDArray[np.int64],
    first: NDArray[np.int64],
    shift: int,
    bits: int,
    records: NDArray[np.uint64],
    seen: NDArray[np.int64],
) -> bool:
    """Fill records from LAS rows (n, record length); answer False if a point lies outside the cube.

    ``layout`` holds the byte of the classification, its mask, the byte of the colours (or -1), and by how
    many bits colours are shifted (what is then above 255 is 255); ``first`` (3,) the integers of the cube's
    low corner; ``shift`` by how many bits integers are coarsened. ``seen`` (8,) gathers intensity and class
    bits, then low and high cells.
    """
    class_at, class_mask, rgb_at, rgb_shift = layout[0], layout[1], layout[2], layout[3]
    up, down = max(0, BITS - bits), max(0, bits - BITS)
    side = np.int64(1) << bits
    intensities, classes = np.int64(0), np.int64(0)
    lx, ly, lz, hx, hy, hz = seen[2], seen[3], seen[4], seen[5], seen[6], seen[7]
    for n in range(len(rows)):
        x = (np.int64(_int32(rows, n, 0)) - first[0]) >> shift
        y = (np.int64(_int32(rows, n, 4)) - first[1]) >> shift
        z = (np.int64(_int32(rows, n, 8)) - first[2]) >> shift
        if x < 0 or y < 0 or z < 0 or x >= side or y >= side or z >= side:
            return False
        lx, ly, lz = min(lx, x), min(ly, y), min(lz, z)
        hx, hy, hz = max(hx, x), max(hy, y), max(hz, z)
        intensity = np.int64(rows[n, 12]) | (np.int64(rows[n, 13]) << 8)
        klass = np.int64(rows[n, class_at]) & class_mask
        intensities |= intensity
        classes |= klass
        payload = (klass << 24) | (intensity << 32)
        if rgb_at >= 0:
            for k in range(3):
                at = rgb_at + 2 * k
                colour = np.int64(rows[n, at]) | (np.int64(rows[n, at + 1]) << 8)
                payload |= min(colour >> rgb_shift, np.int64(255)) << (8 * k)
        _set(records, n, x, y, z, up, down, np.uint64(payload))
    seen[0] |= intensities
    seen[1] |= classes
    seen[2], seen[3], seen[4], seen[5], seen[6], seen[7] = lx, ly, lz, hx, hy, hz
    return True


@compiled()
def _int32(rows: NDArray[np.uint8], n: int, at: int) -> np.int32:
    low = np.uint32(rows[n, at]) | (np.uint32(rows[n, at + 1]) << np.uint32(8))
    high = (np.uint32(rows[n, at + 2]) << np.uint32(16)) | (np.uint32(rows[n, at + 3]) << np.uint32(24))
    return np.int32(np.uint32(low | high))


@compiled()
def to_loose(
    xyz: NDArray[np.float64],
    rgb: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    intensity: NDArray[np.uint16],
    origin: NDArray[np.float64],
    step_m: float,
    loose: NDArray[np.int64],
    seen: NDArray[np.int64],
) -> bool:
    """Fill loose records (n, 3) from metres: x and y cells, z cell, payload; False if one passes 31 bits.

    Attributes may be of length 0. ``seen`` is that of ``pack_rows``.
    """
    inverse = 1.0 / step_m
    for n in range(len(xyz)):
        for k in range(3):
            value = np.round((xyz[n, k] - origin[k]) * inverse)
            if not -1073741824.0 < value < 1073741824.0:
                return False
            cell = np.int64(value)
            seen[2 + k] = min(seen[2 + k], cell)
            seen[5 + k] = max(seen[5 + k], cell)
            if k == 0:
                loose[n, 0] = cell & 0xFFFFFFFF
            elif k == 1:
                loose[n, 0] |= cell << 32
            else:
                loose[n, 1] = cell
        payload = np.int64(0)
        if len(rgb):
            payload = np.int64(rgb[n, 0]) | (np.int64(rgb[n, 1]) << 8) | (np.int64(rgb[n, 2]) << 16)
        if len(classes):
            payload |= np.int64(classes[n]) << 24
            seen[1] |= np.int64(classes[n])
        if len(intensity):
            payload |= np.int64(intensity[n]) << 32
            seen[0] |= np.int64(intensity[n])
        loose[n, 2] = payload
    return True


@compiled()
def pack_loose(
    loose: NDArray[np.int64], corner: NDArray[np.int64], bits: int, records: NDArray[np.uint64]
) -> None:
    """Fill records from loose ones, when the cube is known."""
    up, down = max(0, BITS - bits), max(0, bits - BITS)
    for n in range(len(loose)):
        x = np.int64(np.int32(loose[n, 0] & 0xFFFFFFFF)) - corner[0]
        y = (loose[n, 0] >> 32) - corner[1]
        _set(records, n, x, y, loose[n, 1] - corner[2], up, down, np.uint64(loose[n, 2]))


@compiled()
def cell_of(key: np.uint64, payload: np.uint64, axis: int, up: int, down: int) -> int:
    """Take one cell number inside the cube out of a record: the inverse of packing."""
    top = np.int64(gather(key >> np.uint64(axis)))
    return int(((top >> up) << down) | (np.int64(payload >> np.uint64(48 + 5 * axis)) & ((1 << down) - 1)))


def nothing_seen() -> NDArray[np.int64]:
    """Make the start of ``seen``."""
    return np.array([0, 0, *[2**62] * 3, *[-(2**62)] * 3], np.int64)


def warm() -> None:
    """Compile this module's kernels."""
    records, seen = np.zeros((2, 2), np.uint64), nothing_seen()
    layout = np.array([16, 255, 30, 8], np.int64)
    pack_rows(np.zeros((2, 36), np.uint8), layout, np.zeros(3, np.int64), 0, 3, records, seen)
    loose, xyz = np.zeros((2, 3), np.int64), np.zeros((2, 3))
    none = np.zeros(0, np.uint8)
    to_loose(xyz, np.zeros((0, 3), np.uint8), none, np.zeros(0, np.uint16), np.zeros(3), 1.0, loose, seen)
    pack_loose(loose, np.zeros(3, np.int64), 3, records)
