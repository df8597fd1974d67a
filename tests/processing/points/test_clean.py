"""Cleaning: the same outliers as open3d, the same voxels as plain numpy, every attribute of what stays.

Small blocks are forced where it matters, so that neighbours lie across borders.
"""

from __future__ import annotations

import json
from pathlib import Path

import laspy
import numpy as np
import open3d as o3d
import pytest
from scipy.spatial import cKDTree

from processing.errors import KnownError
from processing.points.cleaning import CleanAsk, clean_cloud
from processing.points.neighbours import FramedCloud, neighbours_in
from processing.progress import SilentProgress
from processing.room.sources import FileSource
from processing.verbs import verb
from tests.processing.framework.test_command_line import room
from tests.processing.points.copc_reading import check_structure, columns, everything, names_of
from tests.processing.points.making import inputs, surface, write_las
from tests.processing.points.test_copc import made_copc, rich_las


def noisy(points: int, strays: int) -> np.ndarray:
    """A surface, and single points in the air far and near; (n, 3) metres, no two at the same place."""
    rng = np.random.default_rng(5)
    air = np.round(rng.uniform([-19, -14, 0.6], [19, 14, 9], (strays, 3)), 3)
    return np.unique(np.concatenate([surface(points, seed=4), air]), axis=0)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud of 60,000 points with 400 strays, as LAS and COPC."""
    folder = tmp_path_factory.mktemp("hall")
    write_las(folder / "scan.las", noisy(60_000, 400))
    made_copc(folder / "scan.las", folder / "copc")
    return folder


def clean(path: Path, out: Path, **arguments: object) -> tuple[laspy.PackedPointRecord, dict]:
    result = verb("clean")(inputs(path), arguments, out, SilentProgress())
    (file,) = result["files"]
    assert (file["role"], file["media_type"]) == ("clean", "application/vnd.laszip+copc")
    assert sorted(p.name for p in out.iterdir()) == [file["path"]]
    check_structure(out / file["path"])
    return everything(out / file["path"]), result


def assert_same(read: laspy.PackedPointRecord, original: laspy.LasData, chosen: np.ndarray) -> None:
    names = names_of(original)
    np.testing.assert_array_equal(columns(read, names), columns(original.points[chosen], names))


def o3d_cloud(xyz: np.ndarray) -> o3d.geometry.PointCloud:
    return o3d.geometry.PointCloud(o3d.utility.Vector3dVector(np.ascontiguousarray(xyz)))


@pytest.mark.parametrize(("neighbours", "ratio"), [(16, 2.0), (6, 0.7), (1, 3.0)])
def test_it_takes_the_same_outliers_as_open3d(
    hall: Path, tmp_path: Path, neighbours: int, ratio: float
) -> None:
    original = laspy.read(hall / "scan.las")
    cloud = o3d_cloud(np.asarray(original.xyz))
    # open3d counts the point itself among its neighbours.
    _, stays = cloud.remove_statistical_outlier(neighbours + 1, ratio)
    read, result = clean(hall / "copc/cloud.copc.laz", tmp_path, neighbours=neighbours, ratio=ratio)
    assert_same(read, original, np.sort(np.asarray(stays)))
    assert result["points_in"] == len(original) == result["points"] + result["removed"]
    assert result["removed"] == result["outliers"]["removed"] > 300
    assert result["parameters"]["ratio"] == ratio


def test_it_finds_neighbours_across_the_borders_of_blocks(hall: Path, tmp_path: Path) -> None:
    original = laspy.read(hall / "scan.las")
    _, stays = o3d_cloud(np.asarray(original.xyz)).remove_statistical_outlier(13, 1.5)
    cloud = FramedCloud(FileSource(hall / "copc/cloud.copc.laz"), block_points=6_000)
    assert len(list(cloud.blocks())) > 3
    clean_cloud(cloud, CleanAsk(neighbours=12, ratio=1.5), tmp_path / "out.laz", SilentProgress())
    assert_same(everything(tmp_path / "out.laz"), original, np.sort(np.asarray(stays)))


def test_it_knows_the_nearest_points_whatever_block_they_lie_in(hall: Path) -> None:
    cloud = FramedCloud(FileSource(hall / "copc/cloud.copc.laz"), block_points=6_000)
    loaded = [cloud.load(block) for block in cloud.blocks()]
    everyone = cKDTree(np.concatenate([each.xyz[each.inside] for each in loaded]))
    assert everyone.n == len(laspy.read(hall / "scan.las"))
    for each in loaded:
        for part, found in neighbours_in(cloud, each, 12, each.inside):
            nearest, _ = everyone.query(each.xyz[part], 13)
            np.testing.assert_allclose(found.distances, nearest, atol=1e-9)


@pytest.mark.parametrize("block_points", [1_000_000, 6_000])
def test_it_keeps_one_real_point_a_voxel(hall: Path, tmp_path: Path, block_points: int) -> None:
    original = laspy.read(hall / "scan.las")
    xyz = np.asarray(original.xyz)
    cloud = FramedCloud(FileSource(hall / "copc/cloud.copc.laz"), block_points=block_points)
    result = clean_cloud(cloud, CleanAsk(voxel_m=0.25), tmp_path / "out.laz", SilentProgress())
    voxels: dict[tuple[int, ...], list[int]] = {}
    for n, cell in enumerate(np.floor(xyz / 0.25).astype(int).tolist()):
        voxels.setdefault(tuple(cell), []).append(n)
    read = everything(tmp_path / "out.laz")
    assert len(read) == result["points"] == result["thinned"]["voxels"] == len(voxels)
    kept = np.stack([np.asarray(read[axis]) for axis in ("x", "y", "z")], axis=1)
    assert len({tuple(cell) for cell in np.floor(kept / 0.25).astype(int).tolist()}) == len(voxels)
    # Two points of a voxel are equally near their mean; then either is right.
    for point in kept:
        members = xyz[voxels[tuple(np.floor(point / 0.25).astype(int).tolist())]]
        mean = members.mean(axis=0)
        nearest = np.linalg.norm(members - mean, axis=1).min()
        assert np.linalg.norm(point - mean) <= nearest + 1e-9
    assert {tuple(p) for p in kept.round(3)} <= {tuple(p) for p in xyz.round(3)}


def test_it_says_what_it_did_to_the_cloud(hall: Path, tmp_path: Path) -> None:
    original = laspy.read(hall / "scan.las")
    xyz = np.asarray(original.xyz)
    read, result = clean(hall / "copc/cloud.copc.laz", tmp_path, ratio=2.0, voxel_m=0.2)
    kept = np.stack([np.asarray(read[axis]) for axis in ("x", "y", "z")], axis=1)
    before = np.asarray(o3d_cloud(xyz).compute_nearest_neighbor_distance())
    after = np.asarray(o3d_cloud(kept).compute_nearest_neighbor_distance())
    for said, distances in ((result["spacing_before"], before), (result["spacing_after"], after)):
        assert said["median_m"] == pytest.approx(np.median(distances), rel=0.02)
        assert said["p95_m"] == pytest.approx(np.quantile(distances, 0.95), rel=0.02)
    held = {tuple(p) for p in kept.round(3)}
    gone = xyz[[tuple(p) not in held for p in xyz.round(3)]]
    away = np.asarray(o3d_cloud(gone).compute_point_cloud_distance(o3d_cloud(kept)))
    said = result["deviation"]["removed_to_kept"]
    assert said["median_m"] == pytest.approx(np.median(away), rel=0.03)
    assert result["deviation"]["kept_moved_m"] == 0.0
    assert result["removed_share"] == pytest.approx(1 - len(kept) / len(xyz))
    assert result["outliers"]["removed"] + result["thinned"]["removed"] == len(gone)


def test_it_keeps_every_attribute_and_adds_normals(tmp_path: Path) -> None:
    rich_las(tmp_path / "scan.las", 40_000)
    path, _ = made_copc(tmp_path / "scan.las", tmp_path / "copc")
    original = laspy.read(tmp_path / "scan.las")
    read, result = clean(path, tmp_path / "out", normals=True)
    assert_same(read, original, np.arange(len(original)))
    assert result["extra_bytes"] == ["NormalX", "NormalY", "NormalZ", "Roughness"]
    # In the file's own axes, whatever the frame: UTM, beside open3d on the same coordinates.
    xyz = np.stack([np.asarray(read[axis]) for axis in ("x", "y", "z")], axis=1)
    cloud = o3d_cloud(xyz - xyz.mean(axis=0))
    cloud.estimate_normals(o3d.geometry.KDTreeSearchParamKNN(17))
    ours = np.stack([np.asarray(read[f"Normal{axis}"]) for axis in "XYZ"], axis=1)
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    alike = np.abs((ours * np.asarray(cloud.normals)).sum(axis=1))
    assert np.median(alike) > 0.99999
    assert (alike > 0.999).mean() > 0.98
    assert (ours[:, 2] >= -0.01).all()
    with pytest.raises(KnownError, match="has normals already"):
        verb("clean")(inputs(tmp_path / "out/clean.copc.laz"), {"normals": True}, tmp_path, SilentProgress())


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({}, "invalid-arguments", "nothing is to be done"),
        ({"ratio": 2.0, "neighbours": 0}, "invalid-arguments", "0 neighbours"),
        ({"ratio": 2.0, "neighbours": -3}, "invalid-arguments", "-3 neighbours"),
        ({"ratio": 2.0, "neighbours": 2.5}, "invalid-arguments", "2.5"),
        ({"ratio": 2.0, "neighbours": 100_000_000}, "invalid-arguments", "100000000"),
        ({"ratio": 0}, "invalid-arguments", "ratio is 0"),
        ({"ratio": float("nan")}, "invalid-arguments", "ratio is nan"),
        ({"voxel_m": 0}, "invalid-arguments", "voxel_m is 0"),
        ({"voxel_m": -0.1}, "invalid-arguments", "voxel_m is -0.1"),
        ({"voxel_m": "1 cm"}, "invalid-arguments", "'1 cm'"),
        ({"voxel_m": 1_000.0}, "invalid-arguments", "voxels of 1000 m in a cloud of 4"),
        ({"voxel_m": 1e-12}, "invalid-arguments", "voxels of 1e-12 m"),
        ({"most_spacing_m": 1e-9}, "empty-result", "none of the 60,"),
    ],
)
def test_it_refuses_what_makes_no_sense(
    hall: Path, tmp_path: Path, arguments: dict, kind: str, words: str
) -> None:
    with pytest.raises(KnownError) as caught:
        verb("clean")(inputs(hall / "copc/cloud.copc.laz"), arguments, tmp_path, SilentProgress())
    assert caught.value.kind == kind
    assert words in caught.value.message
    assert not list(tmp_path.iterdir())


def test_it_writes_the_same_bytes_again(hall: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        clean(hall / "copc/cloud.copc.laz", tmp_path / name, ratio=2.0, voxel_m=0.1)
    first, second = ((tmp_path / name / "clean.copc.laz").read_bytes() for name in ("a", "b"))
    assert first == second


def test_it_cleans_real_scans(shared_data: Path, tmp_path: Path) -> None:
    path, _ = made_copc(shared_data / "cloud/autzen_trim.laz", tmp_path / "copc")
    original = laspy.read(shared_data / "cloud/autzen_trim.laz")
    # Feet: a voxel of one metre holds 3.28 of them.
    read, result = clean(path, tmp_path / "out", voxel_m=1.0)
    assert 0.01 * len(original) < len(read) == result["thinned"]["voxels"] < len(original)
    assert 0.3 < result["spacing_after"]["median_m"] < 1.8
    names = names_of(original)
    rows = {tuple(row) for row in columns(original, names).T.tolist()}
    assert all(tuple(row) in rows for row in columns(read, names).T[::50].tolist())


def test_it_is_a_command(hall: Path, tmp_path: Path) -> None:
    path = hall / "copc/cloud.copc.laz"
    done = room("clean", path, "out.laz", "--ratio", "2", "--voxel", "0.1", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["points"]) == (0, len(laspy.read(tmp_path / "out.laz")))
    done = room("clean", path, "out.laz", "--voxel", "0", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (65, "invalid-arguments")
