"""Simulated pairs with their truth, read through the same door as everything else."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from processing.progress import SilentProgress
from processing.registration.reading import read_points
from processing.registration.rigid import corners, displacement
from processing.room.inputs import Inputs, from_paths
from processing.simulation.survey import simulate


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Points of both scans, the true pose, and the model's corners to measure an error at."""

    moving: np.ndarray
    fixed: np.ndarray
    truth: np.ndarray
    corners: np.ndarray
    moving_files: list[Path]
    fixed_files: list[Path]
    control: Path | None

    def error_m(self, pose) -> float:
        """Largest displacement of any corner of the model against the truth, metres."""
        return displacement(np.array(pose), self.truth, self.corners)


def read(paths: list[Path], scratch: Path) -> np.ndarray:
    """Points of an upload."""
    return read_points(Inputs(tuple(from_paths(paths))), scratch, SilentProgress(), {})


def simulated_pair(folder: Path, seed: int, moving: str, points: int, triangles: int = 20_000) -> Pair:
    """Simulate one case and the one it refers to; ``points`` and ``triangles`` over all eight cases."""
    reference = moving.replace("2025", "2022") if moving.endswith("2025") else "hall-2022"
    simulate(
        folder,
        seed=seed,
        points=points,
        triangles=triangles,
        only=[reference, moving],
        progress=SilentProgress(),
    )
    plan = {case["case"]: case for case in json.loads((folder / "plan.json").read_bytes())["cases"]}
    truth = json.loads((folder / "truth" / "truth.json").read_bytes())["cases"][moving]
    files = {code: [folder / file for file in plan[code]["files"]] for code in (moving, reference)}
    control = plan[moving]["control"]
    return Pair(
        moving=read(files[moving], folder),
        fixed=read(files[reference], folder),
        truth=np.array(truth["frame_from_scan"]),
        corners=corners(*truth["bounds"]),
        moving_files=files[moving],
        fixed_files=files[reference],
        control=folder / control if control else None,
    )


@pytest.fixture(scope="session")
def hall_pair(tmp_path_factory) -> Pair:
    """The hall, 2022 and 2025, 60 000 points each."""
    return simulated_pair(tmp_path_factory.mktemp("hall"), 21, "hall-2025", 150_000)


@pytest.fixture(scope="session")
def plain_wing(tmp_path_factory) -> Pair:
    """The wing seen from one bay further on, without help, 20 000 points each."""
    return simulated_pair(tmp_path_factory.mktemp("east"), 22, "east-wing-2025", 400_000)


@pytest.fixture(scope="session")
def wing_with_control(tmp_path_factory) -> Pair:
    """The same with four control points."""
    return simulated_pair(tmp_path_factory.mktemp("west"), 23, "west-wing-2025", 400_000)
