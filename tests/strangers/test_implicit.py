"""An implicit tileset of a cloud, read by others: every point is there, in the box that its place gives."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.browser.tiled import tile, write_ornament
from tests.strangers.implicit import cells_of
from tests.strangers.reading import batches, read_all

POINTS = 300_000
# Positions are rounded to steps of a tile, at most a millimetre.
SLACK_M = 1e-3


def test_it_keeps_every_point_in_the_box_its_place_gives(tmp_path: Path):
    write_ornament(tmp_path / "yard.las", points=POINTS, seed=6)
    made = tile(tmp_path / "yard.las", tmp_path / "made", explicit_tiles=1)

    cells = list(cells_of(tmp_path / "made"))
    held = {cell.content: cell for cell in cells if cell.content is not None}
    read = [found for batch in batches(list(held)) for found in read_all(batch)]

    assert made["implicit"]
    assert len(held) == made["tiles"]
    assert {path.name for path in (tmp_path / "made/tiles").iterdir()} == {path.name for path in held}
    assert [found.issues for found in read if found.errors] == []
    assert sum(found.points for found in read) == POINTS
    # GLB is Y-up: x, z, -y of the tileset's axes.
    low = np.array([[found.min[0], -found.max[2], found.min[1]] for found in read])
    high = np.array([[found.max[0], -found.min[2], found.max[1]] for found in read])
    assert (low >= np.array([held[found.path].low for found in read]) - SLACK_M).all()
    assert (high <= np.array([held[found.path].high for found in read]) + SLACK_M).all()
    stated = np.array(json.loads((tmp_path / "made/tileset.json").read_text())["asset"]["extras"]["box"])
    assert stated[:3] - stated[[3, 7, 11]] == pytest.approx(low.min(axis=0), abs=SLACK_M)
    assert stated[:3] + stated[[3, 7, 11]] == pytest.approx(high.max(axis=0), abs=SLACK_M)


def test_it_lists_a_deep_tree_in_few_files_and_states_errors_that_fall(tmp_path: Path):
    write_ornament(tmp_path / "yard.las", points=200_000, seed=7)
    made = tile(tmp_path / "yard.las", tmp_path / "made", explicit_tiles=1)

    errors = {cell.level: cell.geometric_error_m for cell in cells_of(tmp_path / "made")}

    assert sorted(errors) == list(range(made["levels"]))
    assert [errors[level] for level in sorted(errors)] == sorted(errors.values(), reverse=True)
    assert errors[0] > 0
    assert len(list((tmp_path / "made/subtrees").iterdir())) <= 10
