"""Registration of simulated surveys: right where geometry decides, undecided where it cannot."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.registration.control import read_marks
from processing.registration.pipeline import register
from processing.registration.reading import sampled
from processing.registration.rigid import applied, inverse, shifted, stepped
from processing.simulation.hall import COLUMN_X, COLUMN_Y, column
from tests.processing.registration.conftest import simulated_pair


def marks_of(pair):
    """The control points that came with a capture, as they stand in a request."""
    with pair.control.open(encoding="ascii", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        {"name": row[0], "moving": [float(v) for v in row[1:4]], "fixed": [float(v) for v in row[4:]]}
        for row in rows
    ]


def outcome(moving, fixed) -> str:
    """The state of a registration, or the kind of its failure."""
    try:
        return register(moving, fixed, progress=SilentProgress()).state
    except KnownError as error:
        return error.kind


@pytest.fixture(scope="module")
def hall(hall_pair):
    """The hall's registration, once."""
    return register(hall_pair.moving, hall_pair.fixed, progress=SilentProgress())


@pytest.fixture(scope="module")
def wing(plain_wing):
    """The plain wing's registration, once."""
    return register(plain_wing.moving, plain_wing.fixed, progress=SilentProgress())


def test_it_places_the_hall_within_five_millimetres(hall, hall_pair):
    assert hall.state == "accepted"
    assert hall_pair.error_m(hall.fixed_from_moving) < 0.005


def test_it_says_how_good_the_pose_is_without_flattering_itself(hall, hall_pair):
    pivot = np.array(hall.evidence["covariance_pivot"])
    off = hall_pair.truth @ inverse(hall.fixed_from_moving)
    turn = np.array([off[2, 1] - off[1, 2], off[0, 2] - off[2, 0], off[1, 0] - off[0, 1]]) / 2
    error = np.concatenate([turn, applied(off, pivot[None])[0] - pivot])
    # 99.9 % point of the chi-squared distribution with six degrees of freedom.
    assert error @ np.linalg.solve(hall.covariance, error) < 22.5
    assert (np.linalg.eigvalsh(hall.covariance) > 0).all()


def test_it_keeps_the_evidence(hall):
    evidence = hall.evidence
    assert evidence["reasons"] == []
    assert evidence["second_ratio"] < evidence["ambiguous_from_ratio"]
    assert evidence["measures"]["normals"] >= 0.7
    assert evidence["libraries"]["small-gicp"]
    json.dumps(hall.as_json(), allow_nan=False)


def test_it_answers_the_same_again(hall, hall_pair):
    again = register(hall_pair.moving, hall_pair.fixed, progress=SilentProgress())
    assert again.state == hall.state
    assert np.abs(again.fixed_from_moving - hall.fixed_from_moving).max() < 1e-6


def test_it_is_not_moved_by_coordinates_as_large_as_utm(hall_pair):
    away = shifted([560_000.0, 1_820_000.0, 12.0])
    found = register(applied(away, hall_pair.moving), hall_pair.fixed, progress=SilentProgress())
    assert found.state == "accepted"
    assert hall_pair.error_m(found.fixed_from_moving @ away) < 0.005


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_it_places_the_hall_of_any_seed(tmp_path, seed):
    pair = simulated_pair(tmp_path, seed, "hall-2025", 110_000, 8_000)
    found = register(pair.moving, pair.fixed, progress=SilentProgress())
    assert found.state == "accepted"
    assert pair.error_m(found.fixed_from_moving) < 0.010


def test_it_does_not_choose_between_bays_that_are_all_alike(wing, plain_wing):
    assert wing.state == "ambiguous"
    assert wing.evidence["second_ratio"] >= 0.85
    poses = [wing.fixed_from_moving, *(np.array(o["fixed_from_moving"]) for o in wing.alternatives)]
    assert min(plain_wing.error_m(pose) for pose in poses) < 0.010


def test_it_lets_a_prior_choose_the_bay(plain_wing):
    prior = stepped([0.0, 0.0, 0.002, 0.05, -0.04, 0.02], plain_wing.fixed.mean(axis=0)) @ plain_wing.truth
    found = register(
        plain_wing.moving,
        plain_wing.fixed,
        prior=prior,
        prior_tolerance_m=0.5,
        progress=SilentProgress(),
    )
    assert found.state == "accepted"
    assert plain_wing.error_m(found.fixed_from_moving) < 0.004


def test_it_places_the_wing_by_four_marks_within_four_millimetres(wing_with_control):
    found = register(
        wing_with_control.moving,
        wing_with_control.fixed,
        marks=read_marks(marks_of(wing_with_control)),
        progress=SilentProgress(),
    )
    assert found.state == "accepted"
    assert wing_with_control.error_m(found.fixed_from_moving) < 0.004
    by_marks_m = found.evidence["control"]["moved_by_surfaces_m"]
    assert 0 < by_marks_m < found.evidence["control"]["move_limit_m"]


def test_it_refuses_marks_of_another_bay(wing_with_control):
    rows = marks_of(wing_with_control)
    rows[2]["moving"] = (np.array(rows[2]["moving"]) + [3.4, 0, 0]).tolist()
    found = register(
        wing_with_control.moving, wing_with_control.fixed, marks=read_marks(rows), progress=SilentProgress()
    )
    assert found.state == "rejected"
    assert any(reason.startswith("control-blunder") for reason in found.evidence["reasons"])


def test_it_never_accepts_scans_of_different_buildings(hall_pair, plain_wing):
    assert outcome(plain_wing.moving, hall_pair.fixed) in {"rejected", "registration-failed"}


def test_it_does_not_guess_which_of_eighty_columns_a_column_is(hall_pair):
    part = column("c", COLUMN_X[3], COLUMN_Y[2])
    points = sampled(part.vertices, part.triangles, 20_000)
    turned = applied(stepped([0.02, 0.01, 0.7, 5.0, 30.0, 0.0], np.zeros(3)), points)
    assert outcome(turned, hall_pair.fixed) in {"ambiguous", "rejected", "registration-failed"}


def test_it_registers_files_from_the_command_line(hall_pair, tmp_path):
    command = [sys.executable, "-m", "processing", "register"]
    command += [str(hall_pair.moving_files[0]), str(hall_pair.fixed_files[0])]
    done = subprocess.run(command, capture_output=True, check=True, timeout=240, cwd=tmp_path)
    result = json.loads(done.stdout)
    assert result["state"] == "accepted"
    assert hall_pair.error_m(result["fixed_from_moving"]) < 0.005
    assert len(result["covariance"]) == 6
