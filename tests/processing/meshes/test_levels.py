"""Decimation and levels: how many triangles, how true, and that anyone can open them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from processing.geometry.colour import srgb_from_linear
from processing.meshes.decimation import Goal, decimated
from processing.meshes.deviation import deviation, surface
from processing.meshes.lod import write_levels
from processing.meshes.normals import smooth_normals
from processing.meshes.simplification import simplified
from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.verbs import decimate as decimate_verb
from tests.processing.meshes.decoding import open_edges, picture, primitives, split
from tests.processing.meshes.making import sphere_mesh, textured_tube, write_obj


def test_it_measures_the_distance_of_two_spheres():
    inner, outer = sphere_mesh(100), sphere_mesh(100)
    grown = surface((outer.positions * np.float32(1.01)), outer.triangles)
    measured = deviation(surface(inner.positions, inner.triangles), grown)
    assert measured.rms_m == pytest.approx(0.01, rel=0.01)
    assert measured.hausdorff_m == pytest.approx(0.01, rel=0.02)
    assert measured.samples == 100_000


def test_it_measures_as_open3d_does():
    open3d = pytest.importorskip("open3d")
    rough, smooth = sphere_mesh(60, noise=0.01), sphere_mesh(40)
    one = surface(rough.positions, rough.triangles, samples=20_000)
    other = surface(smooth.positions, smooth.triangles, samples=20_000)
    sides = []
    for target, points in ((smooth, one.samples), (rough, other.samples)):
        scene = open3d.t.geometry.RaycastingScene()
        scene.add_triangles(open3d.core.Tensor(target.positions), open3d.core.Tensor(target.triangles))
        sides.append(scene.compute_distance(open3d.core.Tensor(points)).numpy())
    measured = deviation(one, other)
    assert measured.hausdorff_m == pytest.approx(max(side.max() for side in sides), rel=1e-4)
    assert measured.rms_m == pytest.approx(np.sqrt(np.mean([np.mean(side**2) for side in sides])), rel=1e-4)


@pytest.mark.usefixtures("simplifier")
@pytest.mark.parametrize("goal", [Goal(ratio=0.1), Goal(triangles=3960)])
def test_it_keeps_as_many_triangles_as_asked(goal):
    mesh = sphere_mesh(100, noise=0.002, coloured=True)
    made = decimated(mesh, goal, colour_weight=None, progress=SilentProgress())
    assert len(made.mesh.triangles) == pytest.approx(0.1 * len(mesh.triangles), rel=0.02)
    assert made.open_edges == 0
    assert 0 < made.deviation.rms_m < 0.003


@pytest.mark.usefixtures("simplifier")
def test_it_simplifies_a_large_mesh_by_clusters_without_opening_it():
    mesh = sphere_mesh(100, noise=0.001, coloured=True)
    whole = simplified(mesh, target_triangles=4000)
    parts = simplified(mesh, target_triangles=4000, cluster_triangles=5_000)
    assert len(parts.triangles) == pytest.approx(4000, rel=0.02)
    assert open_edges(parts.positions[parts.triangles]) == 0
    source = surface(mesh.positions, mesh.triangles)
    by_parts = deviation(source, surface(parts.positions, parts.triangles)).rms_m
    assert by_parts < 1.1 * deviation(source, surface(whole.positions, whole.triangles)).rms_m


@pytest.mark.usefixtures("simplifier")
def test_round_after_round_of_clusters_keeps_what_lies_between_their_borders():
    mesh = sphere_mesh(200)
    made = simplified(mesh, target_triangles=1000, cluster_triangles=4096)
    assert len(made.triangles) == pytest.approx(1000, rel=0.02)
    away = deviation(surface(mesh.positions, mesh.triangles), surface(made.positions, made.triangles))
    # Within one call it is 0.007.
    assert away.hausdorff_m < 0.03


@pytest.mark.usefixtures("simplifier")
def test_it_stays_within_an_error_that_is_measured():
    mesh = sphere_mesh(100)
    made = decimated(mesh, Goal(max_error_m=0.004), colour_weight=None, progress=SilentProgress())
    assert made.deviation.hausdorff_m <= 0.004
    assert len(made.mesh.triangles) < len(mesh.triangles) / 10


@pytest.mark.usefixtures("simplifier")
def test_it_keeps_colours_where_they_were():
    mesh = sphere_mesh(100, coloured=True)
    made = decimated(mesh, Goal(ratio=0.2), colour_weight=None, progress=SilentProgress()).mesh
    directions = made.positions / np.linalg.norm(made.positions, axis=1, keepdims=True)
    expected = 128 + 100 * np.sin(7 * directions)
    assert np.abs(made.colours[:, :3] - expected).mean() < 4


def test_light_shows_what_triangles_lost():
    mesh = sphere_mesh(150)
    x, y, z = mesh.positions.T.astype(np.float64)
    bumps = 1 + 0.01 * np.sin(9 * x) * np.sin(9 * y) * np.sin(9 * z)
    positions = (mesh.positions * bumps[:, None]).astype(np.float32)
    mesh = replace(mesh, positions=positions, normals=smooth_normals(positions, mesh.triangles))
    made = simplified(mesh, target_triangles=len(mesh.triangles) // 50)
    own = smooth_normals(made.positions, made.triangles)
    # What stands at the direction of a vertex of the lighter mesh, in the source.
    nearest = cKDTree(mesh.positions).query(made.positions)[1]
    lost, left = (
        np.degrees(np.arccos((normals * mesh.normals[nearest]).sum(1).clip(-1, 1)))
        for normals in (own, made.normals)
    )
    assert np.sqrt((left**2).mean()) < 0.7 * np.sqrt((lost**2).mean())


@pytest.mark.usefixtures("simplifier")
def test_it_opens_no_seam_of_a_texture():
    tube = textured_tube()
    made = decimated(tube, Goal(ratio=0.1), colour_weight=None, progress=SilentProgress())
    # The tube's two ends and nothing else.
    assert made.open_edges == _edges_at_ends(made.mesh.positions[made.mesh.triangles])


@pytest.mark.usefixtures("simplifier")
def test_it_solves_texture_coordinates_with_the_places_they_are_of():
    tube = textured_tube()
    made = simplified(tube, target_triangles=len(tube.triangles) // 10)
    on_seam = (made.positions[:, 0] == 1) & (made.positions[:, 1] == 0)
    # Both edges of the image meet there.
    assert set(made.uvs[on_seam, 0].round(6).tolist()) == {0.0, 1.0}
    assert made.uvs.min() >= 0
    assert made.uvs.max() <= 1
    turn = np.arctan2(made.positions[:, 1], made.positions[:, 0]) / (2 * np.pi) % 1
    away = np.abs(made.uvs[:, 0] - turn)
    along = np.abs(made.uvs[:, 1] - made.positions[:, 2] / 2)
    # A pixel of 4,096 is 0.00024 wide; where nothing holds a vertex along the tube it may slip by some.
    assert np.percentile([np.minimum(away, 1 - away), along], 99) < 0.00001
    assert max(np.minimum(away, 1 - away).max(), along.max()) < 0.002


def _edges_at_ends(corners):
    """Count the edges of triangles (m, 3, 3) that lie wholly in the lowest or the highest plane."""
    heights = corners[:, :, 2]
    ends = (heights.min(), heights.max())
    return sum(
        int((np.isclose(heights[:, k], end) & np.isclose(heights[:, (k + 1) % 3], end)).sum())
        for k in range(3)
        for end in ends
    )


def test_it_writes_levels_that_say_what_they_are(tmp_path):
    mesh = sphere_mesh(100, noise=0.002, coloured=True)
    levels, files = write_levels(mesh, tmp_path, SilentProgress())
    assert [file["path"] for file in files] == [
        "lod-50.glb", "lod-25.glb", "lod-10.glb", "plain-10.glb", "lod-1.glb",
    ]  # fmt: skip
    for level in levels:
        data = (tmp_path / f"{level['name']}.glb").read_bytes()
        (part,) = primitives(data)
        assert len(part.triangles) == level["triangles"]
        assert level["triangles"] == pytest.approx(level["ratio"] * len(mesh.triangles), rel=0.02)
        assert level["bytes"] == len(data)
        assert open_edges(part.positions[part.triangles]) == 0
    assert [level["rms_m"] for level in levels] == sorted(level["rms_m"] for level in levels)


def test_it_writes_the_surface_it_measured(tmp_path):
    mesh = sphere_mesh(80, noise=0.002)
    levels, _ = write_levels(mesh, tmp_path, SilentProgress())
    (part,) = primitives((tmp_path / "lod-10.glb").read_bytes())
    written = surface(part.positions.astype(np.float32), part.triangles.astype(np.uint32))
    measured = deviation(surface(mesh.positions, mesh.triangles), written)
    assert measured.rms_m == pytest.approx(levels[2]["rms_m"], rel=0.01)


def test_it_writes_a_plain_level_that_needs_no_extension(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    write_levels(textured_tube(100, 80), tmp_path, SilentProgress())
    document, _ = split((tmp_path / "plain-10.glb").read_bytes())
    assert "extensionsUsed" not in document
    theirs = trimesh.load(tmp_path / "plain-10.glb", force="mesh", process=False)
    assert len(theirs.faces) == 1600
    # Two metres of tube along Y, which is up in glTF.
    assert theirs.extents == pytest.approx([2, 2, 2], abs=1e-4)


def test_it_resizes_the_texture_per_level(tmp_path):
    levels, _ = write_levels(textured_tube(100, 80), tmp_path, SilentProgress())
    assert [level["texture_bytes"] for level in levels] == sorted(
        (level["texture_bytes"] for level in levels), reverse=True
    )
    assert [level["appearance"] for level in levels] == ["images", "images", "images", "colours"]
    assert picture((tmp_path / "lod-10.glb").read_bytes(), 0)[8:12] == b"WEBP"


def test_it_paints_a_level_too_light_for_seams(tmp_path):
    levels, _ = write_levels(textured_tube(200, 150), tmp_path, SilentProgress())
    (part,) = primitives((tmp_path / "lod-1.glb").read_bytes())
    assert levels[3]["triangles"] == len(part.triangles) == pytest.approx(600, rel=0.02)
    # The tube's two ends are open; where its texture's two edges met is not.
    corners = part.positions[part.triangles]
    assert open_edges(corners) == _edges_at_ends(corners)
    height = part.positions[:, 2] - part.positions[:, 2].min()
    green = srgb_from_linear(part.colours[:, 1] / np.iinfo(part.colours.dtype).max) * 255
    inside = (height > 0.1) & (height < 1.9)
    assert np.abs(green - 127.5 * height)[inside].mean() < 3


def test_it_decimates_a_file_from_the_command_line(tmp_path):
    mesh = sphere_mesh(60)
    write_obj(tmp_path / "a.obj", mesh.positions, mesh.triangles)
    inputs = Inputs(tuple(from_paths([tmp_path / "a.obj"])))
    result = decimate_verb.run(inputs, {"ratio": 0.25, "file": "b.glb"}, tmp_path, SilentProgress())
    assert result["triangles_in"] == len(mesh.triangles)
    assert result["triangles_out"] == pytest.approx(len(mesh.triangles) / 4, rel=0.02)
    assert {"rms_m", "p95_m", "hausdorff_m"} <= result.keys()
    assert (
        sum(len(part.triangles) for part in primitives((tmp_path / "b.glb").read_bytes()))
        == result["triangles_out"]
    )
