"""Every mesh of the real data, and every hostile one: what must come out, as a table."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.meshes.loading import load
from processing.meshes.tiling import write_tiles
from processing.progress import SilentProgress
from processing.room.inputs import Input, Inputs, from_paths
from processing.room.sources import FileSource
from processing.tiles.sinks import FolderSink
from tests.processing.meshes.decoding import open_edges, primitives, random_cut, soup

# File: vertices the file declares, triangles, lowest and highest corner in metres (Z up).
READ = {
    "mesh/BustManWreath_obj/BustManWreath.obj": (
        15757,
        31514,
        (-0.147, -0.000, -0.112),
        (0.154, 0.605, 0.211),
    ),
    "mesh/demosthenes.obj": (8394, 16719, (-0.747, -0.492, -0.581), (1.003, 2.201, 0.955)),
    "mesh/venus_de_milo.glb": (15634, 24058, (-339.213, -357.507, -0.546), (355.135, 280.121, 2118.394)),
    "mesh/whale_cranium.glb": (57565, 100000, (-0.151, -0.244, -0.119), (0.151, 0.244, 0.119)),
    "mesh/whale_cranium_draco.glb": (57565, 100000, (-0.151, -0.244, -0.119), (0.151, 0.244, 0.119)),
    # 23,214 triangles in the file; its build places one part once and another five times; millimetres.
    "mesh/counterXP.3MF": (43276, 83750, (-0.111, 0.006, 0.256), (0.193, 0.310, 0.282)),
    "bad/busted.STL": (11634, 3878, (-5.398, 18.301, -9.936), (5.277, 29.685, -0.363)),
    "bad/gen_stl_binary_starts_solid.stl": (3, 1, (0, 0, 0), (1, 1, 0)),
    "bad/gen_polyglot_html.obj": (3, 1, (0, 0, 0), (1, 1, 0)),
    "bad/fuzz.glb": (24, 12, (-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)),
    "bad/no_indices_3storybuilding.glb": (216, 72, (-23.207, -63.361, 0.0), (32.873, 0.0, 9.0)),
}
# Triangles too small even for the finest 16-bit grid of the tiles; said in the result as collapsed.
COLLAPSED = {"mesh/counterXP.3MF": 526}

REFUSED = {
    "bad/BustManWreath.fbx": "unsupported-format",
    "bad/cube-gltf-2.0_separated-asset_key_renamed_to_stage-invalid.gltf": "invalid-header",
    "bad/cube-ply-1.0_ascii-comment_renamed_to_remark-invalid.ply": "invalid-header",
    "bad/gen_3mf_billion_laughs.3mf": "external-reference",
    "bad/gen_3mf_xxe.3mf": "external-reference",
    "bad/gen_3mf_zip_bomb.3mf": "too-large",
    "bad/gen_dae_billion_laughs.dae": "external-reference",
    "bad/gen_dae_xxe.dae": "external-reference",
    "bad/gen_glb_accessor_out_of_range.glb": "count-mismatch",
    "bad/gen_glb_deep_json.glb": "too-deep",
    "bad/gen_glb_external_uri_file.glb": "external-reference",
    "bad/gen_glb_external_uri_http.glb": "external-reference",
    "bad/gen_glb_json_chunk_huge.glb": "invalid-header",
    "bad/gen_glb_length_lies.glb": "truncated",
    "bad/gen_glb_nan_positions.glb": "non-finite",
    "bad/gen_glb_node_cycle.glb": "invalid-header",
    "bad/gen_glb_png_bomb.glb": "too-large",
    "bad/gen_glb_required_unknown_ext.glb": "unsupported-format",
    "bad/gen_glb_truncated.glb": "truncated",
    "bad/gen_gltf_image_traversal.gltf": "external-reference",
    "bad/gen_obj_bad_indices.obj": "index-out-of-range",
    "bad/gen_obj_huge_coords.obj": "corrupt-data",
    "bad/gen_obj_line_bomb.obj": "too-large",
    "bad/gen_obj_mtl_traversal.obj": "external-reference",
    "bad/gen_obj_nan_inf.obj": "non-finite",
    "bad/gen_ply_endless_header.ply": "invalid-header",
    "bad/gen_ply_face_index_out_of_range.ply": "index-out-of-range",
    "bad/gen_ply_is_png.ply": "mislabelled",
    "bad/gen_stl_ascii_cut.stl": "truncated",
    "bad/gen_stl_count_lies.stl": "count-mismatch",
}
# Files that are taken with something said: the kinds of what must be said.
TOLD = {
    "bad/cube-obj-1.0-linked_mtl_file_deleted-invalid.obj": {"missing-reference"},
    "mesh/venus_de_milo.glb": {"dropped-maps", "suspicious-scale"},
    "mesh/demosthenes.obj": {"assumed-up-axis", "assumed-units"},
}


def inputs_of(path: Path) -> Inputs:
    """The file alone, or its whole folder where it is a bundle."""
    if path.parent.name.endswith("_obj"):
        return Inputs(tuple(from_paths([path.parent])))
    return Inputs((Input(number=0, path=path.name, source=FileSource(path)),))


def loaded(path: Path) -> Any:
    inputs = inputs_of(path)
    return load(inputs, detect(inputs), {}, SilentProgress())


@pytest.mark.real_data
@pytest.mark.parametrize("name", READ)
def test_it_reads_every_real_mesh_whole(shared_data: Path, name: str) -> None:
    vertices, triangles, low, high = READ[name]
    found = loaded(shared_data / name)
    assert (found.raw.declared_vertices, found.triangles) == (vertices, triangles)
    assert np.allclose(found.mesh.bounds(), [low, high], atol=6e-4)


@pytest.mark.real_data
@pytest.mark.parametrize("name", [name for name in READ if name.startswith("mesh/")])
def test_it_makes_tiles_that_hold_every_triangle_of_a_real_mesh(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    sink = FolderSink(tmp_path)
    result = write_tiles(loaded(shared_data / name).mesh, sink, SilentProgress())

    waiting, leaves = [json.loads((tmp_path / "tileset.json").read_text())["root"]], 0
    while waiting:
        tile = waiting.pop()
        waiting.extend(tile.get("children", []))
        if not tile.get("children"):
            parts = primitives((tmp_path / tile["content"]["uri"]).read_bytes())
            leaves += sum(len(part.triangles) for part in parts)
    assert leaves == result["triangles"] == READ[name][1] - COLLAPSED.get(name, 0)
    assert result["collapsed_triangles"] == COLLAPSED.get(name, 0)


@pytest.mark.real_data
def test_it_closes_a_real_textured_mesh_at_any_mix_of_levels(shared_data: Path, tmp_path: Path) -> None:
    mesh = loaded(shared_data / "mesh/BustManWreath_obj/BustManWreath.obj").mesh
    result = write_tiles(mesh, FolderSink(tmp_path), SilentProgress(), leaf_triangles=2500)
    root = json.loads((tmp_path / "tileset.json").read_text())["root"]
    assert result["levels"] >= 4
    random = np.random.default_rng(3)
    for _ in range(10):
        tiles = [(tmp_path / tile["content"]["uri"]).read_bytes() for tile in random_cut(root, random)]
        assert open_edges(np.concatenate([soup(tile) for tile in tiles])) == 0


@pytest.mark.real_data
@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_a_hostile_or_foreign_file_by_kind(shared_data: Path, name: str) -> None:
    with pytest.raises(KnownError) as refused:
        loaded(shared_data / name)
    assert refused.value.kind == REFUSED[name]


@pytest.mark.real_data
@pytest.mark.parametrize("name", TOLD)
def test_it_says_what_it_had_to_assume(shared_data: Path, name: str) -> None:
    assert {finding.kind for finding in loaded(shared_data / name).raw.findings} >= TOLD[name]


@pytest.mark.real_data
def test_it_reads_the_draco_copy_of_a_mesh_as_the_plain_one(shared_data: Path) -> None:
    plain = loaded(shared_data / "mesh/whale_cranium.glb")
    packed = loaded(shared_data / "mesh/whale_cranium_draco.glb")
    surface, other = plain.report.topology, packed.report.topology
    assert surface.watertight
    assert other.watertight
    assert other.volume_m3 == pytest.approx(surface.volume_m3, rel=1e-4)
    assert other.area_m2 == pytest.approx(surface.area_m2, rel=1e-4)


@pytest.mark.real_data
def test_it_reads_a_real_glb_as_trimesh_does(shared_data: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    ours = loaded(shared_data / "mesh/venus_de_milo.glb").mesh
    theirs = trimesh.load(shared_data / "mesh/venus_de_milo.glb", force="mesh", process=False)
    # Y up there, Z up here: x, -z, y.
    turned = np.asarray(theirs.vertices)[:, [0, 2, 1]] * [1, -1, 1]
    corners = turned[np.asarray(theirs.faces)]
    assert np.allclose(ours.positions[ours.triangles] + ours.origin, corners, atol=2e-4)
