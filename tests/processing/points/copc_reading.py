"""Looks into COPC files: laspy's reader for points, our own eyes for the structure."""

from __future__ import annotations

import struct
from pathlib import Path

import laspy
import lazrs
import numpy as np

CORE = [
    "X",
    "Y",
    "Z",
    "intensity",
    "return_number",
    "number_of_returns",
    "scan_direction_flag",
    "edge_of_flight_line",
    "classification",
    "synthetic",
    "key_point",
    "withheld",
    "user_data",
    "point_source_id",
]
OPTIONAL = ["gps_time", "red", "green", "blue", "nir"]


def columns(points: object, names: list[str]) -> np.ndarray:
    """All attributes of all points as sorted rows of exact float64: the multiset."""
    table = np.concatenate([elements(points, name) for name in names])
    return table[:, np.lexsort(table)]


def elements(points: object, name: str) -> np.ndarray:
    """One row a number: COPC holds pairs and triples as numbers of their own, ``name[0]`` and so on."""
    held = list(points.point_format.dimension_names)
    parts = [name] if name in held else [one for one in held if one.startswith(f"{name}[")]
    return np.concatenate([np.asarray(points[part], np.float64).reshape(len(points), -1).T for part in parts])


def names_of(las: laspy.LasData) -> list[str]:
    held = set(las.point_format.dimension_names)
    return CORE + [name for name in OPTIONAL if name in held] + list(las.point_format.extra_dimension_names)


def everything(path: Path) -> laspy.PackedPointRecord:
    with laspy.CopcReader.open(path) as reader:
        return reader.query()


def check_structure(path: Path) -> dict[tuple[int, int, int, int], int]:
    """Assert what the specification asks; answer node → points."""
    data = path.read_bytes()
    assert data[:4] == b"LASF"
    assert (data[24], data[25]) == (1, 4)
    assert data[377:381] == b"copc"
    assert struct.unpack_from("<HH", data, 393) == (1, 160)
    centre_half = struct.unpack_from("<5d", data, 429)
    root_at, root_bytes = struct.unpack_from("<2Q", data, 469)
    times, reserved = struct.unpack_from("<2d", data, 485), data[501:589]
    assert reserved == bytes(88)
    evlr_at, evlrs, points = struct.unpack_from("<QIQ", data, 235)
    assert evlrs == 1
    assert data[evlr_at + 2 : evlr_at + 6] == b"copc"
    assert struct.unpack_from("<H", data, evlr_at + 18) == (1000,)
    assert struct.unpack_from("<Q", data, evlr_at + 20) == (len(data) - evlr_at - 60,)
    entries = walked(data, root_at, root_bytes)
    for level, x, y, z in entries:
        assert level == 0 or (level - 1, x >> 1, y >> 1, z >> 1) in entries
    assert sum(count for _, _, count in entries.values()) == points
    base = struct.unpack_from("<I", data, 96)[0]
    table_at = struct.unpack_from("<q", data, base)[0]
    spans = sorted((at, at + size) for at, size, count in entries.values() if count)
    assert [low for low, _ in spans] == [base + 8, *(high for _, high in spans[:-1])]
    assert spans[-1][1] == table_at
    check_nodes(path, data, entries, np.array(centre_half[:3]), centre_half[3], times)
    return {place: count for place, (_, _, count) in entries.items()}


def walked(data: bytes, at: int, size: int) -> dict:
    found, pages = {}, [(at, size)]
    while pages:
        at, size = pages.pop()
        assert size % 32 == 0
        for start in range(at, at + size, 32):
            *place, offset, length, count = struct.unpack_from("<iiiiQii", data, start)
            if count == -1:
                pages.append((offset, length))
            else:
                assert tuple(place) not in found
                found[tuple(place)] = (offset, length, count)
    return found


def check_nodes(
    path: Path, data: bytes, entries: dict, centre: np.ndarray, half: float, times: tuple
) -> None:
    """Decode every node by itself: its points lie in its cell, and the header's bounds are the data's."""
    with laspy.open(path) as reader:
        header, laszip = reader.header, reader.header.vlrs.get("LasZipVlr")[0].record_data
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    seen = [np.inf, -np.inf]
    record_bytes = header.point_format.size
    for (level, *cell), (at, size, count) in entries.items():
        if not count:
            continue
        out = np.zeros(count * record_bytes, np.uint8)
        lazrs.decompress_points_with_chunk_table(data[at : at + size], laszip, out, [(count, size)])
        rows = out.reshape(count, -1)
        xyz = rows[:, :12].copy().view("<i4") * header.scales + header.offsets
        time = rows[:, 22:30].copy().view("<f8")
        side = 2 * half / 2**level
        corner = centre - half + np.array(cell) * side
        slack = 1e-9 * np.abs(xyz).max() + 1e-12
        assert (xyz >= corner - slack).all()
        assert (xyz <= corner + side + slack).all()
        low, high = np.minimum(low, xyz.min(axis=0)), np.maximum(high, xyz.max(axis=0))
        seen = [min(seen[0], time.min()), max(seen[1], time.max())]
    np.testing.assert_allclose(header.mins, low, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(header.maxs, high, rtol=1e-12, atol=1e-12)
    assert tuple(seen) == times
