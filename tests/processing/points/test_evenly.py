"""A thinned sample shows every part of what was sampled."""

import numpy as np

from processing.formats.cloud import PointChunk
from processing.points.evenly import evenly


def chunk(xyz: np.ndarray) -> PointChunk:
    return PointChunk(xyz=xyz, intensity=np.arange(len(xyz), dtype=np.uint16))


def test_it_keeps_a_lonely_corner_beside_a_crowd():
    random = np.random.default_rng(1)
    crowd = random.uniform(0, 1, (50_000, 3))
    lonely = random.uniform(0, 1, (3, 3)) + 30

    kept = evenly([chunk(crowd), chunk(lonely)], 1_000)
    xyz = np.concatenate([part.xyz for part in kept])

    assert 900 <= len(xyz) <= 1_000
    assert (xyz > 10).all(axis=1).any()


def test_it_spreads_what_it_keeps():
    random = np.random.default_rng(2)
    # Nine tenths of the points lie in a hundredth of the square.
    flat = np.concatenate([random.uniform(0, 0.1, (90_000, 2)), random.uniform(0, 1, (10_000, 2))])

    (kept,) = evenly([chunk(np.c_[flat, np.zeros(len(flat))])], 2_000)

    cells = {tuple(cell) for cell in np.floor(kept.xyz[:, :2] * 20).astype(int).tolist()}
    assert len(cells) == 400
    assert (kept.xyz[:, :2] < 0.1).all(axis=1).mean() < 0.1


def test_it_keeps_attributes_with_their_points():
    xyz = np.random.default_rng(3).uniform(0, 5, (5_000, 3))

    (kept,) = evenly([chunk(xyz)], 100)

    assert kept.intensity is not None
    assert (xyz[kept.intensity] == kept.xyz).all()


def test_it_leaves_a_small_sample_and_copies_of_one_point_alone():
    few = [chunk(np.ones((20, 3)))]

    assert evenly(few, 20) is few
    assert sum(len(part.xyz) for part in evenly(few, 5)) <= 5
