"""Registration of real scans with published or planted truth."""

import json

import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.registration.pipeline import register
from processing.registration.rigid import angle_between, displacement
from tests.processing.registration.conftest import read


@pytest.fixture(scope="module")
def lions(shared_data, tmp_path_factory):
    """The lion before and after a controlled change, and the planted pose."""
    folder = shared_data / "pairs" / "lion_controlled_change"
    scratch = tmp_path_factory.mktemp("lion")
    truth = np.array(json.loads((folder / "ground_truth.json").read_text())["T_B_from_A"])
    before = read([folder / "epochA_ascii.ply"], scratch)
    return before, read([folder / "epochB_big_endian.ply"], scratch), truth


def test_it_places_the_changed_lion_within_its_noise(lions):
    before, after, truth = lions
    found = register(before, after, progress=SilentProgress())
    assert found.state == "accepted"
    # The noise of each point is 1.1 mm; a part is lost and another bulges by 57 mm.
    assert displacement(found.fixed_from_moving, truth, before) < 0.0015


def test_it_finds_georeferenced_scans_already_in_place(shared_data, tmp_path):
    folder = shared_data / "pairs" / "lion_controlled_change"
    before = read([folder / "epochA_georef.laz"], tmp_path)
    after = read([folder / "epochB_georef_aligned.laz"], tmp_path)
    found = register(before, after, progress=SilentProgress())
    assert found.state == "accepted"
    assert displacement(found.fixed_from_moving, np.eye(4), before) < 0.0015


def test_it_agrees_with_the_published_pose_of_a_vehicle_scanner(shared_data, tmp_path):
    folder = shared_data / "pairs" / "small_gicp"
    moving = read([folder / "source.ply"], tmp_path)
    fixed = read([folder / "target.ply"], tmp_path)
    truth = np.loadtxt(folder / "T_target_source.txt")
    found = register(moving, fixed, progress=SilentProgress())
    assert found.state == "accepted"
    assert np.degrees(angle_between(found.fixed_from_moving, truth)) < 0.5
    assert np.linalg.norm(found.fixed_from_moving[:3, 3] - truth[:3, 3]) < 0.15


def test_it_does_not_accept_two_things_that_are_not_the_same(shared_data, lions, tmp_path):
    other = read([shared_data / "pairs" / "small_gicp" / "source.ply"], tmp_path)
    before, _, _ = lions
    try:
        state = register(before * 8, other, progress=SilentProgress()).state
    except KnownError as error:
        state = error.kind
    assert state in {"rejected", "ambiguous", "registration-failed"}


def test_it_finds_two_sides_of_a_lion_and_does_not_call_a_quarter_of_overlap_enough(shared_data, tmp_path):
    folder = shared_data / "pairs" / "lion_multiview"
    moving = read([folder / "LionScan1_fine.xyz"], tmp_path)
    fixed = read([folder / "LionScan2_fine.xyz"], tmp_path)
    found = register(moving, fixed, prior=np.eye(4), progress=SilentProgress())
    # Both are published in one frame, 118 units long; only the rim is in both.
    assert displacement(found.fixed_from_moving, np.eye(4), moving) < 0.2
    assert found.overlap < 0.4
    assert found.state == "rejected"
