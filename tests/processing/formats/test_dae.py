"""COLLADA: what the scene places, upright, in metres, with its pictures; nothing outside is read."""

import numpy as np
import pytest

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.meshes.reading import read_mesh
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource
from tests.processing.meshes.making import gradient_image
from tests.support.collada import PICTURE, POLYGONS, dae


def read(data, answers=None, **beside):
    files = {"a.dae": data, **{name.replace("_", "."): content for name, content in beside.items()}}
    items = [
        Input(number=number, path=name, source=BytesSource(name, content))
        for number, (name, content) in enumerate(files.items())
    ]
    inputs = Inputs(tuple(items))
    return read_mesh(inputs, detect(inputs), answers or {})


def test_it_places_what_the_scene_places_in_metres():
    mesh = read(dae())
    assert mesh.format == "dae"
    assert len(mesh.triangles) == 4
    assert (mesh.unit, mesh.unit_m) == ("centimeter", 0.01)
    one, other = mesh.positions[:4], mesh.positions[4:]
    assert one[np.lexsort(one.T)] == pytest.approx(
        np.array([[0.10, 0, 0], [0.11, 0, 0], [0.10, 0.01, 0], [0.11, 0.01, 0]])
    )
    # Turned by a quarter, twice as large, five up.
    assert other.min(axis=0) == pytest.approx([-0.02, 0, 0.05], abs=1e-9)
    assert other.max(axis=0) == pytest.approx([0, 0.02, 0.05], abs=1e-9)
    assert mesh.findings == ()


@pytest.mark.parametrize(
    ("axis", "upright"),
    [("Z_UP", [0.11, 0.01, 0]), ("Y_UP", [0.11, 0, 0.01]), ("X_UP", [-0.01, 0, 0.11])],
)
def test_it_stands_as_the_file_says(axis, upright):
    mesh = read(dae(axis=axis))
    assert np.abs(mesh.positions - upright).sum(axis=1).min() < 1e-9


@pytest.mark.parametrize("axis", ["X_UP", "Y_UP", "Z_UP"])
def test_the_senders_word_goes_before_the_files(axis):
    stood = read(dae(axis=axis), {"up_axis": "z", "unit_m": 1.0})
    assert np.abs(stood.positions - [11, 1, 0]).sum(axis=1).min() < 1e-9
    lying = read(dae(axis=axis), {"up_axis": "y"})
    assert np.abs(lying.positions - [0.11, 0, 0.01]).sum(axis=1).min() < 1e-9


def test_polygons_become_fans():
    assert len(read(dae(**POLYGONS)).triangles) == 4


def test_it_takes_colours_and_pictures_of_materials():
    assert read(dae()).materials[0].colour == (1.0, 0.5, 0.0, 1.0)
    mesh = read(dae(diffuse=PICTURE), stone_jpg=gradient_image(8).data)
    assert [image.name for image in mesh.images] == ["stone.jpg"]
    assert mesh.materials[0].image == 0
    # The corner at the origin of the picture is at its bottom: v runs down here.
    corner = np.abs(mesh.positions - [0.10, 0, 0]).sum(axis=1).argmin()
    assert mesh.uvs[corner].tolist() == [0, 1]


def test_a_picture_that_is_not_there_is_said():
    mesh = read(dae(diffuse=PICTURE))
    assert [finding.kind for finding in mesh.findings] == ["missing-reference"]
    assert mesh.images == ()


def test_what_no_scene_places_is_taken_as_it_was_made():
    mesh = read(dae(scene="<node/>"))
    assert len(mesh.triangles) == 2
    assert mesh.positions.max(axis=0) == pytest.approx([0.01, 0.01, 0])


ENTITY = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
NESTED = "<node>" * 200 + "</node>" * 200


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (dae(head=ENTITY), "external-reference"),
        (dae(diffuse=PICTURE, file="../../etc/passwd"), "external-reference"),
        (dae(scene=NESTED), "too-deep"),
        (dae(faces="0 0 1 1 9 2 0 0 2 2 3 3"), "corrupt-data"),
        (dae(faces="0 0 1 1 -1 2 0 0 2 2 3 3"), "index-out-of-range"),
        (dae(faces="0 0 1 1 2 -9 0 0 2 2 3 3", diffuse=PICTURE), "index-out-of-range"),
        (dae(faces="0 0 one 1 2 2"), "corrupt-data"),
        (dae()[:900], "corrupt-data"),
        (dae(unit="-3"), "invalid-header"),
        (dae().replace(b"library_geometries", b"library_nothing"), "corrupt-data"),
        (dae(faces="", kind='triangles count="0"'), "empty-result"),
    ],
    ids=[
        "entity", "outside", "nested", "vertex", "negative", "texture", "word", "cut", "unit", "no-geometry",
        "no-faces",
    ],
)  # fmt: skip
def test_it_refuses_what_it_cannot_read_and_says_why(data, kind):
    with pytest.raises(KnownError) as refused:
        read(data, stone_jpg=gradient_image(8).data)
    assert refused.value.kind == kind


def test_nodes_that_place_one_another_over_and_over_are_counted(monkeypatch):
    monkeypatch.setattr("processing.formats.dae.MAX_PARTS", 1000)
    nodes = "".join(
        f'<node id="n{k}"><instance_node url="#n{k + 1}"/><instance_node url="#n{k + 1}"/></node>'
        for k in range(30)
    )
    library = f'<library_nodes>{nodes}<node id="n30"><instance_geometry url="#g"/></node></library_nodes>'
    data = dae(scene='<node><instance_node url="#n0"/></node>')
    with pytest.raises(KnownError) as refused:
        read(data.replace(b"<library_visual_scenes>", library.encode() + b"<library_visual_scenes>"))
    assert refused.value.kind == "too-large"
