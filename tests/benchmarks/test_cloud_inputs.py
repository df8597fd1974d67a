"""Clouds to measure on: the same points in every form, several stations, noise, and no order in space."""

import laspy
import numpy as np

from tests.benchmarks.conftest import POINTS


def read(folder, ending):
    [path] = [p for p in folder.iterdir() if p.name.endswith(f"seed5.{ending}")]
    return laspy.read(path)


def test_it_writes_the_same_points_plain_and_compressed(cloud_folder):
    assert np.array_equal(read(cloud_folder, "las").points.array, read(cloud_folder, "laz").points.array)


def test_it_shuffles_every_record_once(cloud_folder):
    plain, shuffled = (read(cloud_folder, form).points.array for form in ("las", "shuffled.las"))

    assert not np.array_equal(plain, shuffled)
    assert np.array_equal(np.sort(plain.view("V36")), np.sort(shuffled.view("V36")))


def test_it_leaves_no_order_behind(cloud_folder):
    shuffled = read(cloud_folder, "shuffled.las")
    station = np.asarray(shuffled.point_source_id).astype(float)

    # Of a uniformly drawn order neighbours in the file know nothing of each other: 1/sqrt(n) by chance.
    assert abs(np.corrcoef(station[1:], station[:-1])[0, 1]) < 5 / np.sqrt(len(station))


def test_it_scans_from_several_stations_one_after_the_other_line_by_line(cloud_folder):
    plain = read(cloud_folder, "las")
    station = np.asarray(plain.point_source_id)

    assert abs(len(plain) - POINTS) < 0.05 * POINTS
    assert np.array_equal(np.unique(station), np.arange(1, 9))
    assert (np.diff(station.astype(int)) >= 0).all()
    # In scan order the next point is near; in space it is nowhere near sorted.
    steps = np.linalg.norm(np.diff(np.asarray(plain.xyz), axis=0), axis=1)
    assert np.median(steps) < 0.5


def test_it_gives_every_class_a_surveyor_would_set(cloud_folder):
    assert set(np.unique(read(cloud_folder, "las").classification).tolist()) == {2, 6, 64}


def test_it_makes_ranges_noisy_by_two_millimetres(cloud_folder):
    plain = read(cloud_folder, "las")
    # The yard is flat at z = 0: seen steeply from a few metres, what is left is the noise.
    xyz = np.asarray(plain.xyz)
    yard = xyz[(np.abs(xyz[:, 2]) < 0.02) & (np.abs(xyz[:, 0]) > 23)]

    assert 0.0002 < yard[:, 2].std() < 0.004
    assert len(np.unique(yard[:, 2])) > 20
