"""The simulated survey: what is handed over, what is kept back, and that both repeat themselves."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.simulation.survey import simulate
from processing.verbs import verb

REPOSITORY = Path(__file__).resolve().parents[3]


def _truth(survey: Path) -> dict:
    return json.loads((survey / "truth" / "truth.json").read_text("utf-8"))


def _plan(survey: Path) -> dict:
    return json.loads((survey / "plan.json").read_text("utf-8"))


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_it_plans_every_format_the_demo_shows(small_survey):
    assert {case["format"] for case in _plan(small_survey)["cases"]} == {"e57", "laz", "obj", "glb"}
    for case in _plan(small_survey)["cases"]:
        assert case["files"]
        assert all((small_survey / file).stat().st_size > 0 for file in case["files"])


def test_it_names_only_subjects_it_lists(small_survey):
    plan = _plan(small_survey)
    codes = {subject["code"] for subject in plan["subjects"]}
    assert {case["subject"] for case in plan["cases"]} <= codes
    assert all(code == "demo" or code.rsplit(".", 1)[0] in codes for code in codes)


def test_it_writes_about_the_points_and_triangles_asked_for(small_survey):
    cases = _plan(small_survey)["cases"]
    assert sum(case["points"] or 0 for case in cases) == pytest.approx(60_000, rel=0.1)
    assert sum(case["triangles"] or 0 for case in cases) == pytest.approx(12_000, rel=0.1)


def test_it_keeps_every_number_of_the_truth_out_of_what_is_uploaded(small_survey):
    # Only numbers of a true pose with enough digits to be no accident.
    numbers = {
        f"{abs(value):.7f}"[:8]
        for case in _truth(small_survey)["cases"].values()
        for key in ("site_from_scan", "frame_from_scan")
        for row in case[key]
        for value in row
        if abs(value) > 1e-3 and abs(value - round(value)) > 1e-6
    }
    handed_over = [small_survey / "plan.json", *(small_survey / "uploads").rglob("*")]
    texts = [p for p in handed_over if p.is_file() and p.suffix in {".json", ".csv", ".obj", ".mtl"}]
    for path in texts:
        words = set(re.findall(r"\d+\.\d+", path.read_text("ascii", errors="replace")))
        assert not {word[:8] for word in words if len(word) >= 9} & numbers, path.name
    assert not [path for path in (small_survey / "uploads").rglob("*") if "truth" in path.name]


def test_it_gives_no_capture_a_pose_that_a_reader_could_find(small_survey):
    truth = _truth(small_survey)["cases"]["hall-2022"]
    data = (small_survey / "uploads/hall-2022/hall-2022.e57").read_bytes()
    site = np.array(truth["site_from_scan"])
    scan_from_site = np.linalg.inv(site)
    for value in (*site[:3, 3], *scan_from_site[:3, 3]):
        assert f"{value:.9f}".encode()[:11] not in data


def test_it_turns_tilts_and_shifts_every_capture_differently(small_survey):
    poses = {code: np.array(case["site_from_scan"]) for code, case in _truth(small_survey)["cases"].items()}
    assert len({tuple(pose.ravel().round(6)) for pose in poses.values()}) == len(poses) == 8
    for pose in poses.values():
        tilt_deg = np.degrees(np.arccos(pose[2, 2]))
        assert 0 < tilt_deg <= 5.0 + 1e-9
        scan_from_site = np.linalg.inv(pose)
        assert np.linalg.norm(scan_from_site[:2, 3]) >= 20.0


def test_it_declares_no_crs(small_survey):
    for name in ("hall-2022", "hall-2025"):
        (path,) = [p for p in (small_survey / "uploads" / name).iterdir() if p.suffix in {".e57", ".laz"}]
        result = verb("inspect")(Inputs(tuple(from_paths([path]))), {}, small_survey, SilentProgress())
        assert result["crs"]["declared"] is None
        assert result["points"] > 20_000


def test_it_writes_the_same_bytes_for_the_same_seed(small_survey, tmp_path):
    simulate(tmp_path, seed=7, points=60_000, triangles=12_000, only=None, progress=SilentProgress())
    assert _digests(tmp_path) == _digests(small_survey)


def test_it_writes_other_bytes_for_another_seed(small_survey, tmp_path):
    simulate(
        tmp_path, seed=8, points=60_000, triangles=12_000, only=["east-wing-2022"], progress=SilentProgress()
    )
    mine, theirs = _digests(tmp_path / "uploads"), _digests(small_survey / "uploads")
    assert mine["east-wing-2022/east-wing-2022.laz"] != theirs["east-wing-2022/east-wing-2022.laz"]


def test_it_measures_control_points_to_a_few_millimetres(small_survey):
    truth = _truth(small_survey)["cases"]["west-wing-2025"]
    rows = (small_survey / "uploads/west-wing-2025/control.csv").read_text("ascii").splitlines()[1:]
    values = np.array([[float(cell) for cell in row.split(",")[1:]] for row in rows])
    pose = np.array(truth["frame_from_scan"])
    error = np.linalg.norm(values[:, :3] @ pose[:3, :3].T + pose[:3, 3] - values[:, 3:], axis=1)
    assert len(rows) == 4
    assert 0 < error.max() < 0.015


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"seed": None}, "seed"),
        ({"seed": 1, "points": 10_000_000_001}, "10000000001"),
        ({"seed": 1, "case": "hall-1802"}, "hall-1802"),
    ],
)
def test_it_refuses_arguments_it_cannot_use(tmp_path, arguments, named):
    with pytest.raises(KnownError, match=named) as caught:
        verb("simulate")(Inputs(()), arguments, tmp_path, SilentProgress())
    assert caught.value.kind == "invalid-arguments"


def test_it_is_imported_by_its_verb_alone():
    houses = ["service", "workers", "storage", "processing", "stack", "client"]
    files = [path for house in houses for path in (REPOSITORY / house).rglob("*.py")]
    users = [
        path.relative_to(REPOSITORY).as_posix()
        for path in files
        if "processing.simulation" in path.read_text("utf-8")
        and "processing/simulation" not in path.as_posix()
    ]
    assert users == ["processing/verbs/simulate.py"]
