"""Clouds to measure on: several overlapping stations, scan-line order, range noise, named by their seed.

``python -m benchmarks.cloud_inputs --points 20000000 --form las --form laz``: one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import REPOSITORY, measured
from benchmarks.shuffle import shuffle_las
from processing.simulation import hall as palace
from processing.simulation.scanner import Scanner, level_station
from processing.simulation.survey import HALL_STATIONS
from processing.simulation.write_clouds import write_las

FOLDER = REPOSITORY / "var" / "benchmarks"
ROOF_STEP_M = 0.12
DAY = date(2024, 3, 1)
FORMS = ("las", "laz", "shuffled.las", "shuffled.laz")
# Classes as a surveyor would set them (LAS 1.4 R15, table 17): ground, building; 64 and up are the user's.
GROUND, BUILDING, ORNAMENT = 2, 6, 64
_CLASSES = {"yard": GROUND, "stairs": GROUND, "plinth": GROUND, "roof.ornaments": ORNAMENT}


def cloud(folder: Path, form: str, *, points: int, seed: int) -> Path:
    """Name one form of a cloud; it is there after ``make``."""
    return folder / f"palace-{points}-seed{seed}.{form}"


def make(folder: Path, forms: Sequence[str], *, points: int, seed: int) -> dict[str, Path]:
    """Make the forms of a cloud that are not there yet, in memory that does not depend on its size.

    ``las`` and ``laz`` hold the same points in scan-line order (station after station, line after line);
    ``shuffled.…`` the same records in an order drawn uniformly.
    """
    folder.mkdir(parents=True, exist_ok=True)
    places = {form: cloud(folder, form, points=points, seed=seed) for form in forms}
    wanted = [form for form in forms if not places[form].exists()]
    if plain := [form for form in wanted if not form.startswith("shuffled")]:
        _simulate([places[form] for form in plain], points=points, seed=seed)
    for form in wanted:
        if form.startswith("shuffled"):
            source = make(folder, ["las"], points=points, seed=seed)["las"]
            shuffle_las(source, places[form], seed=seed)
    return places


def clouds(folder: Path, *, points: int, seed: int) -> tuple[Path, Path]:
    """Make one cloud as LAS and as LAZ in scan-line order, or find them made; answer both paths."""
    places = make(folder, ["las", "laz"], points=points, seed=seed)
    return places["las"], places["laz"]


def made(folder: Path, forms: Sequence[str], *, points: int, seed: int) -> dict[str, Path]:
    """Make in a process of its own, and keep beside the clouds what that cost."""
    places = {form: cloud(folder, form, points=points, seed=seed) for form in forms}
    missing = [form for form in forms if not places[form].exists()]
    # The plain forms come out of one simulation; those that are shuffled need the LAS file.
    together = [form for form in missing if not form.startswith("shuffled")]
    apart = [[form] for form in missing if form not in together]
    for group in ([together] if together else []) + apart:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "benchmarks.cloud_inputs", "--points", str(points)]
        command += ["--seed", str(seed), "--folder", str(folder.resolve())]
        command += [word for form in group for word in ("--form", form)]
        run = measured(command, cwd=folder, env={"PYTHONPATH": str(REPOSITORY)})
        cost = asdict(run) | {"points": points, "forms": group}
        for form in group:
            _cost_file(places[form]).write_text(json.dumps(cost, indent=1) + "\n")
    return places


def cost_of(path: Path) -> dict[str, Any] | None:
    """Answer what making a cloud cost, as far as it was measured."""
    file = _cost_file(path)
    if not file.exists():
        return None
    cost = json.loads(file.read_bytes())
    return {
        "forms": cost["forms"],
        "cpu_us_per_point": round(cost["cpu_s"] / cost["points"] * 1e6, 3),
        "wall_s": cost["wall_s"],
        "peak_mib": cost["peak_mib"],
    }


def _cost_file(path: Path) -> Path:
    return path.with_name(path.name + ".cost.json")


def _simulate(paths: list[Path], *, points: int, seed: int) -> None:
    random = np.random.default_rng([seed, points])
    stations = [
        level_station(f"s{i + 1}", np.array(place) + random.uniform(-0.8, 0.8, 3), random.uniform(-3.1, 3.1))
        for i, place in enumerate(HALL_STATIONS)
    ]
    parts = palace.hall(palace.AS_FOUND, roof_step_m=ROOF_STEP_M)
    scanner = Scanner([replace(part, classification=_class_of(part.code)) for part in parts])
    parts_of = [path.with_name(f"part-{path.name}") for path in paths]
    write_las(parts_of, scanner.scan(stations, points, random), stations, np.eye(4), DAY)
    for part, path in zip(parts_of, paths, strict=True):
        part.replace(path)


def _class_of(code: str) -> int:
    return next((number for stem, number in _CLASSES.items() if code.startswith(stem)), BUILDING)


def main(argv: list[str] | None = None) -> int:
    """Make clouds, here and now."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud_inputs", description=__doc__)
    parser.add_argument("--points", type=int, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--form", action="append", choices=FORMS, required=True)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    asked = parser.parse_args(argv)
    places = make(asked.folder, asked.form, points=asked.points, seed=asked.seed)
    print(
        json.dumps({form: {"file": path.name, "bytes": path.stat().st_size} for form, path in places.items()})
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
