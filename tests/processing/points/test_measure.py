"""Measures of a cloud beside those of others: open3d for neighbours, plain numpy for cells."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import laspy
import numpy as np
import open3d as o3d
import pytest

from processing.errors import KnownError
from processing.points.measuring import MeasureAsk, measured
from processing.points.neighbours import FramedCloud
from processing.progress import SilentProgress
from processing.room.sources import FileSource
from processing.verbs import verb
from tests.processing.framework.test_command_line import room
from tests.processing.points.making import inputs, surface, write_las
from tests.processing.points.test_copc import made_copc

POINTS = 60_000


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wavy floor and a wall as LAS and COPC."""
    folder = tmp_path_factory.mktemp("hall")
    write_las(folder / "scan.las", surface(POINTS, seed=6))
    made_copc(folder / "scan.las", folder / "copc")
    return folder


def measure(path: Path, **arguments: object) -> dict:
    return verb("measure")(inputs(path), arguments, path.parent, SilentProgress())


@pytest.mark.parametrize("block_points", [1_000_000, 5_000])
def test_it_measures_spacing_as_open3d_does(hall: Path, block_points: int) -> None:
    xyz = np.asarray(laspy.read(hall / "scan.las").xyz)
    cloud = FramedCloud(FileSource(hall / "copc/cloud.copc.laz"), block_points=block_points)
    result = measured(cloud, MeasureAsk(), SilentProgress())
    theirs = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(xyz)).compute_nearest_neighbor_distance()
    assert result["measured_points"] == result["points"] == POINTS
    for name, value in {
        "median_m": np.median(theirs),
        "p05_m": np.quantile(theirs, 0.05),
        "p95_m": np.quantile(theirs, 0.95),
        "mean_m": np.mean(theirs),
        "max_m": np.max(theirs),
    }.items():
        assert result["spacing"][name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
    assert sum(result["spacing"]["histogram"]["counts"]) == POINTS


@pytest.mark.parametrize("cell_m", [1.0, 0.4])
def test_it_counts_points_of_cells(hall: Path, cell_m: float) -> None:
    xyz = np.asarray(laspy.read(hall / "scan.las").xyz)
    cloud = FramedCloud(FileSource(hall / "copc/cloud.copc.laz"), block_points=5_000)
    result = measured(cloud, MeasureAsk(cell_m=cell_m, sample=1_000), SilentProgress())
    for axes, name in ((2, "density_per_m2"), (3, "density_per_m3")):
        counts = Counter(tuple(cell) for cell in np.floor(xyz[:, :axes] / cell_m).astype(int).tolist())
        densities = np.array(list(counts.values())) / cell_m**axes
        assert result[name]["cells"] == len(counts)
        assert result[name]["median"] == pytest.approx(np.median(densities))
        assert result[name]["p95"] == pytest.approx(np.quantile(densities, 0.95))
        assert result[name]["mean"] * len(counts) * cell_m**axes == pytest.approx(POINTS)


def test_it_knows_floors_from_walls_and_smooth_from_rough(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    flat = rng.uniform(0, 10, (30_000, 3))
    flat[:, 2] = rng.normal(0, 0.005, len(flat))
    wall = rng.uniform(0, 10, (10_000, 3))
    wall[:, 1] = 12 + rng.normal(0, 0.005, len(wall))
    write_las(tmp_path / "scan.las", np.round(np.concatenate([flat, wall]), 3))
    path, _ = made_copc(tmp_path / "scan.las", tmp_path / "copc")
    result = measure(path)
    assert result["normals"]["level_share"] == pytest.approx(0.75, abs=0.01)
    assert result["normals"]["upright_share"] == pytest.approx(0.25, abs=0.01)
    # Three parameters of a plane through 17 points take 3 / 17 of the variance.
    assert result["roughness"]["median_m"] == pytest.approx(0.005 * (14 / 17) ** 0.5, rel=0.05)


def test_it_looks_at_a_sample_of_a_large_cloud(hall: Path) -> None:
    full = measure(hall / "copc/cloud.copc.laz")
    part = measure(hall / "copc/cloud.copc.laz", sample=5_000)
    assert 4_000 < part["measured_points"] <= 5_000
    assert part["spacing"]["median_m"] == pytest.approx(full["spacing"]["median_m"], rel=0.05)
    assert part["density_per_m2"] == full["density_per_m2"]


def test_it_measures_in_metres_whatever_the_file_counts_in(shared_data: Path, tmp_path: Path) -> None:
    path, _ = made_copc(shared_data / "cloud/autzen_trim.laz", tmp_path / "copc")
    xyz = np.asarray(laspy.read(shared_data / "cloud/autzen_trim.laz").xyz)
    # International feet; the scale of the projection is 1 within some parts in ten thousand.
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector((xyz - xyz.mean(axis=0)) * 0.3048))
    theirs = np.asarray(cloud.compute_nearest_neighbor_distance())
    assert measure(path)["spacing"]["median_m"] == pytest.approx(np.median(theirs), rel=2e-3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"neighbours": 0},
        {"neighbours": True},
        {"neighbours": 201},
        {"cell_m": 0},
        {"cell_m": -1.0},
        {"cell_m": float("inf")},
        {"cell_m": 1e-12},
        {"sample": 0},
    ],
)
def test_it_refuses_what_makes_no_sense(hall: Path, arguments: dict) -> None:
    with pytest.raises(KnownError) as caught:
        measure(hall / "copc/cloud.copc.laz", **arguments)
    assert caught.value.kind == "invalid-arguments"


def test_it_is_a_command(hall: Path, tmp_path: Path) -> None:
    done = room("measure", hall / "copc/cloud.copc.laz", "--sample", "2000", "--cell", "0.5", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["points"], answer["parameters"]["cell_m"]) == (0, POINTS, 0.5)
