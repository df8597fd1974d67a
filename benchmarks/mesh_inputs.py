"""Meshes to measure on: scans with relief and noise, a hall, seams, UTM; named, seeded, kept as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.simulation import hall as palace
from processing.simulation.shapes import merged

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.uint32]

SEED = 11
EXTENT_M = 2.0
RELIEF_M, OCTAVES = 0.004, 7
# Part of the mean edge: a scanner's noise on a mesh as dense as its points.
NOISE_OF_EDGE = 0.06
HALL_NOISE_M = 0.002
HALL_ROOF_STEP_M = 0.08
# Somewhere in Huế, UTM zone 48 north.
UTM_M = (789_123.4, 1_823_456.7, 12.3)


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """Vertices (n, 3) float64 in metres, triangles (m, 3), sRGB colours (n, 3) uint8, maybe uvs (n, 2)."""

    positions: Floats
    triangles: Indices
    colours: npt.NDArray[np.uint8]
    uvs: npt.NDArray[np.float32] | None = None


def arrays(name: str, scans: Path) -> Arrays:
    """Make the mesh of that name from the scans of a folder.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    return _MAKERS[name](scans)


def saved(name: str, scans: Path, folder: Path) -> Path:
    """Keep the mesh as ``<name>.npz``, or find it kept."""
    path = folder / f"{name}-seed{SEED}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = arrays(name, scans)
        held = {"positions": made.positions, "triangles": made.triangles, "colours": made.colours}
        part = path.with_suffix(".part.npz")
        np.savez(part, **(held if made.uvs is None else held | {"uvs": made.uvs}))  # type: ignore[arg-type]
        part.replace(path)
    return path


def write_ply(source: Path, path: Path) -> None:
    """Write kept arrays as binary little-endian PLY with colours; coordinates are doubles where large."""
    with np.load(source) as held:
        positions, triangles, colours = held["positions"], held["triangles"], held["colours"]
    wide = float(np.abs(positions).max()) > 1000
    kind = "double" if wide else "float"
    vertex = np.zeros(len(positions), [("xyz", "<f8" if wide else "<f4", 3), ("rgb", "u1", 3)])
    vertex["xyz"], vertex["rgb"] = positions, colours
    face = np.zeros(len(triangles), [("count", "u1"), ("corners", "<i4", 3)])
    face["count"], face["corners"] = 3, triangles
    header = [
        "ply", "format binary_little_endian 1.0", f"element vertex {len(vertex)}",
        *(f"property {kind} {axis}" for axis in "xyz"),
        *(f"property uchar {channel}" for channel in ("red", "green", "blue")),
        f"element face {len(face)}", "property list uchar int vertex_indices", "end_header",
    ]  # fmt: skip
    with path.open("wb") as file:
        file.write(("\n".join(header) + "\n").encode())
        vertex.tofile(file)
        face.tofile(file)


def _scan(path: Path) -> tuple[Floats, Indices]:
    """Read a scan by trimesh, welded by place, its longest side made ``EXTENT_M``."""
    import trimesh

    loaded: Any = trimesh.load(path, force="mesh", process=False, skip_materials=True)
    places, numbers = np.unique(np.asarray(loaded.vertices, np.float64), axis=0, return_inverse=True)
    triangles = numbers.reshape(-1)[np.asarray(loaded.faces)].astype(np.uint32)
    sides = np.sort(triangles, axis=1)
    triangles = triangles[(sides[:, 0] != sides[:, 1]) & (sides[:, 1] != sides[:, 2])]
    extent = float(np.ptp(places, axis=0).max())
    return (places - places.min(axis=0)) * (EXTENT_M / extent), triangles


def _relief(path: Path, divisions: int) -> Arrays:
    """Relief of seven octaves along the normal, then noise of 6 % of the edge; colours follow the relief."""
    positions, triangles = _scan(path)
    for _ in range(divisions):
        positions, triangles = subdivided(positions, triangles)
    random = np.random.default_rng(SEED)
    height = _octaves(positions, random)
    edge_m = float(np.linalg.norm(positions[triangles[:, 0]] - positions[triangles[:, 1]], axis=1).mean())
    normals = _normals(positions, triangles)
    shift = RELIEF_M * height + random.normal(0, NOISE_OF_EDGE * edge_m, len(positions))
    tint = np.stack([_octaves(positions, random) for _ in range(3)], axis=1)
    colours = np.clip(150 + 60 * height[:, None] + 40 * tint, 0, 255).astype(np.uint8)
    return Arrays(positions=positions + normals * shift[:, None], triangles=triangles, colours=colours)


def subdivided(positions: Floats, triangles: Indices) -> tuple[Floats, Indices]:
    """Cut every triangle into four at the middles of its edges."""
    edges = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]).astype(np.int64), 1
    )
    keys, number = np.unique(edges[:, 0] * len(positions) + edges[:, 1], return_inverse=True)
    middles = (positions[keys // len(positions)] + positions[keys % len(positions)]) / 2
    ab, bc, ca = (len(positions) + number.reshape(3, -1)).astype(np.uint32)
    a, b, c = triangles.T
    faces = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([positions, middles]), np.concatenate([np.stack(face, 1) for face in faces])


def _octaves(positions: Floats, random: np.random.Generator) -> Floats:
    """Sum waves of doubling frequency and halving height; about -1..1."""
    total: Floats = np.zeros(len(positions))
    for octave in range(OCTAVES):
        for _ in range(3):
            way = random.normal(size=3)
            way *= 2 * np.pi * 2**octave / (EXTENT_M * np.linalg.norm(way))
            total += np.sin(positions @ way + random.uniform(0, 2 * np.pi)) / 2**octave
    total /= 4
    return total


def _normals(positions: Floats, triangles: Indices) -> Floats:
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    faces = np.cross(b - a, c - a)
    normals: Floats = np.zeros_like(positions)
    for k in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(triangles[:, k], faces[:, axis], len(positions))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    return normals


def _hall(scans: Path) -> Arrays:
    """Our simulated hall as one mesh of many open shells, with 2 mm of noise along the normals."""
    del scans
    positions, triangles, _ = merged(palace.hall(palace.AS_FOUND, roof_step_m=HALL_ROOF_STEP_M))
    places = np.asarray(positions, np.float64)
    faces = np.asarray(triangles, np.uint32)
    random = np.random.default_rng(SEED)
    shift = random.normal(0, HALL_NOISE_M, len(places))
    tint = np.clip(140 + 60 * _octaves(places, random), 0, 255).astype(np.uint8)
    return Arrays(
        positions=places + _normals(places, faces) * shift[:, None],
        triangles=faces,
        colours=np.repeat(tint[:, None], 3, axis=1),
    )


def _seams(scans: Path) -> Arrays:
    """The bust with a texture atlas of six charts: vertices on their borders stand there twice."""
    whole = _relief(scans / BUST, 2)
    a, b, c = (whole.positions[whole.triangles[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    axis = np.abs(facing).argmax(axis=1)
    chart = 2 * axis + (facing[np.arange(len(axis)), axis] > 0)
    corners = whole.triangles.astype(np.int64) * 6 + chart[:, None]
    keys, number = np.unique(corners, return_inverse=True)
    vertex, of = keys // 6, keys % 6
    positions = whole.positions[vertex]
    plane = np.array([[1, 2], [0, 2], [0, 1]])[of // 2]
    flat = np.take_along_axis(positions, plane, 1) / EXTENT_M
    uvs = (np.stack([of % 3, of // 3], 1) + 0.02 + 0.96 * np.clip(flat, 0, 1)) / [3, 2]
    return Arrays(
        positions=positions,
        triangles=number.reshape(-1, 3).astype(np.uint32),
        colours=whole.colours[vertex],
        uvs=uvs.astype(np.float32),
    )


def _utm(scans: Path) -> Arrays:
    made = _relief(scans / BUST, 2)
    return Arrays(positions=made.positions + UTM_M, triangles=made.triangles, colours=made.colours)


BUST = Path("BustManWreath_obj") / "BustManWreath.obj"
_MAKERS: dict[str, Callable[[Path], Arrays]] = {
    "bust-500k": lambda scans: _relief(scans / BUST, 2),
    "bust-2m": lambda scans: _relief(scans / BUST, 3),
    "whale-400k": lambda scans: _relief(scans / "whale_cranium.glb", 1),
    "venus-385k": lambda scans: _relief(scans / "venus_de_milo.glb", 2),
    "demosthenes-267k": lambda scans: _relief(scans / "demosthenes.obj", 2),
    "hall": _hall,
    "seams-500k": _seams,
    "utm-500k": _utm,
}
NAMES = tuple(_MAKERS)
