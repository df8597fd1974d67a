"""Control points: the pose they give, and the mistakes they betray."""

import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.registration.control import fitted, read_marks
from processing.registration.rigid import aligned_by_pairs, applied, displacement, inverse, stepped
from processing.room.inputs import Inputs, from_paths
from processing.verbs import verb

PLACES = np.array(
    [[0.0, 0, 0], [20, 1, 0.5], [18, 12, 6], [-2, 14, 1], [9, 6, 8], [3, 11, 5], [14, 3, 7], [1, 5, 3]]
)
POSE = stepped([0.03, -0.05, 1.1, 30.0, -12.0, 4.0], np.zeros(3))


def rows(count: int, noise_m: float = 0.0, seed: int = 1) -> list[dict]:
    """Marks P1… of a known pose, with noise on the moving side."""
    noise = np.random.default_rng(seed).normal(0, noise_m, (count, 3))
    moving = applied(inverse(POSE), PLACES[:count]) + noise
    return [
        {"name": f"P{i + 1}", "moving": moving[i].tolist(), "fixed": PLACES[i].tolist()} for i in range(count)
    ]


def test_it_finds_the_pose_of_exact_marks():
    fit = fitted(read_marks(rows(4)))
    assert displacement(fit.fixed_from_moving, POSE, applied(inverse(POSE), PLACES)) < 1e-9
    assert fit.scale == pytest.approx(1.0, abs=1e-9)
    assert fit.reasons == ()


def test_it_moves_onto_fixed_and_not_back():
    fit = fitted(read_marks(rows(5)))
    mark = rows(5)[3]
    carried = applied(fit.fixed_from_moving, np.array([mark["moving"]]))[0]
    assert np.linalg.norm(carried - mark["fixed"]) < 1e-9


def test_it_never_answers_a_mirror_image():
    flat = np.array([[0.0, 0, 0], [10, 0, 0.001], [10, 8, -0.001], [0, 8, 0.001]])
    pose, _ = aligned_by_pairs(flat, flat * [1, 1, -1])
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)


@pytest.mark.parametrize("count", [4, 5, 8])
def test_it_passes_marks_with_three_millimetres_of_noise(count):
    for seed in range(20):
        assert fitted(read_marks(rows(count, 0.003, seed))).reasons == ()


@pytest.mark.parametrize("count", [5, 8])
def test_it_names_a_blunder_of_six_centimetres(count):
    for seed in range(20):
        marks = rows(count, 0.003, seed)
        marks[1]["moving"][2] += 0.06
        fit = fitted(read_marks(marks))
        assert any(reason.startswith("control-blunder: P2") for reason in fit.reasons)


def test_it_names_two_exchanged_labels():
    marks = rows(6, 0.003)
    marks[0]["moving"], marks[4]["moving"] = marks[4]["moving"], marks[0]["moving"]
    fit = fitted(read_marks(marks))
    assert any("the labels P1 and P5 look exchanged" in reason for reason in fit.reasons)


def test_it_reports_a_scale_and_never_applies_it():
    marks = rows(5)
    for mark in marks:
        mark["moving"] = (np.array(mark["moving"]) * 1.01).tolist()
    fit = fitted(read_marks(marks))
    assert fit.scale == pytest.approx(1 / 1.01, rel=1e-6)
    assert np.linalg.det(fit.fixed_from_moving[:3, :3]) == pytest.approx(1.0)
    assert any(reason.startswith("control-scale") for reason in fit.reasons)


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        (rows(3), "needs 4 control points or more, got 3"),
        ([*rows(4), rows(4)[0]], "'P1' is listed twice"),
        ([*rows(4), {"name": "P9", "moving": [1, 2], "fixed": [0, 0, 0]}], "control point 5"),
        ([*rows(4), {"name": "P9", "moving": [1, 2, float("nan")], "fixed": [0, 0, 0]}], "control point 5"),
        (
            [{"name": f"L{i}", "moving": [i, 2 * i, 0], "fixed": [i, 2 * i, 0]} for i in range(5)],
            "lie on one line",
        ),
        ({"P1": 1}, "must be a list"),
    ],
)
def test_it_refuses_marks_it_cannot_use(marks, words):
    with pytest.raises(KnownError, match=words) as caught:
        read_marks(marks)
    assert caught.value.kind == "invalid-arguments"


def test_it_places_a_scan_by_marks_alone(tmp_path):
    path = tmp_path / "scan.xyz"
    points = applied(inverse(POSE), np.random.default_rng(1).uniform([0, 0, 0], [20, 14, 8], (500, 3)))
    np.savetxt(path, points, fmt="%.5f")
    inputs = Inputs(tuple(from_paths([path], "moving")))
    result = verb("register")(inputs, {"control": rows(5, 0.003)}, tmp_path, SilentProgress())
    assert result["state"] == "accepted"
    assert displacement(np.array(result["fixed_from_moving"]), POSE, points) < 0.015
    assert result["evidence"]["largest_sigma_m"] > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "neither a fixed scan nor control points"),
        ({"control": rows(4), "prior": [[1, 0], [0, 1]]}, "needs 4x4"),
        ({"control": rows(4), "prior": (np.eye(4) * 2).tolist()}, "not rigid"),
        ({"control": rows(4), "options": {"prior_tolerance_m": -1}}, "prior_tolerance_m is -1"),
    ],
)
def test_it_refuses_arguments_it_cannot_use(tmp_path, arguments, words):
    path = tmp_path / "scan.xyz"
    np.savetxt(path, np.random.default_rng(1).uniform(0, 9, (50, 3)), fmt="%.5f")
    inputs = Inputs(tuple(from_paths([path], "moving")))
    with pytest.raises(KnownError, match=words) as caught:
        verb("register")(inputs, arguments, tmp_path, SilentProgress())
    assert caught.value.kind == "invalid-arguments"
