"""The check of tiles: it passes what is whole, and notices one point of many."""

import json

import numpy as np
import pytest

from benchmarks.tiles_check import broken, check, main
from tests.benchmarks.tampering import fullest_tile, tampered


def test_it_finds_every_point_of_a_cloud_in_its_tiles(explicit):
    answer = check(explicit.tiles, explicit.cloud)

    assert broken(answer) == []
    assert answer["points"] == answer["pairs_measured"] == explicit.said["points"]
    assert answer["hash_of_input"] == answer["hash_of_tiles"]
    assert answer["intensity_exact"]
    assert answer["rgb_max_error"] <= 0.5


def test_it_measures_the_displacement_that_the_tiler_states(explicit):
    answer = check(explicit.tiles, explicit.cloud)

    assert 0 < answer["max_position_error_m"] <= explicit.said["max_position_error_m"] + 1e-9
    assert answer["finest_step_m"] <= 0.001


def test_it_reads_implicit_tilesets_of_many_chunks(implicit):
    answer = check(implicit.tiles, implicit.cloud)

    assert answer["implicit"]
    assert broken(answer) == []
    assert answer["tiles"] == implicit.said["tiles"]


def test_it_measures_pairs_in_shares_and_counts_the_same(explicit):
    whole = check(explicit.tiles, explicit.cloud)
    shared = check(explicit.tiles, explicit.cloud, share_points=40_000)
    one = check(explicit.tiles, explicit.cloud, share_points=40_000, most_shares=1)

    assert shared["pairs_measured"] == whole["pairs_measured"]
    assert shared["max_position_error_m"] == whole["max_position_error_m"]
    assert 0 < one["pairs_measured"] < whole["pairs_measured"]


def test_it_knows_no_order(cloud_folder, explicit):
    [shuffled] = cloud_folder.glob("*.shuffled.las")

    assert broken(check(explicit.tiles, shuffled)) == []


def drop_a_chunk(arrays):
    return {name: rows[:-256] for name, rows in arrays.items()}


def drop_a_point(arrays):
    return {name: np.delete(rows, 77, axis=0) for name, rows in arrays.items()}


def repeat_a_point(arrays):
    return {name: np.concatenate([rows, rows[:1]]) for name, rows in arrays.items()}


def change(name, column, by):
    def spoil(arrays):
        changed = arrays[name].copy()
        changed[77, column] += by
        return arrays | {name: changed}

    return spoil


def swap_two_intensities(arrays):
    changed = arrays["_INTENSITY"].copy()
    other = int(np.flatnonzero(changed[:, 0] != changed[77, 0])[0])
    changed[[77, other], 0] = changed[[other, 77], 0]
    return arrays | {"_INTENSITY": changed}


def darken(arrays):
    return arrays | {"COLOR_0": arrays["COLOR_0"] // 2}


# A step is 0.8 mm: 3 mm are four steps, and 0.8 mm is one.
@pytest.mark.parametrize(
    ("spoil", "missing"),
    [
        (drop_a_chunk, 256),
        (drop_a_point, 1),
        (repeat_a_point, 1),
        (change("_INTENSITY", 0, 1), 1),
        (change("_CLASSIFICATION", 0, 1), 1),
        (change("POSITION", 2, 4), 1),
        (change("POSITION", 0, 1), 1),
        (swap_two_intensities, 2),
    ],
    ids=["chunk", "point", "twice", "intensity", "class", "3 mm", "a step", "swapped"],
)
def test_it_counts_what_is_missing(explicit, tmp_path, spoil, missing):
    tiles = tampered(explicit.tiles, tmp_path / "tiles", key=fullest_tile(explicit.tiles), spoil=spoil)

    answer = check(tiles, explicit.cloud, most_shares=1)

    assert answer["points_missing"] == missing
    assert answer["hash_of_input"] != answer["hash_of_tiles"] or answer["points_displaced"] == missing


def test_it_notices_colours_that_were_darkened(explicit, tmp_path):
    tiles = tampered(explicit.tiles, tmp_path / "tiles", key=fullest_tile(explicit.tiles), spoil=darken)

    answer = check(tiles, explicit.cloud)

    assert answer["rgb_max_error"] > 1
    assert {"rgb_max_error", "hash differs", "colour_sums differs"} <= set(broken(answer))


def shrink_a_child(document):
    box = document["root"]["boundingVolume"]["box"]
    document["root"]["children"][0]["boundingVolume"]["box"] = [box[0] + box[3], *box[1:]]


def raise_an_error(document):
    document["root"]["children"][0]["geometricError"] = document["root"]["geometricError"]


def forget_a_tile(document):
    del document["root"]["children"][0]


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (shrink_a_child, "children_outside_parents"),
        (shrink_a_child, "points_outside_own_box"),
        (raise_an_error, "errors_that_rise"),
        (forget_a_tile, "contents_lost"),
    ],
)
def test_it_reads_the_tree_as_it_is_written(explicit, tmp_path, spoil, rule):
    tiles = tampered(explicit.tiles, tmp_path / "tiles", tileset=spoil)

    assert rule in broken(check(tiles, explicit.cloud))


def test_it_ends_with_one_when_a_rule_is_broken(explicit, tmp_path, capsys):
    tiles = tampered(explicit.tiles, tmp_path / "tiles", tileset=raise_an_error)

    assert main([str(tiles), str(explicit.cloud)]) == 1
    assert json.loads(capsys.readouterr().out)["broken"] == ["errors_that_rise"]
    assert main([str(explicit.tiles), str(explicit.cloud)]) == 0
