"""The preview of a cloud: its tiles decoded by meshoptimizer's own decoder, beside the whole file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from processing.points.preview import PREVIEW_POINTS
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.decoding import read_tileset
from tests.processing.points.making import inputs, surface, write_las


def cells(xyz: np.ndarray) -> set[tuple[int, int, int]]:
    return set(map(tuple, np.floor(xyz).astype(int).tolist()))


def test_it_shows_every_metre_that_has_points_and_no_other(tmp_path: Path):
    # A wall at a whole metre: a millimetre's rounding puts points of one side on the other.
    xyz = surface(3 * PREVIEW_POINTS)
    write_las(tmp_path / "scan.las", xyz)

    told = verb("preview")(inputs(tmp_path / "scan.las"), {}, tmp_path / "preview", SilentProgress())

    shown = read_tileset(tmp_path / "preview").xyz
    assert told["of_points"] == len(xyz)
    assert len(shown) == told["points"] <= PREVIEW_POINTS
    assert cells(shown) == cells(xyz)
    assert told["max_position_error_m"] <= 0.001
