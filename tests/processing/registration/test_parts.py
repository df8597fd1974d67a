"""The parts of registration: thinning, covariance, poses, sampling."""

import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.registration.clouds import Cloud, local, thinned, thinned_to
from processing.registration.dense import densely_refined
from processing.registration.pipeline import register
from processing.registration.reading import MAX_HELD, collected, sampled
from processing.registration.rigid import angle_between, applied, displacement, inverse, shifted, stepped


def room(random: np.random.Generator, count: int) -> np.ndarray:
    """Points (3 × count, 3) on a floor and two walls of a 6 × 5 × 3 m corner, 2 mm noise."""
    floor = np.c_[random.uniform(0, 6, count), random.uniform(0, 5, count), np.zeros(count)]
    west = np.c_[np.zeros(count), random.uniform(0, 5, count), random.uniform(0, 3, count)]
    south = np.c_[random.uniform(0, 6, count), np.zeros(count), random.uniform(0, 3, count)]
    points = np.concatenate([floor, west, south])
    return points + random.normal(0, 0.002, points.shape)


def test_it_thins_to_one_mean_in_each_voxel():
    points = np.array([[0.1, 0.1, 0.1], [0.3, 0.3, 0.3], [1.5, 0.2, 0.2]])
    assert np.allclose(thinned(points, 1.0).points, [[0.2, 0.2, 0.2], [1.5, 0.2, 0.2]])


def test_it_thins_to_about_the_count_asked_for():
    points = room(np.random.default_rng(1), 40_000)
    assert len(thinned_to(points, 5_000).points) == pytest.approx(5_000, rel=0.2)


def test_it_takes_off_an_origin_without_losing_a_digit():
    points = np.array([[560_000.1234, 1_820_000.4321, 12.0001], [560_010.1, 1_820_020.2, 14.3]])
    near, origin = local(points)
    assert np.abs(near).max() < 25
    assert np.array_equal(near + origin, points)


def test_it_gathers_large_clouds_in_bounded_memory():
    random = np.random.default_rng(2)
    chunks = (random.uniform(0, 50, (500_000, 3)) * [1, 1, 0] for _ in range(8))
    points = collected(chunks, SilentProgress())
    assert 100_000 < len(points) <= MAX_HELD
    assert points[:, :2].min() < 0.1
    assert points[:, :2].max() > 49.9


def test_it_samples_a_mesh_by_area_and_repeats_itself():
    vertices = np.array([[0.0, 0, 0], [3, 0, 0], [0, 3, 0], [10, 0, 0], [11, 0, 0], [10, 1, 0]])
    triangles = np.array([[0, 1, 2], [3, 4, 5]], np.uint32)
    points = sampled(vertices, triangles, 10_000)
    assert (points[:, 0] < 5).mean() == pytest.approx(0.9, abs=0.01)
    assert np.array_equal(points, sampled(vertices, triangles, 10_000))


def test_it_refines_a_corner_to_a_tenth_of_the_noise():
    random = np.random.default_rng(3)
    truth = stepped([0.004, -0.003, 0.006, 0.02, -0.015, 0.01], np.array([3.0, 2.5, 1.0]))
    moving = Cloud(applied(inverse(truth), room(random, 8_000)), 0.05)
    dense = densely_refined(moving, Cloud(room(random, 8_000), 0.05), np.eye(4), block_m=0.4)
    assert dense is not None
    assert dense.settled
    assert displacement(dense.fixed_from_moving, truth, moving.points) < 0.0005


def test_it_lets_no_changed_part_pull_the_pose():
    random = np.random.default_rng(4)
    later = room(random, 8_000)
    bulged = (later[:, 0] < 0.05) & (later[:, 1] < 1.5)
    later[bulged, 0] += 0.03
    moving = Cloud(room(random, 8_000), 0.05)
    dense = densely_refined(moving, Cloud(later, 0.05), np.eye(4), block_m=0.4)
    assert dense is not None
    assert displacement(dense.fixed_from_moving, np.eye(4), moving.points) < 0.001


def test_it_gives_a_covariance_that_covers_the_error():
    covered = 0
    for seed in range(12):
        random = np.random.default_rng(100 + seed)
        moving, fixed = Cloud(room(random, 3_000), 0.08), Cloud(room(random, 3_000), 0.08)
        dense = densely_refined(moving, fixed, np.eye(4), block_m=0.4)
        assert dense is not None
        off = inverse(dense.fixed_from_moving)
        turn = np.array([off[2, 1] - off[1, 2], off[0, 2] - off[2, 0], off[1, 0] - off[0, 1]]) / 2
        error = np.concatenate([turn, applied(off, dense.pivot[None])[0] - dense.pivot])
        # 99 % point of the chi-squared distribution with six degrees of freedom.
        covered += error @ np.linalg.solve(dense.covariance, error) < 16.8
    assert covered >= 11


def test_it_does_not_accept_a_bare_wall_that_may_slide():
    random = np.random.default_rng(5)
    walls = [
        np.c_[random.uniform(0, 8, 20_000), random.normal(0, 0.002, 20_000), random.uniform(0, 4, 20_000)]
        for _ in range(2)
    ]
    try:
        found = register(walls[0], walls[1], prior=shifted([0.2, 0, 0]), progress=SilentProgress()).state
    except KnownError as error:
        found = error.kind
    assert found in {"ambiguous", "rejected", "registration-failed"}


def test_it_says_when_a_scan_has_too_few_points():
    few = np.random.default_rng(6).uniform(0, 1, (20, 3))
    with pytest.raises(KnownError, match="20 points") as caught:
        register(few, few, progress=SilentProgress())
    assert caught.value.kind == "registration-failed"


def test_it_turns_about_the_pivot_it_is_given():
    pose = stepped([0, 0, np.pi / 2, 0, 0, 1.0], np.array([1.0, 0, 0]))
    assert np.allclose(applied(pose, np.array([[2.0, 0, 0]])), [[1.0, 1.0, 1.0]])
    assert angle_between(pose, np.eye(4)) == pytest.approx(np.pi / 2)
