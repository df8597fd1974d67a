"""A mesh too large for memory: measured chunk by chunk as if it were whole, and a copy that stands for it."""

from dataclasses import asdict

import numpy as np
import pytest

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.formats.mesh_blocks import mesh_blocks
from processing.meshes.deviation import deviation, surface
from processing.meshes.large.copying import lighter_copy
from processing.meshes.loading import load
from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.verbs import decimate, inspect, lod, tile
from tests.processing.meshes.decoding import open_edges
from tests.processing.meshes.making import sphere, sphere_mesh, write_obj, write_ply, write_stl


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Three spheres: one with two holes and a fin, one with some faces turned, one whole; far from zero."""
    random = np.random.default_rng(3)
    points, triangles = [], []
    for number, rings in enumerate((60, 40, 40)):
        places, faces = sphere(rings)
        places = places * (1 + 0.001 * random.standard_normal((len(places), 1)))
        if number == 0:
            fin = faces[5000, [0, 1]]
            faces = np.vstack([faces[20:3000], faces[3001:], [[*fin, len(places)]]]).astype(np.uint32)
            places = np.vstack([places, places[fin[0]] * 1.2])
        if number == 1:
            faces[100:140] = faces[100:140, ::-1]
        triangles.append(faces + sum(len(one) for one in points))
        points.append(places + [3.0 * number, 0, 0] + [500_000.0, 1_800_000.0, 0.0])
    folder = tmp_path_factory.mktemp("odd")
    faces = np.vstack([*triangles, triangles[2][:7]]).astype(np.uint32)
    return write_ply(folder / "odd.ply", np.vstack(points), faces, "binary_little_endian")


def loaded(path, **sizes):
    inputs = Inputs(tuple(from_paths([path])))
    return load(inputs, detect(inputs), sizes, SilentProgress())


def copied(path, kept, chunk=2000):
    inputs = Inputs(tuple(from_paths([path])))
    with mesh_blocks(inputs, detect(inputs), large_triangles=0) as blocks:
        return lighter_copy(blocks, {}, SilentProgress(), kept_triangles=kept, chunk_vertices=chunk)


def test_chunks_together_are_measured_as_the_whole_is(odd):
    whole = loaded(odd)
    copy = copied(odd, kept=6000)
    ours, theirs = asdict(copy.report.topology), asdict(whole.report.topology)
    assert theirs["open_edges"] > 3
    assert theirs["non_manifold_edges"] == 1
    assert theirs["turned_edges"] > 20
    assert theirs["components"] == 3
    assert ours.pop("area_m2") == pytest.approx(theirs.pop("area_m2"), rel=1e-6)
    assert ours == theirs
    assert copy.report.duplicate_triangles == whole.report.duplicate_triangles == 7
    assert copy.low == pytest.approx(whole.low, abs=1e-6)
    assert copy.high == pytest.approx(whole.high, abs=1e-6)


def as_ply(mesh, folder):
    return write_ply(
        folder / "a.ply", mesh.positions.astype(np.float64), mesh.triangles, "binary_little_endian"
    )


def as_stl(mesh, folder):
    return write_stl(folder / "a.stl", mesh.positions, mesh.triangles)


def as_obj(mesh, folder):
    return write_obj(folder / "a.obj", mesh.positions, mesh.triangles)


@pytest.mark.parametrize("write", [as_ply, as_stl, as_obj])
def test_the_volume_of_a_closed_mesh_is_told(write, tmp_path):
    path = write(sphere_mesh(60), tmp_path)
    found = copied(path, kept=3000).report.topology
    assert found.watertight
    assert found.components == 1
    assert found.volume_m3 == pytest.approx(loaded(path).report.topology.volume_m3, rel=1e-6)
    assert found.volume_m3 == pytest.approx(4 / 3 * np.pi, rel=0.01)


def test_vertices_without_triangles_make_no_part(tmp_path):
    mesh = sphere_mesh(40)
    strays = np.random.default_rng(1).random((6000, 3)) + [50, 50, 50]
    points = np.vstack([mesh.positions, strays]).astype(np.float64)
    path = write_ply(tmp_path / "a.ply", points, mesh.triangles, "binary_little_endian")
    found = copied(path, kept=3000).report.topology
    assert (found.components, found.watertight) == (1, True)
    assert found.volume_m3 == pytest.approx(4 / 3 * np.pi, rel=0.01)
    inputs = Inputs(tuple(from_paths([path])))
    made = tile.run(inputs, {"packed": True}, tmp_path / "out", SilentProgress())
    assert made["triangles"] == len(mesh.triangles)


def test_the_copy_closes_and_is_as_true_as_it_says(tmp_path):
    mesh = sphere_mesh(100, noise=0.001)
    copy = copied(as_ply(mesh, tmp_path), kept=8000)
    assert len(copy.mesh.triangles) == pytest.approx(8000, rel=0.15)
    assert open_edges(copy.mesh.positions[copy.mesh.triangles]) == 0
    assert (copy.mesh.colours == [10, 20, 30, 255]).all()
    own = copy.mesh.positions + (copy.mesh.origin - mesh.origin).astype(np.float32)
    away = deviation(surface(mesh.positions, mesh.triangles), surface(own, copy.mesh.triangles))
    assert away.hausdorff_m <= copy.error_m < 4 * away.hausdorff_m


def test_a_large_mesh_is_read_as_a_copy_and_says_so(odd):
    whole, large = loaded(odd), loaded(odd, large_triangles=1000, kept_triangles=4000)
    assert not whole.is_copy
    assert large.is_copy
    assert large.triangles == whole.triangles
    assert large.triangles_left == whole.triangles_left == whole.triangles - 7
    assert large.raw.attributes == whole.raw.attributes
    (said,) = [finding for finding in large.raw.findings if finding.kind == "large-mesh"]
    assert f"{len(large.mesh.triangles):,} triangles" in said.message


def test_an_stl_is_read_in_blocks_as_it_is_whole(tmp_path):
    path = as_stl(sphere_mesh(60, noise=0.001), tmp_path)
    whole, large = loaded(path), loaded(path, large_triangles=1000, kept_triangles=4000)
    assert large.is_copy
    assert large.report.topology.open_edges == whole.report.topology.open_edges == 0
    assert large.report.topology.volume_m3 == pytest.approx(whole.report.topology.volume_m3, rel=1e-6)
    assert large.raw.declared_vertices == whole.raw.declared_vertices
    assert large.low == pytest.approx(whole.low, abs=1e-6)


# Whatever has more than 1,000 triangles is held for too large.
SMALL_MEMORY = {"large_triangles": 1000, "kept_triangles": 4000}


def test_steps_work_on_the_copy_and_tiles_are_made_of_all(odd, tmp_path):
    inputs, progress = Inputs(tuple(from_paths([odd]))), SilentProgress()
    triangles = loaded(odd, large_triangles=10**9).triangles_left
    said = inspect.run(inputs, SMALL_MEMORY, tmp_path, progress)
    assert said["triangles"] == triangles + 7
    assert "large-mesh" in [warning["kind"] for warning in said["warnings"]]
    levels = lod.run(inputs, SMALL_MEMORY, tmp_path, progress)
    # Half and a quarter of it would be more than the copy has.
    assert [level["name"] for level in levels["levels"]] == ["lod-10", "lod-1"]
    assert levels["levels"][0]["triangles"] == pytest.approx(0.1 * triangles, rel=0.02)
    assert levels["levels"][0]["hausdorff_m"] > levels["copy_error_m"] > 0
    assert (
        tile.run(inputs, {"packed": True, **SMALL_MEMORY}, tmp_path / "out", progress)["triangles"]
        == triangles
    )


def test_more_than_the_copy_has_is_not_made_up(odd, tmp_path):
    inputs = Inputs(tuple(from_paths([odd])))
    with pytest.raises(KnownError, match="one file holds") as refused:
        decimate.run(inputs, {"ratio": 0.9, **SMALL_MEMORY}, tmp_path, SilentProgress())
    assert refused.value.kind == "too-large"
    with pytest.raises(KnownError, match="from the mesh already") as refused:
        decimate.run(inputs, {"max_error_m": 1e-6, **SMALL_MEMORY}, tmp_path, SilentProgress())
    assert refused.value.kind == "too-large"
    made = decimate.run(inputs, {"triangles": 900, **SMALL_MEMORY}, tmp_path, SilentProgress())
    assert made["triangles_out"] == pytest.approx(900, rel=0.05)
    assert made["hausdorff_m"] > made["copy_error_m"] > 0
