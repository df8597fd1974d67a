"""An OBJ too large for memory: in blocks it is what it is whole, and where it cannot be, it is read whole."""

import tempfile

import numpy as np
import pytest

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.formats.mesh_blocks import mesh_blocks
from processing.formats.obj_scanning import CHUNK_BYTES
from processing.meshes.large.copying import lighter_copy
from processing.progress import SilentProgress
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource
from processing.verbs import inspect, preview, tile
from tests.processing.meshes.blocks import Counting, assert_same_in_blocks, in_blocks, loaded
from tests.processing.meshes.making import gradient_image, sphere, sphere_mesh, write_ply

POINTS, TRIANGLES = sphere(20)
GREY = np.full((len(POINTS), 3), 0.5)
GRADED = np.round(np.abs(POINTS), 3)


def given(data: bytes | str, **beside: bytes) -> Inputs:
    named = {"a.obj": data.encode() if isinstance(data, str) else data}
    named |= {name.replace("__", "."): content for name, content in beside.items()}
    return Inputs(
        tuple(
            Input(number=k, path=name, source=BytesSource(name, content))
            for k, (name, content) in enumerate(named.items())
        )
    )


def vertices(points=POINTS, colours=None) -> str:
    rows = points if colours is None else np.hstack([points, colours])
    return "".join("v " + " ".join(map(repr, row)) + "\n" for row in rows.tolist())


def faces(triangles=TRIANGLES) -> str:
    return "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in triangles.tolist())


STONE = b"newmtl stone\nKd 0.5 0.25 1\nd 0.5\n"
UNDER_STONE = "mtllib a.mtl\nusemtl stone\n"
ONE, OTHER = faces(TRIANGLES[:700]), faces(TRIANGLES[700:])
IN_TWO_NAMES = f"mtllib gone.mtl\nusemtl one\n{ONE}usemtl two\n{OTHER}"


@pytest.mark.parametrize(
    "text",
    [
        vertices() + faces(),
        vertices(colours=GRADED) + faces(),
        # One number above 1, at the very end: all of them run to 255.
        vertices(colours=np.vstack([GRADED[:-1], [[255, 0, 9]]])) + faces(),
        vertices(POINTS[:50]) + vertices(POINTS[50:], GREY[50:]) + faces(),
        UNDER_STONE + vertices() + faces(),
        UNDER_STONE + vertices(colours=GRADED) + faces(),
        vertices() + IN_TWO_NAMES,
        vertices() + "f 1 2\nf 3\n" + faces(),
        vertices() + "vt 0 0\nvn 0 0 1\n" + "f 1/1/1 2/1/1 3/1/1\n" + faces(),
    ],
    ids=["bare", "0-1", "0-255", "late", "material", "tinted", "no-mtl", "short", "uv-alone"],
)
def test_it_is_the_same_in_blocks(text):
    assert_same_in_blocks(given(text, a__mtl=STONE))


def test_it_reads_numbers_that_count_back_and_polygons_over_chunks():
    random = np.random.default_rng(5)
    points, colours = random.random((60_000, 3)), np.round(random.random((60_000, 3)), 3)
    # A chunk without colours, and then some of which the last alone tells that they run to 255.
    colours[-1] = 200
    text = []
    for have, first, rows in ((60_000, 0, vertices(points)), (120_000, 1, vertices(points + 2, colours))):
        text.append(rows)
        # 3 to 9 corners somewhere before, every other face counted back from here.
        for n, start in enumerate(random.permutation(np.arange(first, have - 9, 2)).tolist()):
            corners = [start + k - have if n % 2 else start + k + 1 for k in range(3 + n % 7)]
            text.append(f"f {' '.join(map(str, corners))}\n")
    inputs = given("".join(text))
    assert inputs.items[0].source.size > 2 * CHUNK_BYTES
    assert_same_in_blocks(inputs)


def test_it_is_tiled_and_copied_as_a_ply_of_the_same_numbers(tmp_path):
    mesh = sphere_mesh(60, noise=0.001)
    points = mesh.positions.astype(np.float64)
    path = write_ply(tmp_path / "a.ply", points, mesh.triangles, "binary_little_endian")
    ply = Inputs((Input(number=0, path="a.ply", source=BytesSource("a.ply", path.read_bytes())),))
    colours = np.broadcast_to(np.array([10, 20, 30]) / 255, points.shape)
    obj = given(vertices(points, colours) + faces(mesh.triangles))

    made = {}
    for name, inputs in {"ply": ply, "obj": obj}.items():
        with in_blocks(inputs) as blocks:
            copy = lighter_copy(blocks, {}, SilentProgress(), kept_triangles=3000, chunk_vertices=2000)
        out = tmp_path / name
        arguments = {"packed": True, "large_triangles": 1000, "up_axis": "y"}
        tile.run(inputs, arguments, out, SilentProgress())
        made[name] = copy, (out / "pack-0000.bin").read_bytes()
    (one, one_pack), (other, other_pack) = made["ply"], made["obj"]
    assert one_pack == other_pack
    assert one.report == other.report
    assert np.array_equal(one.mesh.positions, other.mesh.positions)
    assert np.array_equal(one.mesh.colours, other.mesh.colours)


def test_every_step_takes_a_large_one(tmp_path):
    inputs, progress = given(UNDER_STONE + vertices() + faces(), a__mtl=STONE), SilentProgress()
    sizes = {"large_triangles": 500, "kept_triangles": 1000, "packed": True}
    small = inspect.run(inputs, {"large_triangles": 10**9}, tmp_path, progress)
    said = inspect.run(inputs, sizes | {"unit_m": 0.5}, tmp_path, progress)
    assert {warning["kind"] for warning in said["warnings"]} == {"assumed-up-axis", "large-mesh"}
    assert said["triangles"] == small["triangles"] == len(TRIANGLES)
    assert said["surface"]["volume_m3"] == pytest.approx(small["surface"]["volume_m3"] / 8, rel=1e-5)
    assert preview.run(inputs, sizes, tmp_path / "preview", progress)["triangles"] < len(TRIANGLES)
    assert tile.run(inputs, sizes, tmp_path / "tiles", progress)["triangles"] == len(TRIANGLES)


def test_a_large_one_keeps_the_colour_of_its_material():
    large = loaded(given(UNDER_STONE + vertices() + faces(), a__mtl=STONE), 500)
    assert large.is_copy
    assert large.mesh.base_colour == (0.5, 0.25, 1, 0.5)


PAPERED = "".join(f"f {a + 1}/1 {b + 1}/2 {c + 1}/3\n" for a, b, c in TRIANGLES.tolist())
TEXTURED = f"{vertices()}vt 0 0\nvt 1 0\nvt 0 1\nusemtl stone\n{PAPERED}"
PICTURED = STONE + b"map_Kd stone.jpg\n"


@pytest.mark.parametrize(
    "text",
    # What stands behind 2 MiB is not seen at first.
    [f"mtllib a.mtl\n{TEXTURED}", f"{TEXTURED}{PAPERED * 100}mtllib a.mtl\n"],
    ids=["head", "tail"],
)
def test_textures_in_use_make_it_be_read_whole(text):
    inputs = given(text, a__mtl=PICTURED, stone__jpg=gradient_image(16).data)
    large = loaded(inputs, 500)
    assert not large.is_copy
    assert len(large.mesh.images) == 1


def test_a_picture_that_is_missing_is_no_texture():
    large = loaded(given("mtllib a.mtl\n" + TEXTURED, a__mtl=PICTURED), 500)
    assert large.is_copy
    assert "missing-reference" in {finding.kind for finding in large.raw.findings}


def test_parts_in_several_colours_are_read_whole():
    two = STONE + b"newmtl brick\nKd 1 0 0\n"
    large = loaded(given(f"{UNDER_STONE}{vertices()}{ONE}usemtl brick\n{OTHER}", a__mtl=two), 500)
    assert not large.is_copy
    assert len(np.unique(large.mesh.colours, axis=0)) == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (vertices() + faces() + f"f 1 2 {len(POINTS) + 1}\n", "index-out-of-range"),
        (vertices() + faces() + f"f -1 -2 -{len(POINTS) + 1}\n", "index-out-of-range"),
        (vertices() + faces() + "f 1 0 2\n", "index-out-of-range"),
        (vertices() + faces() + "f 1/1 2/1 3/1\n", "index-out-of-range"),
        (vertices() + faces() + "v 1 one 1\n", "corrupt-data"),
        ((vertices() + faces() + vertices())[:-60] + "v 1", "corrupt-data"),
        (faces(), "empty-result"),
        (vertices() + faces() + "f " + "1 " * 10_001 + "\n", "too-large"),
        (vertices() + faces() + "f " + "1 " * 5_000_000 + "\n", "too-large"),
        (vertices() + faces() + "".join(f"usemtl {n}\n" for n in range(1001)), "too-large"),
        ("mtllib ../../a.mtl\n" + vertices() + faces(), "external-reference"),
        (vertices(np.full((3, 3), np.nan)) + "f 1 2 3\n" * 600, "non-finite"),
        (vertices() + "v nan 0 0\n" + "f 1 2 -1\n" * 600, "non-finite"),
        (vertices() + "f 1 1 2\n" * 600, "empty-result"),
    ],
    ids=[
        "past", "back", "zero", "texture", "word", "cut", "no-vertices", "corners", "line", "materials",
        "outside", "non-finite", "one-non-finite", "degenerate",
    ],
)  # fmt: skip
def test_it_refuses_a_large_one_as_it_refuses_a_small(text, kind):
    refused = []
    for large_triangles in (10**9, 500):
        with pytest.raises(KnownError) as one:
            loaded(given(text), large_triangles)
        refused.append((one.value.kind, one.value.message))
    assert refused[0] == refused[1]
    assert refused[0][0] == kind


def test_a_small_one_is_read_once():
    source = Counting("a.obj", (vertices() + faces()).encode() * 80)
    inputs = Inputs((Input(number=0, path="a.obj", source=source),))
    triangles = 80 * len(TRIANGLES)
    detected, before = detect(inputs), source.read
    for large_triangles in (triangles, 10**9):
        with mesh_blocks(inputs, detected, large_triangles=round(1.05 * large_triangles)) as blocks:
            assert blocks is None
    # Some lines of a file that may be large; of one that cannot be, none.
    assert source.read - before <= 2 << 20 < source.size / 2
    with mesh_blocks(inputs, detected, large_triangles=round(0.95 * triangles)) as blocks:
        assert blocks.triangles == triangles


def test_nothing_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with in_blocks(given(vertices() + faces())) as blocks:
        (folder,) = tmp_path.iterdir()
        on_disk = sum(file.stat().st_size for file in folder.iterdir())
        assert on_disk >= 24 * blocks.vertices + 12 * blocks.triangles
    assert not list(tmp_path.iterdir())
    with pytest.raises(KnownError), in_blocks(given(vertices() + faces() + "f 1 2 9999\n")):
        pass
    assert not list(tmp_path.iterdir())
