"""Mesh readers: what a file says comes out, in every spelling of it."""

import json
import struct
from pathlib import Path

import meshopt
import numpy as np
import pytest
import trimesh

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.formats.mtl import parse_mtl
from processing.meshes.reading import read_clean, read_mesh
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource, FileSource
from tests.fuzz.seeds import three_mf
from tests.processing.meshes.making import gradient_image, sphere, write_obj, write_ply, write_stl

UTM = np.array([789_123.4, 1_823_456.7, 12.3])


def given(**files: bytes) -> Inputs:
    named = {name.replace("__", "."): data for name, data in files.items()}
    return Inputs(
        tuple(
            Input(number=k, path=name, source=BytesSource(name.rsplit("/", 1)[-1], data))
            for k, (name, data) in enumerate(named.items())
        )
    )


def read(inputs: Inputs, **arguments):
    return read_clean(inputs, detect(inputs), arguments)


def size_of(mesh) -> np.ndarray:
    low, high = mesh.bounds()
    return high - low


def read_file(path: Path):
    return read(Inputs((Input(number=0, path=path.name, source=FileSource(path)),)))


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_it_reads_a_ply_in_every_encoding_and_property_order(tmp_path, encoding):
    points, triangles = sphere(20)
    raw, mesh, report = read_file(write_ply(tmp_path / "a.ply", points + UTM, triangles, encoding))
    assert np.allclose(mesh.positions + mesh.origin, points + UTM, atol=2e-7)
    assert len(raw.triangles) == len(triangles)
    assert report.topology.watertight
    assert report.topology.volume_m3 == pytest.approx(4 / 3 * np.pi, rel=0.015)
    assert (mesh.colours[:, :3] == [10, 20, 30]).all()


def test_it_reads_obj_and_stl_as_the_same_surface(tmp_path):
    points, triangles = sphere(20)
    _, by_obj, _ = read_file(write_obj(tmp_path / "a.obj", points, triangles))
    _, by_stl, report = read_file(write_stl(tmp_path / "a.stl", points, triangles, b"solid but binary"))
    assert len(by_stl.positions) == len(by_obj.positions) == len(points)
    assert report.topology.watertight
    assert np.allclose(by_obj.positions[by_obj.triangles], by_stl.positions[by_stl.triangles], atol=1e-6)


def test_it_keeps_millimetres_at_utm_coordinates(tmp_path):
    points, triangles = sphere(10, radius=0.05)
    _, mesh, _ = read_file(write_obj(tmp_path / "a.obj", points + UTM, triangles))
    assert mesh.positions.dtype == np.float32
    corners = (mesh.positions + mesh.origin)[mesh.triangles]
    assert np.abs(corners - (points + UTM)[triangles]).max() < 1e-7


def test_it_reads_negative_indices_polygons_and_continued_lines():
    text = b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf -4 -3 \\\n -2 -1\n"
    raw, mesh, _ = read(given(a__obj=text))
    assert len(raw.triangles) == 2
    assert mesh.positions[mesh.triangles].tolist() == [
        [[0, 0, 0], [1, 0, 0], [1, 1, 0]],
        [[0, 0, 0], [1, 1, 0], [0, 1, 0]],
    ] or np.ptp(mesh.positions, axis=0).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    "text", ["1e-3", "+0.001", ".001", "0.001000", "1.0E-03", "0.00100000000000000000001"]
)
def test_it_reads_numbers_in_every_spelling(text):
    raw = read_mesh(
        inputs := given(a__obj=f"v {text} 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".encode()), detect(inputs), {}
    )
    assert raw.positions[0, 0] == pytest.approx(0.001, rel=1e-15)


def test_it_reads_materials_with_options_spaces_and_other_case():
    image = gradient_image(16).data
    obj = (
        b"mtllib my scan.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 0 1\n"
        b"usemtl stone wall\nf 1/1 2/2 3/3\nusemtl red\nf 1/1 3/2 4/3\n"
    )
    mtl = b"newmtl stone wall\nKd .5 .5 .5\nmap_Kd -s 1 1 1 -clamp on My Texture.JPG\nnewmtl red\nKd 1 0 0\n"
    inputs = given(**{"m/a.obj": obj, "m/My Scan.mtl": mtl, "m/my texture.jpg": image})
    raw, mesh, _ = read(inputs)
    assert [image.name for image in mesh.images] == ["m/my texture.jpg"]
    assert mesh.look_of(mesh.triangles).tolist() == [0, 1]
    assert mesh.base_colour[:3] == (1, 0, 0)
    # v runs up in OBJ and down here.
    assert raw.uvs[raw.triangles[0]].tolist() == [[0, 1], [1, 1], [0, 0]]


def test_it_takes_the_name_behind_the_options_of_a_texture():
    text = "newmtl a\nmap_Kd -blendu on -o 0.1 0.2 -mm 0 1 wall  of stone.png\nd 0.5\n"
    assert parse_mtl(text)["a"].picture == "wall  of stone.png"
    assert parse_mtl(text)["a"].opacity == 0.5


def test_it_says_that_a_material_file_is_missing_and_goes_on():
    raw, mesh, _ = read(given(a__obj=b"mtllib gone.mtl\nusemtl x\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"))
    assert "missing-reference" in {finding.kind for finding in raw.findings}
    assert len(mesh.triangles) == 1


def test_it_decodes_tristrips():
    head = (
        b"ply\nformat ascii 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\n"
        b"element tristrips 1\nproperty list int int vertex_indices\nend_header\n"
    )
    raw, _, report = read(given(a__ply=head + b"0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 2 0\n8 0 1 2 3 -1 2 3 4\n"))
    assert raw.triangles.tolist() == [[0, 1, 2], [2, 1, 3], [2, 3, 4]]
    assert report.topology.turned_edges == 0


def gltf(document: dict, binary: bytes) -> bytes:
    text = json.dumps(
        {"asset": {"version": "2.0"}, "buffers": [{"byteLength": len(binary)}]} | document
    ).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    total = 28 + len(text) + len(binary)
    head = struct.pack("<4sIII4s", b"glTF", 2, total, len(text), b"JSON")
    return head + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary


def one_triangle(**more: object) -> tuple[dict, bytes]:
    binary = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes() + bytes([0, 1, 2])
    document = {
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 3},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5121, "count": 3, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    return document | more, binary


def test_it_places_gltf_nodes_in_float64_and_turns_y_up_to_z_up():
    document, binary = one_triangle(
        nodes=[
            {"children": [1, 2], "translation": [789123.0, 5.0, -1823456.0]},
            {"mesh": 0},
            {"mesh": 0, "translation": [0.001, 0, 0], "scale": [1, 2, 1]},
        ]
    )
    raw, _mesh, _ = read(given(a__glb=gltf(document, binary)))
    assert len(raw.triangles) == 2
    corners = raw.positions[raw.triangles]
    assert corners[0].tolist() == [[789123, 1823456, 5], [789124, 1823456, 5], [789123, 1823456, 6]]
    assert np.allclose(corners[1, 0], [789123.001, 1823456, 5], atol=1e-9)
    assert corners[1, 2, 2] == 7


def test_it_turns_the_faces_of_a_mirrored_node():
    document, binary = one_triangle(nodes=[{"mesh": 0, "scale": [-1, 1, 1]}])
    raw, _, _ = read(given(a__glb=gltf(document, binary)))
    assert raw.triangles.tolist() == [[2, 1, 0]]


def test_it_puts_sparse_values_in():
    document, binary = one_triangle()
    begin = len(binary)
    binary += struct.pack("<H", 1) + b"\0" * (-(begin + 2) % 4)
    values = len(binary)
    binary += np.array([[5, 0, 0]], "<f4").tobytes()
    document["bufferViews"] += [
        {"buffer": 0, "byteOffset": begin, "byteLength": 2},
        {"buffer": 0, "byteOffset": values, "byteLength": 12},
    ]
    document["accessors"][0]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": 2, "componentType": 5123},
        "values": {"bufferView": 3},
    }
    raw, _, _ = read(given(a__glb=gltf(document, binary)))
    assert raw.positions[1].tolist() == [5, 0, 0]


def test_it_reads_meshopt_input():
    points, triangles = sphere(12)
    rows = points.astype(np.float32)
    stored = meshopt.encode_gltf_buffer(rows, "ATTRIBUTES", 0)
    faces = meshopt.encode_gltf_buffer(triangles.reshape(-1), "TRIANGLES", 0)
    binary = stored + b"\0" * (-len(stored) % 4) + faces
    name = "EXT_meshopt_compression"
    views = [
        {"buffer": 0, "byteLength": len(stored), "count": len(rows), "byteStride": 12, "mode": "ATTRIBUTES"},
        {
            "buffer": 0,
            "byteOffset": len(binary) - len(faces),
            "byteLength": len(faces),
            "count": triangles.size,
            "byteStride": 4,
            "mode": "TRIANGLES",
        },
    ]
    document, _ = one_triangle(extensionsRequired=[name], extensionsUsed=[name])
    document["bufferViews"] = [{"buffer": 0, "byteLength": 4, "extensions": {name: view}} for view in views]
    document["accessors"] = [
        {"bufferView": 0, "componentType": 5126, "count": len(rows), "type": "VEC3"},
        {"bufferView": 1, "componentType": 5125, "count": triangles.size, "type": "SCALAR"},
    ]
    _, mesh, report = read(given(a__glb=gltf(document, binary)))
    assert report.topology.watertight
    assert len(mesh.triangles) == len(triangles)


def test_it_refuses_a_gltf_buffer_outside_the_upload():
    document, _ = one_triangle()
    document["buffers"] = [{"byteLength": 39, "uri": "../../secret.bin"}]
    text = json.dumps({"asset": {"version": "2.0"}} | document).encode()
    with pytest.raises(KnownError) as refused:
        read(given(**{"m/a.gltf": text, "secret.bin": b"x" * 39}))
    assert refused.value.kind == "external-reference"


def test_it_reads_a_gltf_with_its_listed_buffer():
    document, binary = one_triangle()
    document["buffers"] = [{"byteLength": len(binary), "uri": "my%20data.bin"}]
    text = json.dumps({"asset": {"version": "2.0"}} | document).encode()
    raw, _, _ = read(given(**{"m/a.gltf": text, "m/my data.bin": binary}))
    assert len(raw.triangles) == 1


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", "index-out-of-range"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n", "index-out-of-range"),
        ("a.obj", b"v 0 zero 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "corrupt-data"),
        ("a.obj", b"v 0 0 0\nv 0 0 0\nv 0 1 0\nf 1 2 3\n", "empty-result"),
        ("a.obj", b"v 1e308 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\n", "corrupt-data"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 9\n", "index-out-of-range"),
        ("a.off", b"OFF\n300 1 0\n0 0 0\n", "count-mismatch"),
    ],
)
def test_it_refuses_what_makes_no_surface(name, data, kind):
    with pytest.raises(KnownError) as refused:
        read(given(**{name: data}))
    assert refused.value.kind == kind


def test_it_answers_what_a_file_leaves_open():
    data = b"v 0 0 0\nv 100 0 0\nv 0 200 0\nf 1 2 3\n"
    raw, mesh, _ = read(given(a__obj=data), up_axis="y", unit_m=0.01)
    low, high = mesh.bounds()
    assert np.allclose(high - low, [1, 0, 2])
    assert not {finding.kind for finding in raw.findings} & {"assumed-up-axis", "assumed-units"}


def test_it_takes_the_word_of_the_sender_before_that_of_the_file():
    """Exporters write models that stand along Z as glTF, and centimetres as the millimetres of 3MF."""
    lying = trimesh.creation.box((1, 2, 3)).export(file_type="glb")
    _, as_declared, _ = read(given(a__glb=lying))
    _, as_stated, _ = read(given(a__glb=lying), up_axis="z")
    assert np.allclose(size_of(as_declared), [1, 3, 2])
    assert np.allclose(size_of(as_stated), [1, 2, 3])

    _, millimetres, _ = read(given(a__3mf=three_mf()))
    raw, centimetres, _ = read(given(a__3mf=three_mf()), unit_m=0.01)
    assert np.allclose(size_of(centimetres), 10 * size_of(millimetres))
    assert raw.unit == "0.01 m, as stated"
