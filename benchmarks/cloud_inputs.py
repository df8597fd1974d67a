"""Clouds to measure on: several overlapping stations, scan-line order, range noise, named by their seed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import laspy
import numpy as np

from processing.simulation import hall as palace
from processing.simulation.scanner import Scanner, level_station
from processing.simulation.survey import HALL_STATIONS
from processing.simulation.write_clouds import write_laz

CHUNK_POINTS = 1_000_000
ROOF_STEP_M = 0.12
DAY = date(2024, 3, 1)


def clouds(folder: Path, *, points: int, seed: int) -> tuple[Path, Path]:
    """Make one cloud as LAS and as LAZ in scan-line order, or find them made; answer both paths."""
    stem = f"hall-{points}-seed{seed}"
    las, laz = folder / f"{stem}.las", folder / f"{stem}.laz"
    if las.exists() and laz.exists():
        return las, laz
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng([seed, points])
    stations = [
        level_station(f"s{i + 1}", np.array(place) + random.uniform(-0.8, 0.8, 3), random.uniform(-3.1, 3.1))
        for i, place in enumerate(HALL_STATIONS)
    ]
    scanner = Scanner(palace.hall(palace.AS_FOUND, roof_step_m=ROOF_STEP_M))
    part = laz.with_suffix(".part.laz")
    write_laz(part, scanner.scan(stations, points, random), stations, np.eye(4), DAY)
    _unpack(part, las)
    part.replace(laz)
    return las, laz


def _unpack(laz: Path, las: Path) -> None:
    with laspy.open(laz, laz_backend=laspy.LazBackend.LazrsParallel) as reader:
        header = reader.header
        part = las.with_suffix(".part.las")
        with laspy.open(part, mode="w", header=header, do_compress=False) as writer:
            for chunk in reader.chunk_iterator(CHUNK_POINTS):
                writer.write_points(chunk)
    part.replace(las)
