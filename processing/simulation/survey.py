"""The simulated survey: which captures there are, and where each one truly stands.

Everything a surveyor would hand over goes to ``uploads/<case>/`` and ``plan.json``;
what only the simulator knows goes to ``truth/``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from processing.progress import Progress
from processing.simulation import hall as palace
from processing.simulation.ornament import pearl
from processing.simulation.poses import applied, inverse, random_frame
from processing.simulation.roof import lower_roof, upper_roof
from processing.simulation.scanner import Scanner, Station, level_station
from processing.simulation.shapes import Part, Points
from processing.simulation.subjects import SUBJECTS, Case, cases
from processing.simulation.wing import BAY_M, WIDTH_M, wing
from processing.simulation.write_clouds import Extent, write_e57, write_las
from processing.simulation.write_meshes import surface_noise, write_glb, write_obj

MESH_NOISE_M = 0.002
CONTROL_NOISE_M = 0.003
# Area of both roofs on plan, m²: sets the vertex spacing that gives the wanted triangles.
ROOF_PLAN_M2 = 35.2 * 22.4 + 44.0 * 29.0 - 32.0 * 19.2
ROOF_SHARE = 0.68
# Bays seen by the two captures of a wing: the second starts one bay further on.
WINDOW_BAYS, FIRST_BAY = 10, 2
HALL_STATIONS = (
    (-30.0, -24.0, 1.8),
    (27.0, -25.0, 1.8),
    (0.0, -27.0, 15.0),
    (3.0, 25.0, 15.0),
    (0.5, -5.0, 3.0),
    (-14.0, 6.2, 3.0),
    (14.0, 5.8, 3.0),
    (31.0, 20.0, 8.0),
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A written capture: its files relative to the survey's folder, counts, and its true pose."""

    case: Case
    files: list[str]
    scan_from_site: Points
    points: int = 0
    triangles: int = 0
    control: str | None = None
    bounds: list[list[float]] | None = None


class Survey:
    """Makes the captures of one seed, each from its own stream of random numbers."""

    def __init__(self, folder: Path, *, seed: int, points: int, triangles: int) -> None:
        self._folder, self._seed, self._points, self._triangles = folder, seed, points, triangles
        self._roof_step_m = float(np.sqrt(2 * ROOF_PLAN_M2 / (ROOF_SHARE * triangles)))
        self._frames = {case.code: random_frame(self._random(case.code, "frame")) for case in cases()}

    def make(self, case: Case) -> Made:
        """Simulate and write one capture."""
        target = self._folder / "uploads" / case.code
        target.mkdir(parents=True, exist_ok=True)
        makers: dict[str, Callable[[Case, Path], Made]] = {
            "hall": self._hall,
            "wing": self._wing,
            "roof": self._roof,
            "ornament": self._ornament,
        }
        return makers[case.model](case, target)

    def scan_from_site(self, code: str) -> Points:
        """The true pose (4, 4) of a capture's frame."""
        return self._frames[code]

    def _random(self, code: str, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, *f"{code}/{purpose}".encode()])

    def _hall(self, case: Case, target: Path) -> Made:
        parts = palace.hall(palace.LATER if case.later else palace.AS_FOUND, roof_step_m=self._roof_step_m)
        random = self._random(case.code, "stations")
        stations = [
            level_station(
                f"s{i + 1}", np.array(place) + random.uniform(-0.8, 0.8, 3), random.uniform(-3.1, 3.1)
            )
            for i, place in enumerate(HALL_STATIONS)
        ]
        return self._scanned(case, target, Scanner(parts), stations)

    def _wing(self, case: Case, target: Path) -> Made:
        start = (FIRST_BAY + (1 if case.later else 0)) * BAY_M
        window = np.array([[start, -5.5, -1.0], [start + WINDOW_BAYS * BAY_M, 5.5, 9.0]])
        random = self._random(case.code, "stations")
        # The same set-ups as seen from the window: nothing but control tells the bays apart.
        places = [(f, y, 2.2) for y in (-9.5, 9.5) for f in (0.2, 0.5, 0.8)] + [
            (0.3, 0.0, 2.2),
            (0.7, 0.0, 2.2),
        ]
        length = WINDOW_BAYS * BAY_M
        stations = [
            level_station(
                f"s{i + 1}",
                np.array([start + f * length, y, z]) + random.uniform(-0.2, 0.2, 3),
                random.uniform(-3, 3),
            )
            for i, (f, y, z) in enumerate(places)
        ]
        made = self._scanned(case, target, Scanner(wing(), window=window), stations)
        return replace(made, control=self._control(case, target)) if case.has_control else made

    def _scanned(self, case: Case, target: Path, scanner: Scanner, stations: list[Station]) -> Made:
        chunks = scanner.scan(stations, round(self._points * case.share), self._random(case.code, "noise"))
        pose, day = self._frames[case.code], date.fromisoformat(case.date)
        extent: Extent
        if case.format == "e57":
            path = target / f"{case.code}.e57"
            extent = write_e57(path, chunks, stations, pose, f"{case.code}-{self._seed}")
        else:
            path = target / f"{case.code}.laz"
            extent = write_las([path], chunks, stations, pose, day)
        files = [path.relative_to(self._folder).as_posix()]
        return Made(case=case, files=files, scan_from_site=pose, points=extent.points, bounds=extent.bounds())

    def _control(self, case: Case, target: Path) -> str:
        """Write four marks measured in both captures, with pick noise on each coordinate of this one."""
        assert case.reference is not None
        start = (FIRST_BAY + 1) * BAY_M
        half = WIDTH_M / 2
        marks = np.array(
            [
                [start + 1.0, -half, 0.3],
                [start + 28.5, -half, 3.9],
                [start + 2.0, half, 3.6],
                [start + 29.0, half, 0.4],
            ]
        )
        noise = self._random(case.code, "control").normal(0.0, CONTROL_NOISE_M, marks.shape)
        moving = applied(self._frames[case.code], marks) + noise
        fixed = applied(self._frames[case.reference], marks)
        rows = ["name,moving_x,moving_y,moving_z,fixed_x,fixed_y,fixed_z"]
        for number, (a, b) in enumerate(zip(moving, fixed, strict=True)):
            rows.append(f"P{number + 1}," + ",".join(f"{value:.4f}" for value in (*a, *b)))
        path = target / "control.csv"
        path.write_text("\n".join(rows) + "\n", encoding="ascii")
        return path.relative_to(self._folder).as_posix()

    def _roof(self, case: Case, target: Path) -> Made:
        random = self._random(case.code, "noise")
        pose = self._frames[case.code]
        parts = [lower_roof(self._roof_step_m), upper_roof(self._roof_step_m)]
        moved = [
            replace(part, vertices=applied(pose, surface_noise(part, MESH_NOISE_M, random))) for part in parts
        ]
        paths = write_obj(target, case.code, moved, random)
        return self._modelled(case, moved, paths)

    def _ornament(self, case: Case, target: Path) -> Made:
        side = max(24, round(np.sqrt(self._triangles * (1 - ROOF_SHARE) / 2)))
        part = pearl(palace.LOST, (7.5, -4.75, 13.2), rows=side + 1, columns=side + 1)
        moved = replace(part, vertices=applied(self._frames[case.code], part.vertices))
        path = target / f"{case.code}.glb"
        write_glb(path, moved, self._random(case.code, "noise"))
        return self._modelled(case, [moved], [path])

    def _modelled(self, case: Case, parts: list[Part], paths: list[Path]) -> Made:
        vertices = np.concatenate([part.vertices for part in parts])
        return Made(
            case=case,
            files=[path.relative_to(self._folder).as_posix() for path in paths],
            scan_from_site=self._frames[case.code],
            triangles=sum(len(part.triangles) for part in parts),
            bounds=[vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()],
        )


def simulate(
    folder: Path, *, seed: int, points: int, triangles: int, only: list[str] | None, progress: Progress
) -> list[Made]:
    """Write a survey of about ``points`` points and ``triangles`` triangles (both over all cases)."""
    survey = Survey(folder, seed=seed, points=points, triangles=triangles)
    wanted = [case for case in cases() if only is None or case.code in only]
    progress.stage("simulate", len(wanted), "captures")
    made = []
    for case in wanted:
        made.append(survey.make(case))
        progress.advance()
    _write_json(folder / "plan.json", _plan(seed, made))
    (folder / "truth").mkdir(exist_ok=True)
    _write_json(folder / "truth" / "truth.json", _truth(survey, seed, made))
    return made


def _plan(seed: int, made: list[Made]) -> dict[str, object]:
    """What to upload; it says which outcome is expected, and nothing about where captures stand."""
    return {
        "schema": 1,
        "seed": seed,
        "subjects": SUBJECTS,
        "cases": [
            {
                "case": one.case.code,
                "subject": one.case.subject,
                "capture": {"code": one.case.capture, "date_edtf": one.case.date, "method": one.case.method},
                "asset": one.case.asset,
                "kind": one.case.kind,
                "format": one.case.format,
                "files": one.files,
                "control": one.control,
                "reference": one.case.reference,
                "expected_state": one.case.expected_state,
                "points": one.points or None,
                "triangles": one.triangles or None,
            }
            for one in made
        ],
    }


def _truth(survey: Survey, seed: int, made: list[Made]) -> dict[str, object]:
    """Where each capture stands in the site, and in the frame of the capture that its frame began with."""
    cases_truth = {}
    for one in made:
        site_from_scan = inverse(one.scan_from_site)
        first = one.case.reference or one.case.code
        frame_from_scan = survey.scan_from_site(first) @ site_from_scan
        cases_truth[one.case.code] = {
            "reference": one.case.reference,
            "site_from_scan": site_from_scan.tolist(),
            "frame_from_scan": frame_from_scan.tolist(),
            "bounds": one.bounds,
        }
    return {"schema": 1, "seed": seed, "cases": cases_truth, "changes": palace.changes()}


def _write_json(path: Path, value: dict[str, object]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
