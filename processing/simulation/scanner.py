"""A simulated terrestrial laser scanner: rays from stations, range noise, occlusion, scan-line order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.simulation.poses import applied
from processing.simulation.shapes import Part, Points

RANGE_NOISE_M = 0.002
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
    ``intensities`` (n,) float32 in 0..1.
    """

    station: int
    points: Points
    colours: npt.NDArray[np.uint8]
    intensities: npt.NDArray[np.float32]


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
        self._window = window

    def scan(self, stations: list[Station], points: int, random: np.random.Generator) -> Iterator[Chunk]:
        """Yield about ``points`` points, shared evenly among the stations, in scan-line order."""
        for number, station in enumerate(stations):
            lines, rows = self._resolution(station, points / len(stations))
            per_chunk = max(1, RAYS_PER_CHUNK // rows)
            for first in range(0, lines, per_chunk):
                turns = np.arange(first, min(first + per_chunk, lines)) * np.float64(2 * np.pi / lines)
                yield self._cast(number, station, _directions(turns, rows), random)

    def _resolution(self, station: Station, wanted: float) -> tuple[int, int]:
        """Choose the lines and rows of a station from the share of a few pilot rays that hit."""
        lines, rows = _lines_and_rows(PILOT_RAYS)
        directions = _directions(np.arange(lines) * np.float64(2 * np.pi / lines), rows)
        distance, _, _ = self._hits(station, directions)
        kept = self._kept(station, directions, distance)
        return _lines_and_rows(wanted * len(directions) / max(1, int(kept.sum())))

    def _hits(self, station: Station, directions: Points) -> tuple[Points, npt.NDArray[np.uint32], Points]:
        rays = np.empty((len(directions), 6), dtype=np.float32)
        rays[:, :3] = station.site_from_station[:3, 3]
        rays[:, 3:] = directions @ station.site_from_station[:3, :3].T
        found = self._scene.cast_rays(self._tensor(rays))
        incidence = np.abs(np.einsum("ij,ij->i", rays[:, 3:], found["primitive_normals"].numpy()))
        return found["t_hit"].numpy().astype(np.float64), found["geometry_ids"].numpy(), incidence

    def _kept(self, station: Station, directions: Points, distance: Points) -> npt.NDArray[np.bool_]:
        kept = np.isfinite(distance) & (distance > MIN_RANGE_M) & (distance < MAX_RANGE_M)
        if self._window is None:
            return kept
        reach = np.where(kept, distance, 0.0)[:, None]
        site = applied(station.site_from_station, directions * reach)
        inside: npt.NDArray[np.bool_] = np.all((site >= self._window[0]) & (site < self._window[1]), axis=1)
        return kept & inside

    def _cast(self, number: int, station: Station, directions: Points, random: np.random.Generator) -> Chunk:
        distance, geometry, incidence = self._hits(station, directions)
        kept = self._kept(station, directions, distance)
        reach, slant = distance[kept], incidence[kept]
        measured = reach + random.normal(0.0, RANGE_NOISE_M, len(reach))
        points = directions[kept] * measured[:, None]
        grain = random.normal(0.0, 6.0, (len(reach), 1)).astype(np.float32)
        shade = (0.62 + 0.38 * slant)[:, None].astype(np.float32)
        colours = np.clip(self._colours[geometry[kept]] * shade + grain, 0, 255).astype(np.uint8)
        intensities = np.clip(slant / (1 + (reach / 40.0) ** 2), 0, 1).astype(np.float32)
        return Chunk(station=number, points=points, colours=colours, intensities=intensities)


def _lines_and_rows(rays: float) -> tuple[int, int]:
    """Equal angular steps in both directions, for about this many rays."""
    height = np.radians(HIGHEST_DEG - LOWEST_DEG)
    step = np.sqrt(2 * np.pi * height / max(rays, 64.0))
    return max(4, round(2 * np.pi / step)), max(2, round(height / step))


def _directions(turns: Points, rows: int) -> Points:
    """Unit vectors (lines × rows, 3) in the station's frame, one line after the other, bottom to top."""
    lift = np.radians(np.linspace(LOWEST_DEG, HIGHEST_DEG, rows))
    directions = np.empty((len(turns), rows, 3))
    directions[..., 0] = np.cos(turns)[:, None] * np.cos(lift)
    directions[..., 1] = np.sin(turns)[:, None] * np.cos(lift)
    directions[..., 2] = np.sin(lift)
    return directions.reshape(-1, 3)


def scan_from_station(scan_from_site: Points, station: Station) -> Points:
    """The station's pose (4, 4) in the capture's own frame."""
    return np.asarray(scan_from_site @ station.site_from_station)


def level_station(name: str, position: Points, yaw_rad: float) -> Station:
    """A levelled set-up at a site position (metres), its zero direction turned by ``yaw_rad``."""
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(yaw_rad), -np.sin(yaw_rad)], [np.sin(yaw_rad), np.cos(yaw_rad)]]
    pose[:3, 3] = position
    return Station(name=name, site_from_station=pose)
