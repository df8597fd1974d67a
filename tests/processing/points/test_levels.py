"""What each level of a cloud draws: evenly, without rows, and no point far from a drawn one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import KDTree

from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.decoding import glb_points, read_tileset
from tests.processing.points.making import inputs, write_las

POINTS = 1_200_000


def scanned_room(points: int) -> np.ndarray:
    """Scan lines over floor, walls and a slanted roof, from a station: dense near it, sparse far away."""
    rng = np.random.default_rng(11)
    azimuth = np.linspace(0, 2 * np.pi, points)
    elevation = np.tile(np.linspace(-1.2, 1.2, 2000), points // 2000 + 1)[:points]
    ray = np.stack(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)], axis=1
    )
    walls = [
        (np.array([1, 0, 0.0]), 6), (np.array([-1, 0, 0.0]), 5), (np.array([0, 1, 0.0]), 4),
        (np.array([0, -1, 0.0]), 7), (np.array([0, 0, -1.0]), 1.7), (np.array([0, 0.4, 0.9]), 4.0),
    ]  # fmt: skip
    reach = np.full(points, np.inf)
    for normal, away in walls:
        along = ray @ (normal / np.linalg.norm(normal))
        hit = np.where(along > 1e-6, away / np.maximum(along, 1e-6), np.inf)
        reach = np.minimum(reach, hit)
    return ray * (reach + rng.normal(0, 0.002, points))[:, None]


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[np.ndarray], dict]:
    """Answer the points of each level, and the result."""
    folder = tmp_path_factory.mktemp("levels")
    write_las(folder / "scan.las", scanned_room(POINTS))
    result = verb("tile")(inputs(folder / "scan.las"), {}, folder / "tiles", SilentProgress())
    drawn: dict[int, list[np.ndarray]] = {}
    for path in (folder / "tiles/tiles").glob("*.glb"):
        drawn.setdefault(int(path.name.split("-")[0]), []).append(glb_points(path.read_bytes())[0])
    return [np.concatenate(drawn[level]) for level in sorted(drawn)], result


def test_it_draws_every_level_evenly(levels: tuple) -> None:
    drawn, result = levels
    assert len(drawn) >= 4
    for level in range(len(drawn) - 1):
        spacing_m = result["spacing_m"] / 2**level
        seen = np.concatenate(drawn[: level + 1])
        apart, _ = KDTree(seen).query(seen, 2)
        assert np.median(apart[:, 1]) >= 0.5 * spacing_m
        apart, _ = KDTree(drawn[level]).query(drawn[level], 2)
        assert np.median(apart[:, 1]) >= 0.5 * spacing_m


def test_it_leaves_no_undrawn_point_far_from_a_drawn_one(levels: tuple) -> None:
    drawn, result = levels
    for level in range(len(drawn) - 1):
        spacing_m = result["spacing_m"] / 2**level
        seen = KDTree(np.concatenate(drawn[: level + 1]))
        away, _ = seen.query(np.concatenate(drawn[level + 1 :])[::7])
        assert np.quantile(away, 0.99) <= spacing_m
        assert away.max() <= 3**0.5 * spacing_m


def test_it_shows_no_rows_of_its_grid(levels: tuple) -> None:
    drawn, result = levels
    floor = drawn[1][np.abs(drawn[1][:, 2] - np.median(drawn[1][:, 2])) < 10]
    spacing_m = result["spacing_m"] / 2
    inside = floor[:, :2] / spacing_m % 1
    # In rows, points would gather at a few places of their cells: every tenth of a cell has its share.
    shares = np.stack([np.histogram(inside[:, k], 10, (0, 1))[0] for k in range(2)]) / len(inside)
    assert shares.min() > 0.03
    assert shares.max() < 0.2


def test_it_says_an_error_that_halves_with_every_level(levels: tuple, tmp_path: Path) -> None:
    del levels
    write_las(tmp_path / "scan.las", scanned_room(200_000))
    result = verb("tile")(inputs(tmp_path / "scan.las"), {}, tmp_path / "tiles", SilentProgress())
    root = read_tileset(tmp_path / "tiles").root
    assert root["geometricError"] == pytest.approx(result["spacing_m"], rel=1e-6)
    below = [child["geometricError"] for child in root["children"]]
    assert set(below) <= {0.0, float(f"{result['spacing_m'] / 2:.9g}")}
