"""Mesh tiles: nothing lost, nothing open at any mix of levels, errors that were measured."""

import io
import json

import numpy as np
import PIL.Image
import pytest

from processing.formats.detect import detect
from processing.geometry.colour import srgb8_from_linear16
from processing.meshes.deviation import deviation, surface
from processing.meshes.grid import on_grid
from processing.meshes.mesh import Mesh
from processing.meshes.preview import TRIANGLES, preview_mesh
from processing.meshes.tiling import write_tiles
from processing.progress import SilentProgress
from processing.room.inputs import Inputs, from_paths
from processing.tiles.sinks import FolderSink
from tests.processing.meshes.decoding import open_edges, picture, primitives, random_cut, soup, split
from tests.processing.meshes.making import sphere_mesh, textured_tube, write_obj

LEAF = 3000


class Tileset:
    """A tileset as written, tiles decoded once."""

    def __init__(self, mesh: Mesh, folder, leaf_triangles=LEAF):
        self.folder = folder
        self.result = write_tiles(mesh, FolderSink(folder), SilentProgress(), leaf_triangles=leaf_triangles)
        self.json = json.loads((folder / "tileset.json").read_text())
        self.root = self.json["root"]
        self.known = {}

    def data(self, tile):
        return (self.folder / tile["content"]["uri"]).read_bytes()

    def soup(self, tile):
        uri = tile["content"]["uri"]
        if uri not in self.known:
            self.known[uri] = soup(self.data(tile))
        return self.known[uri]

    def tiles(self):
        found = [self.root]
        for tile in found:
            found.extend(tile.get("children", []))
        return found

    def leaves(self):
        return [tile for tile in self.tiles() if not tile.get("children")]


@pytest.fixture(scope="module")
def rough(tmp_path_factory) -> tuple[Mesh, Tileset]:
    mesh = sphere_mesh(110, noise=0.0015, coloured=True)
    return mesh, Tileset(mesh, tmp_path_factory.mktemp("tiles"))


def test_it_writes_every_triangle_once_into_the_finest_tiles(rough):
    mesh, tileset = rough
    written = np.concatenate([tileset.soup(tile) for tile in tileset.leaves()])
    on = on_grid(mesh)
    expected = (on.cells * on.step_m)[on.mesh.triangles]
    assert len(written) == len(expected) == tileset.result["triangles"] == len(mesh.triangles)

    def ordered(corners):
        # Tiles turn triangles; the lowest corner first makes them comparable.
        start = (corners @ [1.0, np.pi, 7.389]).argmin(1)
        rows = np.arange(len(corners))
        turned = np.stack([corners[rows, (start + k) % 3] for k in range(3)], 1).reshape(-1, 9)
        return turned[np.lexsort(turned.T[::-1])]

    assert np.array_equal(ordered(written), ordered(expected))


def test_it_closes_at_any_mix_of_levels(rough):
    _, tileset = rough
    random = np.random.default_rng(1)
    assert tileset.result["levels"] >= 3
    sizes = set()
    for _ in range(25):
        cut = random_cut(tileset.root, random)
        sizes.add(len(cut))
        assert open_edges(np.concatenate([tileset.soup(tile) for tile in cut])) == 0
    assert len(sizes) > 5


def test_it_would_notice_a_border_vertex_moved_by_one_quantum(rough):
    _, tileset = rough
    cut = tileset.leaves()
    first, rest = tileset.soup(cut[0]), np.concatenate([tileset.soup(tile) for tile in cut[1:]])
    border = first.reshape(-1, 3)
    others = {tuple(point) for point in rest.reshape(-1, 3)}
    shared = next(point for point in border if tuple(point) in others)
    moved = np.where((border == shared).all(1)[:, None], border + [tileset.result["step_m"], 0, 0], border)
    assert open_edges(np.concatenate([moved.reshape(-1, 3, 3), rest])) > 0


def test_it_keeps_tiles_small_and_boxes_around_them(rough):
    _, tileset = rough
    for tile in tileset.tiles():
        corners = tileset.soup(tile).reshape(-1, 3)
        box = np.array(tile["boundingVolume"]["box"])
        half = np.abs(box[3:].reshape(3, 3)).sum(0)
        assert (np.abs(corners - box[:3]) <= half + 1e-6).all()
        assert len(corners) // 3 <= LEAF * 1.5


def test_it_states_errors_that_hold(rough):
    mesh, tileset = rough
    source = surface(mesh.positions, mesh.triangles)
    for depth, tiles in enumerate([[tileset.root], tileset.root["children"]]):
        corners = np.concatenate([tileset.soup(tile) for tile in tiles]).astype(np.float32)
        triangles = np.arange(len(corners) * 3, dtype=np.uint32).reshape(-1, 3)
        true = deviation(source, surface(corners.reshape(-1, 3), triangles)).hausdorff_m
        stated = max(tile["geometricError"] for tile in tiles)
        assert true <= 1.1 * stated, depth
        assert stated <= 2 * true, depth
    for tile in tileset.tiles():
        for child in tile.get("children", []):
            assert child["geometricError"] <= tile["geometricError"]
    assert {tile["geometricError"] for tile in tileset.leaves()} == {0.0}


def test_it_gives_the_colours_back_to_the_level(rough):
    mesh, tileset = rough
    on = on_grid(mesh)
    known = {
        tuple(cell): colour for cell, colour in zip(on.cells.tolist(), on.mesh.colours[:, :3], strict=True)
    }
    (part,) = primitives(tileset.data(tileset.leaves()[0]))
    cells = np.round(part.positions / on.step_m).astype(int).tolist()
    expected = np.array([known[tuple(cell)] for cell in cells])
    assert np.array_equal(srgb8_from_linear16(part.colours), expected)


def test_it_puts_the_float64_origin_into_the_root_transform_only(tmp_path):
    mesh = sphere_mesh(20)
    placed = Mesh(
        origin=np.array([789123.0, 1823456.0, 12.0]), positions=mesh.positions, triangles=mesh.triangles
    )
    tileset = Tileset(placed, tmp_path)
    assert tileset.root["transform"][12:15] == [789123.0, 1823456.0, 12.0]
    assert np.abs(tileset.soup(tileset.root)).max() < 1.01


def test_it_steps_finer_than_half_a_millimetre_and_a_quarter_edge(rough):
    mesh, tileset = rough
    corners = mesh.positions[mesh.triangles]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    assert tileset.result["step_m"] <= min(0.0005, np.median(edges) / 4)
    assert np.log2(tileset.result["step_m"]) % 1 == 0


def test_it_cuts_the_texture_so_that_it_stays_where_it_was(tmp_path):
    tileset = Tileset(textured_tube(200, 150), tmp_path)
    worst = 0.0
    for tile in tileset.leaves():
        data = tileset.data(tile)
        (part,) = primitives(data)
        number = part.material["pbrMetallicRoughness"]["baseColorTexture"]["index"]
        pixels = np.asarray(PIL.Image.open(io.BytesIO(picture(data, number))).convert("RGB")).astype(float)
        height, width = pixels.shape[:2]
        centres, where = part.positions[part.triangles].mean(1), part.uvs[part.triangles].mean(1)
        seen = pixels[(where[:, 1] * height).astype(int), (where[:, 0] * width).astype(int)]
        u = np.arctan2(centres[:, 1], centres[:, 0]) / (2 * np.pi) % 1
        worst = max(
            worst, np.abs(seen[:, 0] - 255 * u).max(), np.abs(seen[:, 1] - 255 * centres[:, 2] / 2).max()
        )
        assert height * width < 512 * 512
    # WebP at quality 80 and one texel of a 512 ramp.
    assert worst < 12


def test_it_draws_repeated_textures_whole(tmp_path):
    tube = textured_tube(60, 40)
    wrapped = Mesh(
        origin=tube.origin,
        positions=tube.positions,
        triangles=tube.triangles,
        uvs=tube.uvs * np.float32(5),
        images=tube.images,
    )
    tileset = Tileset(wrapped, tmp_path, leaf_triangles=10_000)
    document, _ = split(tileset.data(tileset.root))
    assert "wrapS" not in document["samplers"][0]
    (part,) = primitives(tileset.data(tileset.root))
    assert part.uvs.max() == pytest.approx(5)


def test_it_previews_a_large_mesh_in_one_small_tile(tmp_path):
    mesh = sphere_mesh(130)
    write_obj(tmp_path / "a.obj", mesh.positions, mesh.triangles)
    inputs = Inputs(tuple(from_paths([tmp_path / "a.obj"])))
    result = preview_mesh(inputs, detect(inputs), {}, tmp_path / "out", SilentProgress())
    assert result["tiles"] == 1
    assert result["triangles"] == pytest.approx(TRIANGLES, rel=0.02)
    root = json.loads((tmp_path / "out" / "tileset.json").read_text())["root"]
    assert 0 < root["geometricError"] < 0.002
