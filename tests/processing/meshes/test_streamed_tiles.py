"""Mesh tiles straight from a file: the same as in memory, in several chunks, explicit or implicit."""

import json

import numpy as np
import pytest

from benchmarks.checking.written import written_tree
from processing.formats.detect import detect
from processing.formats.ply_blocks import ply_blocks
from processing.meshes.tiles.content import Contents
from processing.meshes.tiles.growing import Recipe
from processing.meshes.tiles.streaming import spill_blocks
from processing.meshes.tiling import tile_mesh, write_spilled
from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.tiles.sinks import PackSink
from tests.processing.meshes.decoding import open_edges, random_cut, soup
from tests.processing.meshes.making import sphere_mesh, write_ply

LEAF = 1500


@pytest.fixture(scope="module")
def ball(tmp_path_factory):
    mesh = sphere_mesh(60, noise=0.001)
    path = tmp_path_factory.mktemp("ball") / "ball.ply"
    write_ply(path, mesh.positions.astype(np.float64), mesh.triangles, "binary_little_endian")
    return mesh, path


def tiled(path, folder, explicit_tiles):
    """Tile by chunks of at most 2,000 vertices, spilled on disk."""
    (item,) = from_paths([path])
    blocks = ply_blocks(item.source)
    spilled, place = spill_blocks(blocks, {}, folder / ".work", SilentProgress(), most=2000)
    assert len(spilled.chunks) > 4
    recipe = Recipe(
        look=spilled.look,
        cube=spilled.cube,
        contents=Contents(spilled.look, [], 0),
        leaf_triangles=LEAF,
        source_error_m=0.0,
    )
    sink = PackSink(folder)
    result = write_spilled(
        spilled, recipe, place.origin, sink, SilentProgress(), explicit_tiles=explicit_tiles
    )
    sink.close()
    assert not list((folder / ".work").iterdir())
    return result


def contents(folder):
    index = json.loads((folder / "index.json").read_text())
    data = (folder / "pack-0000.bin").read_bytes()
    return {key: data[at : at + size] for key, (_, at, size, _) in index["entries"].items()}


def test_it_closes_over_chunks_that_were_spilled(ball, tmp_path):
    mesh, path = ball
    result = tiled(path, tmp_path, 2000)
    assert result["triangles"] == len(mesh.triangles)
    assert result["levels"] >= 3
    held = contents(tmp_path)
    root = json.loads(held["tileset.json"])["root"]
    random = np.random.default_rng(2)
    for _ in range(12):
        cut = random_cut(root, random)
        assert open_edges(np.concatenate([soup(held[tile["content"]["uri"]]) for tile in cut])) == 0


def test_it_says_a_large_tree_implicitly_and_never_truer_than_measured(ball, tmp_path):
    _, path = ball
    explicit, implicit = tmp_path / "explicit", tmp_path / "implicit"
    tiled(path, explicit, 2000)
    assert tiled(path, implicit, 4)["implicit"] is True
    one, other = written_tree(explicit), written_tree(implicit)
    assert other.implicit
    assert (other.lost, other.outside) == (0, 0)
    assert set(one.levels) == set(other.levels)
    assert {key: set(below) for key, below in one.children.items()} == {
        key: set(below) for key, below in other.children.items()
    }
    for key in one.refined:
        assert other.errors[key] >= one.errors[key] * (1 - 1e-8)


def test_it_drops_and_counts_what_cannot_be_drawn(tmp_path):
    mesh = sphere_mesh(20)
    positions = mesh.positions.astype(np.float64)
    positions[7] = np.nan
    triangles = np.concatenate([mesh.triangles, mesh.triangles[:5], [[3, 3, 4]]])
    path = write_ply(tmp_path / "a.ply", positions, triangles, "binary_big_endian")
    inputs = Inputs(tuple(from_paths([path])))
    result = tile_mesh(inputs, detect(inputs), {"packed": True}, tmp_path / "out", SilentProgress())
    around = int((mesh.triangles == 7).any(axis=1).sum())
    doubled = 5 - int((mesh.triangles[:5] == 7).any(axis=1).sum())
    assert result["triangles"] == len(mesh.triangles) - around
    assert result["duplicate_triangles"] == doubled
    assert result["collapsed_triangles"] == 1
    assert result["step_m"] == 2**-11
