"""A simulated terrestrial laser scanner: rays from stations, range noise, occlusion, scan-line order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.simulation.rays import fill_rays, fill_returns, kept_rays
from processing.simulation.shapes import Part, Points

RANGE_NOISE_M = 0.002
# Levels of 8-bit sRGB, the same for all three channels of a point.
COLOUR_NOISE = 6.0
MIN_RANGE_M, MAX_RANGE_M = 0.8, 80.0
LOWEST_DEG, HIGHEST_DEG = -62.0, 75.0
# Rays cast at once; with their answers about 60 MiB.
RAYS_PER_CHUNK = 400_000
PILOT_RAYS = 12_000


@dataclass(frozen=True, kw_only=True)
class Station:
    """A scanner set-up: its name and ``site_from_station`` (4, 4)."""

    name: str
    site_from_station: Points


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Consecutive scan lines of one station.

    ``points`` (n, 3) float64 metres in the station's frame, ``colours`` (n, 3) uint8 sRGB,
    ``intensities`` (n,) float32 in 0..1, ``classes`` (n,) uint8 as in LAS.
    """

    station: int
    points: Points
    colours: npt.NDArray[np.uint8]
    intensities: npt.NDArray[np.float32]
    classes: npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class _Cast:
    """Rays (n, 6) in the site frame, what each of them met, and which of them are kept."""

    rays: npt.NDArray[np.float32]
    distance: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float32]
    parts: npt.NDArray[np.uint32]
    kept: npt.NDArray[np.int64]


class Scanner:
    """Casts rays at a model. ``window`` (2, 3) keeps points inside a box of the site frame."""

    def __init__(self, parts: list[Part], *, window: Points | None = None) -> None:
        import open3d as o3d

        tensor: Any = o3d.core.Tensor
        self._tensor = tensor
        self._scene = o3d.t.geometry.RaycastingScene()
        for part in parts:
            vertices = tensor(part.vertices.astype(np.float32))
            self._scene.add_triangles(vertices, tensor(part.triangles))
        self._colours = np.array([part.colour for part in parts], dtype=np.float32)
        self._classes = np.array([part.classification for part in parts], dtype=np.uint8)
        self._window = np.array([np.full(3, -np.inf), np.full(3, np.inf)]) if window is None else window

    def scan(self, stations: list[Station], points: int, random: np.random.Generator) -> Iterator[Chunk]:
        """Yield about ``points`` points, shared evenly among the stations, in scan-line order.

        Memory depends on the model alone: no more than ``RAYS_PER_CHUNK`` rays are held at once.
        """
        for number, station in enumerate(stations):
            lines, rows = self._resolution(station, points / len(stations))
            # At billions of points one line of a station may be longer than a chunk: it is cut too.
            per_chunk = max(1, RAYS_PER_CHUNK // rows)
            lifts = _lifts(rows)
            for first in range(0, lines, per_chunk):
                turns = np.arange(first, min(first + per_chunk, lines)) * np.float64(2 * np.pi / lines)
                for lowest in range(0, rows, RAYS_PER_CHUNK):
                    part = lifts[lowest : lowest + RAYS_PER_CHUNK]
                    yield self._measured(number, station, self._cast(station, turns, part), random)

    def _resolution(self, station: Station, wanted: float) -> tuple[int, int]:
        """Choose the lines and rows of a station from the share of a few pilot rays that hit."""
        lines, rows = _lines_and_rows(PILOT_RAYS)
        cast = self._cast(station, np.arange(lines) * np.float64(2 * np.pi / lines), _lifts(rows))
        return _lines_and_rows(wanted * len(cast.rays) / max(1, len(cast.kept)))

    def _cast(self, station: Station, turns: Points, lifts: Points) -> _Cast:
        rays = np.empty((len(turns) * len(lifts), 6), dtype=np.float32)
        fill_rays(turns, lifts, station.site_from_station, rays)
        found = self._scene.cast_rays(self._tensor(rays))
        distance = found["t_hit"].numpy()
        return _Cast(
            rays=rays,
            distance=distance,
            normals=found["primitive_normals"].numpy(),
            parts=found["geometry_ids"].numpy(),
            kept=kept_rays(rays, distance, MIN_RANGE_M, MAX_RANGE_M, self._window[0], self._window[1]),
        )

    def _measured(self, number: int, station: Station, cast: _Cast, random: np.random.Generator) -> Chunk:
        count = len(cast.kept)
        points, colours = np.empty((count, 3)), np.empty((count, 3), np.uint8)
        intensities = np.empty(count, np.float32)
        range_noise = random.normal(0.0, RANGE_NOISE_M, count)
        grain = random.normal(0.0, COLOUR_NOISE, count)
        fill_returns(
            cast.kept,
            cast.rays,
            cast.distance,
            cast.normals,
            cast.parts,
            self._colours,
            station.site_from_station,
            range_noise,
            grain,
            points,
            colours,
            intensities,
        )
        classes = self._classes[cast.parts[cast.kept]]
        return Chunk(station=number, points=points, colours=colours, intensities=intensities, classes=classes)


def _lines_and_rows(rays: float) -> tuple[int, int]:
    """Equal angular steps in both directions, for about this many rays."""
    height = np.radians(HIGHEST_DEG - LOWEST_DEG)
    step = np.sqrt(2 * np.pi * height / max(rays, 64.0))
    return max(4, round(2 * np.pi / step)), max(2, round(height / step))


def _lifts(rows: int) -> Points:
    """Angles above the horizon (radians) of the points of a line, bottom to top."""
    return np.radians(np.linspace(LOWEST_DEG, HIGHEST_DEG, rows))


def scan_from_station(scan_from_site: Points, station: Station) -> Points:
    """The station's pose (4, 4) in the capture's own frame."""
    return np.asarray(scan_from_site @ station.site_from_station)


def level_station(name: str, position: Points, yaw_rad: float) -> Station:
    """A levelled set-up at a site position (metres), its zero direction turned by ``yaw_rad``."""
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(yaw_rad), -np.sin(yaw_rad)], [np.sin(yaw_rad), np.cos(yaw_rad)]]
    pose[:3, 3] = position
    return Station(name=name, site_from_station=pose)
