"""A glTF too large for memory: in blocks it is what it is whole, and what is not plain is read whole."""

import base64
import json
import struct

import DracoPy
import meshopt
import numpy as np
import pytest

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.formats.mesh_blocks import mesh_blocks
from processing.progress import SilentProgress
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource
from processing.verbs import tile
from tests.processing.meshes.blocks import Counting, assert_same_in_blocks, in_blocks, loaded
from tests.processing.meshes.making import gradient_image, sphere

POINTS, TRIANGLES = sphere(20)
TINTS = np.round(np.abs(POINTS) * 255).astype(np.uint8)
TYPES = {"u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
WIDTHS = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}


class Making:
    """A glTF under construction."""

    def __init__(self) -> None:
        self.binary = b""
        self.document: dict = {"asset": {"version": "2.0"}, "bufferViews": [], "accessors": [], "meshes": []}
        self.document |= {"materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.25, 1, 0.5]}}]}
        self.document["materials"].append({"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}})

    def rows(self, values: np.ndarray, kind: str, *, gap: int = 0, normalized: bool = False) -> int:
        """Add an accessor, its rows some bytes apart."""
        rows = values.astype(kind).reshape(len(values), -1)
        data = np.zeros((len(rows), rows[0].nbytes + gap), np.uint8)
        data[:, : rows[0].nbytes] = rows.view(np.uint8)
        self.binary += b"\0" * (-len(self.binary) % 4)
        view = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": data.nbytes}
        self.document["bufferViews"].append(view | ({"byteStride": data.shape[1]} if gap else {}))
        self.binary += data.tobytes()
        accessor = {"bufferView": len(self.document["bufferViews"]) - 1, "componentType": TYPES[kind]}
        accessor |= {"count": len(rows), "type": WIDTHS[rows.shape[1]], "normalized": normalized}
        self.document["accessors"].append(accessor)
        return len(self.document["accessors"]) - 1

    def mesh(self, *primitives: dict) -> int:
        """Add a mesh."""
        self.document["meshes"].append({"primitives": list(primitives)})
        return len(self.document["meshes"]) - 1

    def ball(self, kind: str = "u2", *, x: float = 0.0, **more: object) -> dict:
        """Make a primitive of a sphere around (x, 0, 0)."""
        attributes = {"POSITION": self.rows(POINTS + [x, 0, 0], "f4")}
        return {"attributes": attributes, "indices": self.rows(TRIANGLES.reshape(-1), kind), **more}

    def glb(self) -> bytes:
        """Write it as one file."""
        self.binary += b"\0" * (-len(self.binary) % 4)
        document = self.document | {"buffers": [{"byteLength": len(self.binary)}]}
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        head = struct.pack("<4sIII4s", b"glTF", 2, 28 + len(text) + len(self.binary), len(text), b"JSON")
        return head + text + struct.pack("<I4s", len(self.binary), b"BIN\0") + self.binary


def given(data: bytes, name: str = "a.glb", **beside: bytes) -> Inputs:
    named = {name: data} | {name.replace("__", "."): content for name, content in beside.items()}
    return Inputs(
        tuple(
            Input(number=k, path=name, source=BytesSource(name, content))
            for k, (name, content) in enumerate(named.items())
        )
    )


def placed(making: Making, *nodes: dict) -> Inputs:
    making.document["nodes"] = list(nodes)
    return given(making.glb())


def test_nodes_place_parts_with_indices_of_any_width():
    making = Making()
    points, triangles = sphere(200)
    large = {"POSITION": making.rows(points, "f4")}
    long = making.mesh({"attributes": large, "indices": making.rows(triangles.reshape(-1), "u4")})
    short = making.mesh(making.ball("u2"), making.ball("u4", x=3))
    corner = making.mesh({"attributes": large, "indices": making.rows(np.arange(30, 90), "u1")})
    assert_same_in_blocks(
        placed(
            making,
            {"children": [1, 2], "translation": [3, 5, -7]},
            {"mesh": long, "rotation": [0, 0.6, 0, 0.8], "scale": [1, 2, 3]},
            # Mirrored: its faces would look inward.
            {"mesh": short, "scale": [-1, 1, 1], "children": [3]},
            {"mesh": corner, "matrix": [1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 9, 9, 9, 1]},
            {"mesh": short},
        )
    )


@pytest.mark.parametrize("materials", [(None, None), (0, 0), (0, 1), (None, 1)])
@pytest.mark.parametrize("coloured", [0, 1, 2])
def test_colours_are_those_of_vertices_times_those_of_materials(materials, coloured):
    making = Making()
    parts = [making.ball(), making.ball(x=3)]
    for part, number in zip(parts, materials, strict=True):
        part |= {} if number is None else {"material": number}
    opaque = np.hstack([TINTS, np.full((len(TINTS), 1), 200)])
    for part, (rows, kind) in zip(parts[:coloured], [(TINTS, "u1"), (opaque, "u1")], strict=False):
        part["attributes"]["COLOR_0"] = making.rows(rows, kind, normalized=True, gap=4 - rows.shape[1])
    assert_same_in_blocks(placed(making, {"mesh": making.mesh(*parts)}))


def test_it_reads_rows_apart_steps_of_integers_and_corners_without_numbers():
    making = Making()
    making.document |= {"extensionsUsed": ["KHR_mesh_quantization"]}
    steps = {"POSITION": making.rows(np.round(POINTS * 32767), "i2", gap=2, normalized=True)}
    apart = {"POSITION": making.rows(POINTS + 3, "f4", gap=8)}
    soup = {"POSITION": making.rows((POINTS + 6)[TRIANGLES].reshape(-1, 3), "f4")}
    numbers = making.rows(TRIANGLES.reshape(-1), "u2")
    parts = [{"attributes": steps, "indices": numbers}, {"attributes": apart, "indices": numbers}]
    parts += [{"attributes": soup}, {"attributes": apart, "mode": 0}]
    inputs = placed(making, {"mesh": making.mesh(*parts)})
    assert_same_in_blocks(inputs)
    with in_blocks(inputs) as blocks:
        assert [finding.kind for finding in blocks.said().findings] == ["skipped-primitives"]


def test_it_reads_a_buffer_beside_it():
    making = Making()
    making.mesh(making.ball())
    making.document["buffers"] = [{"byteLength": len(making.binary), "uri": "a.bin"}]
    assert_same_in_blocks(given(json.dumps(making.document).encode(), "a.gltf", a__bin=making.binary))


def test_every_step_takes_a_large_one_as_the_sender_says(tmp_path):
    making = Making()
    making.mesh(making.ball(material=0))
    node = {"mesh": 0, "scale": [1, 2, 3]}
    whole, large = (loaded(placed(making, node), large, up_axis="z", unit_m=0.5) for large in (10**9, 500))
    assert (whole.is_copy, large.is_copy) == (False, True)
    assert np.allclose(large.high - large.low, [1, 2, 3], atol=0.02)
    assert np.allclose([large.low, large.high], [whole.low, whole.high], atol=1e-6)
    volume = whole.report.topology.volume_m3
    assert large.report.topology.volume_m3 == pytest.approx(volume, rel=1e-6)
    assert large.mesh.base_colour == whole.mesh.base_colour
    arguments = {"packed": True, "large_triangles": 500}
    made = tile.run(placed(making, {"mesh": 0}), arguments, tmp_path / "tiles", SilentProgress())
    assert made["triangles"] == len(TRIANGLES)


def textured(making: Making) -> None:
    picture = gradient_image(16).data
    making.document["images"] = [
        {"uri": "data:image/jpeg;base64," + base64.b64encode(picture).decode(), "mimeType": "image/jpeg"}
    ]
    making.document["textures"] = [{"source": 0}]
    making.document["materials"][0] = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    (part,) = making.document["meshes"][0]["primitives"]
    uvs = making.rows(np.zeros((len(POINTS), 1)), "f4")
    making.document["accessors"][uvs] |= {"type": "VEC2", "count": len(POINTS) // 2}
    making.document["accessors"][0] |= {"count": len(POINTS) // 2}
    part["attributes"]["TEXCOORD_0"] = uvs
    part["indices"] = making.rows(np.arange(30), "u2")


def sparse(making: Making) -> None:
    where, what = making.rows(np.array([1]), "u2"), making.rows(np.array([[5.0, 0, 0]]), "f4")
    views = [making.document["accessors"][number]["bufferView"] for number in (where, what)]
    indices = {"bufferView": views[0], "componentType": 5123}
    making.document["accessors"][0]["sparse"] = {
        "count": 1, "indices": indices, "values": {"bufferView": views[1]},
    }  # fmt: skip


def strip(making: Making) -> None:
    making.document["meshes"][0]["primitives"][0]["mode"] = 5


def without_bytes(making: Making) -> None:
    del making.document["accessors"][0]["bufferView"]
    making.document["meshes"].append({"primitives": [making.ball()]})


def packed(making: Making) -> None:
    stored = meshopt.encode_gltf_buffer(POINTS.astype(np.float32), "ATTRIBUTES", 0)
    view = {"buffer": 0, "byteOffset": len(making.binary), "byteLength": len(stored), "byteStride": 12}
    view |= {"count": len(POINTS), "mode": "ATTRIBUTES"}
    making.document["bufferViews"][0]["extensions"] = {"EXT_meshopt_compression": view}
    making.binary += stored


def draco(making: Making) -> None:
    stored = DracoPy.encode(POINTS, TRIANGLES)
    making.document["bufferViews"].append(
        {"buffer": 0, "byteOffset": len(making.binary), "byteLength": len(stored)}
    )
    making.binary += stored
    extension = {"bufferView": 2, "attributes": {"POSITION": 0}}
    (part,) = making.document["meshes"][0]["primitives"]
    part["extensions"] = {"KHR_draco_mesh_compression": extension}


@pytest.mark.parametrize("change", [textured, sparse, strip, without_bytes, packed, draco])
def test_what_is_not_plain_is_read_whole(change):
    making = Making()
    making.mesh(making.ball(material=0))
    with in_blocks(given(making.glb())) as blocks:
        assert blocks is not None
    change(making)
    inputs = given(making.glb())
    with in_blocks(inputs) as blocks:
        assert blocks is None
    large = loaded(inputs, 5)
    assert not large.is_copy
    assert len(large.mesh.images) == (change is textured)


def past(making: Making) -> None:
    making.document["meshes"][0]["primitives"][0]["indices"] = making.rows(
        np.append(TRIANGLES.reshape(-1)[:-1], len(POINTS)), "u2"
    )


def short_view(making: Making) -> None:
    making.document["bufferViews"][1]["byteLength"] -= 2


def no_material(making: Making) -> None:
    making.document["meshes"][0]["primitives"][0]["material"] = 7


def no_triangles(making: Making) -> None:
    making.document["meshes"][0]["primitives"][0]["indices"] = making.rows(np.arange(4), "u2")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (past, "index-out-of-range"),
        (short_view, "count-mismatch"),
        (no_material, "index-out-of-range"),
        (no_triangles, "count-mismatch"),
    ],
)
def test_it_refuses_a_large_one_as_it_refuses_a_small(change, kind):
    making = Making()
    making.mesh(making.ball(material=0))
    change(making)
    refused = []
    for large_triangles in (10**9, 500):
        with pytest.raises(KnownError) as one:
            loaded(given(making.glb()), large_triangles)
        refused.append((one.value.kind, one.value.message))
    assert refused[0] == refused[1]
    assert refused[0][0] == kind


def test_it_refuses_a_large_one_that_was_cut_off():
    making = Making()
    making.mesh(making.ball())
    with pytest.raises(KnownError) as refused:
        loaded(given(making.glb()[:-900]), 500)
    assert refused.value.kind == "truncated"


def test_a_small_one_is_read_whole():
    making = Making()
    making.mesh(making.ball())
    inputs = given(making.glb())
    for large_triangles, expected in ((len(TRIANGLES), False), (len(TRIANGLES) - 1, True)):
        with mesh_blocks(inputs, detect(inputs), large_triangles=large_triangles) as blocks:
            assert (blocks is not None) == expected


def test_what_it_is_costs_a_few_bytes_to_find_out():
    making = Making()
    points, triangles = sphere(200)
    corners = making.rows(triangles.reshape(-1), "u4")
    making.mesh({"attributes": {"POSITION": making.rows(points, "f4")}, "indices": corners})
    source = Counting("a.glb", making.glb())
    with in_blocks(Inputs((Input(number=0, path="a.glb", source=source),))) as blocks:
        assert blocks.triangles == len(triangles)
    assert source.read < source.size / 10
