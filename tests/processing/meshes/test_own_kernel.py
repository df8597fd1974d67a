"""Our own simplifier: as true as meshoptimizer's, taken where that is missing, and never unsaid."""

import json

import numpy as np
import pytest

from processing.errors import KnownError
from processing.meshes import kernel
from processing.meshes.attributes import attributes_of
from processing.meshes.deviation import deviation, surface
from processing.meshes.kernels import own, wasm
from processing.meshes.mesh import Mesh
from processing.meshes.tiling import write_tiles
from processing.meshes.topology import topology
from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.tiles.sinks import FolderSink
from processing.verbs import decimate, lod, tile
from tests.processing.meshes.decoding import open_edges, random_cut, soup
from tests.processing.meshes.making import sphere, sphere_mesh, write_obj


@pytest.fixture
def ours():
    kernel.choose("numba")
    yield
    kernel.choose(None)


@pytest.fixture
def without_wasm(tmp_path, monkeypatch):
    """A machine on which set-up could not fetch meshoptimizer."""
    monkeypatch.setattr(wasm, "WASM", tmp_path / "missing.wasm")
    kernel.choose(None)
    yield
    kernel.choose(None)


def wall(cells: int, *, step: float = 0.01) -> Mesh:
    """A flat square wall, ragged by a sine on its four borders, of two colours side by side."""
    side = np.linspace(0, 1, cells + 1)
    x, y = (axis.ravel() for axis in np.meshgrid(side, side))
    edge = (x == 0) | (x == 1) | (y == 0) | (y == 1)
    shift = step * np.sin(12 * (x + y)) * edge
    points = np.column_stack([x + shift * (x == 1), y + shift * (y == 1), np.zeros_like(x)])
    a = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    triangles = np.concatenate(
        [np.column_stack([a, a + 1, a + cells + 1]), np.column_stack([a + 1, a + cells + 2, a + cells + 1])]
    )
    colours = np.full((len(points), 4), 255, np.uint8)
    colours[x > 0.5, :3] = 40
    return Mesh(
        origin=np.zeros(3),
        positions=points.astype(np.float32),
        triangles=triangles.astype(np.uint32),
        colours=colours,
    )


def away(mesh, made):
    return deviation(surface(mesh.positions, mesh.triangles), surface(made.positions, made.triangles))


def both(mesh, target, **asked):
    """What each of the two makes of a mesh."""
    attributes, weights = attributes_of(mesh)
    made = []
    for name in ("numba", "wasm"):
        kernel.choose(name)
        made.append(
            kernel.simplify_with_update(
                mesh.triangles,
                mesh.positions,
                target_triangles=target,
                attributes=attributes,
                weights=weights,
                **asked,
            )
        )
    kernel.choose(None)
    return made


@pytest.mark.parametrize("coloured", [False, True], ids=["plain", "coloured"])
@pytest.mark.parametrize("part", [0.1, 0.01])
def test_it_is_as_true_as_meshoptimizer(coloured, part):
    mesh = sphere_mesh(120, noise=0.002, coloured=coloured)

    made, theirs = both(mesh, round(len(mesh.triangles) * part))

    assert len(made.triangles) == pytest.approx(len(theirs.triangles), rel=0.01)
    assert away(mesh, made).rms_m < 1.1 * away(mesh, theirs).rms_m
    if coloured:
        for one in (made, theirs):
            used = np.unique(one.triangles)
            directions = one.positions[used] / np.linalg.norm(one.positions[used], axis=1, keepdims=True)
            expected = (128 + 100 * np.sin(7 * directions)) / 255
            assert np.abs(one.attributes[used] - expected).mean() < 0.03


def test_it_makes_no_edge_of_three_triangles(ours):
    mesh = sphere_mesh(60, noise=0.03)
    made = kernel.simplify_with_update(mesh.triangles, mesh.positions, target_triangles=2000)
    figures = topology(made.positions, made.triangles)
    assert (figures.open_edges, figures.non_manifold_edges, figures.turned_edges) == (0, 0, 0)
    assert len(made.triangles) <= 2000


def test_it_leaves_edges_of_three_triangles_where_they_are(ours):
    points, triangles = sphere(40)
    # A fin stands on one of its edges.
    a, b = triangles[1000, :2]
    fin = np.array([[a, b, len(points)]], np.uint32)
    positions = np.vstack([points, (points[a] + points[b]) * 0.75]).astype(np.float32)
    made = kernel.simplify_with_update(np.vstack([triangles, fin]), positions, target_triangles=500)
    assert topology(made.positions, made.triangles).non_manifold_edges == 1
    assert np.array_equal(made.positions[[a, b]], positions[[a, b]])


def test_it_keeps_the_outline_of_a_wall(ours):
    mesh = wall(60)
    made = kernel.simplify_with_update(mesh.triangles, mesh.positions, target_triangles=300)
    before, after = (topology(one.positions, one.triangles) for one in (mesh, made))
    assert len(made.triangles) <= 300
    assert after.area_m2 == pytest.approx(before.area_m2, rel=0.002)
    assert after.components == 1
    assert away(mesh, made).hausdorff_m < 0.01


def test_it_keeps_colours_where_they_meet(ours):
    mesh = wall(60)
    attributes, weights = attributes_of(mesh)
    made = kernel.simplify(
        mesh.triangles, mesh.positions, target_triangles=400, attributes=attributes, weights=weights
    )
    # Of the shape alone nothing holds a vertex inside: what is left of them stands where colours change.
    used = np.unique(made.triangles)
    x, y = mesh.positions[used, :2].T
    inside = (x > 0.1) & (x < 0.9) & (y > 0.1) & (y < 0.9)
    assert inside.sum() > 30
    assert (np.abs(x[inside] - 0.5) < 0.05).mean() > 0.8


def test_noise_in_colours_does_not_outweigh_the_shape(ours):
    mesh = sphere_mesh(120, noise=0.0005)
    noise = np.random.default_rng(5).random((len(mesh.positions), 3)).astype(np.float32)
    asked = {"target_triangles": len(mesh.triangles) // 20}
    shape = kernel.simplify_with_update(mesh.triangles, mesh.positions, **asked)
    loud = kernel.simplify_with_update(
        mesh.triangles, mesh.positions, **asked, attributes=noise, weights=[0.1] * 3
    )
    assert away(mesh, loud).rms_m < 2 * away(mesh, shape).rms_m


def test_it_thins_out_what_cannot_be_simplified(ours):
    random = np.random.default_rng(3)
    corners = random.random((2000, 1, 3)) + 0.01 * random.random((2000, 3, 3))
    triangles = np.arange(6000, dtype=np.uint32).reshape(-1, 3)
    positions = corners.reshape(-1, 3).astype(np.float32)
    made = kernel.simplify_sloppy(triangles, positions, target_triangles=100)
    assert 0 < len(made) <= 100
    assert np.isin(made, triangles).all()


def test_tiles_close_at_any_mix_of_levels(ours, tmp_path):
    mesh = sphere_mesh(60, noise=0.0015, coloured=True)
    result = write_tiles(mesh, FolderSink(tmp_path), SilentProgress(), leaf_triangles=1000)
    assert result["levels"] >= 3
    assert result["recipe"]["kernel"] == own.NAME
    root = json.loads((tmp_path / "tileset.json").read_text())["root"]
    random = np.random.default_rng(1)
    for _ in range(10):
        cut = random_cut(root, random)
        corners = [soup((tmp_path / one["content"]["uri"]).read_bytes()) for one in cut]
        assert open_edges(np.concatenate(corners)) == 0


@pytest.mark.parametrize(
    ("verb", "asked"), [(decimate, {"ratio": 0.25}), (lod, {}), (tile, {})], ids=["decimate", "lod", "tile"]
)
def test_it_is_taken_and_named_where_the_other_is_missing(verb, asked, without_wasm, tmp_path):
    mesh = sphere_mesh(20)
    write_obj(tmp_path / "a.obj", mesh.positions, mesh.triangles)
    inputs = Inputs(tuple(from_paths([tmp_path / "a.obj"])))
    (tmp_path / "out").mkdir()
    result = verb.run(inputs, asked, tmp_path / "out", SilentProgress())
    assert result.get("kernel", result.get("recipe", {}).get("kernel")) == own.NAME


@pytest.mark.parametrize("asked", ["wasm", "another"])
def test_it_is_never_taken_for_one_that_was_asked_for(asked, without_wasm):
    with pytest.raises(KnownError) as refused:
        kernel.choose(asked)
    assert refused.value.kind == "kernel-missing"
