"""Runs every compiled function of the mesh side once, on a tetrahedron in each format."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import numpy as np

from processing.formats.detect import detect
from processing.formats.obj_tokens import count_faces
from processing.formats.ply_blocks import ply_blocks
from processing.meshes.atlas import cut_atlas
from processing.meshes.borders import shared_places
from processing.meshes.deviation import deviation, surface
from processing.meshes.large.copying import lighter_copy
from processing.meshes.loading import load
from processing.meshes.mesh import Image
from processing.meshes.ordering import in_space
from processing.meshes.picture import drawn
from processing.meshes.pictures import Pyramid, encoded
from processing.meshes.refitting import refitted
from processing.meshes.tiling import write_tiles
from processing.progress import SilentProgress
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource

_CORNERS = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
_FACES = [(0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3)]


def warm() -> list[str]:
    """Compile for the types that real files bring; answers the formats that were read."""
    files = {
        "a.obj": _obj(),
        "b.obj": b"usemtl a\n" + _obj(),
        "a.ply": _ply(),
        "b.ply": _text_ply(),
        "c.ply": _coloured_ply(),
        "a.stl": _stl(),
        "b.stl": _text_stl(),
    }
    for name, data in files.items():
        item = Input(number=0, path=name, source=BytesSource(name, data))
        inputs = Inputs((item,))
        _use(inputs)
    blocks = ply_blocks(BytesSource("c.ply", files["c.ply"]))
    assert blocks is not None
    lighter_copy(blocks, {}, SilentProgress(), kept_triangles=4)
    count_faces(np.frombuffer(files["a.obj"], np.uint8))
    pixels = encoded(np.zeros((8, 8, 3), np.uint8), webp=False)
    image = Image(data=pixels.data, media_type=pixels.media_type, width=8, height=8, name="a")
    triangles, uvs = np.array([[0, 1, 2]], np.uint32), np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    cut_atlas([Pyramid(image)], triangles, uvs, np.zeros(3, np.uint16), 0)
    return sorted(files)


def _use(inputs: Inputs) -> None:
    arguments: dict[str, Any] = {}
    progress = SilentProgress()
    mesh = load(inputs, detect(inputs), arguments, progress).mesh
    drawn(mesh)
    one = surface(mesh.positions, mesh.triangles, samples=8)
    deviation(one, one)
    shared_places(np.arange(len(mesh.positions), dtype=np.uint32), [mesh.triangles])
    write_tiles(mesh, _Nowhere(), progress, leaf_triangles=2)
    bare = in_space(mesh)
    lit = replace(bare, colours=None, normals=np.zeros((len(mesh.positions), 3), np.float32))
    refitted(lit, lit)
    painted = replace(bare, colours=np.zeros((len(mesh.positions), 4), np.uint8))
    refitted(painted, painted)


class _Nowhere:
    """Takes tiles and keeps none."""

    written_bytes = 0

    def put(self, key: str, data: bytes, media_type: str) -> None:
        """Forget one piece."""

    def close(self) -> list[dict[str, Any]]:
        """Answer that there is nothing."""
        return []


def _obj() -> bytes:
    lines = ["v {} {} {}".format(*corner) for corner in _CORNERS]
    lines += ["vt 0 0", "vt 1 0", "vt 0 1"]
    lines += ["f {}/1 {}/2 {}/3".format(*(k + 1 for k in face)) for face in _FACES]
    return "\n".join(lines).encode() + b"\n"


def _ply_head(encoding: str) -> bytes:
    return (
        f"ply\nformat {encoding} 1.0\nelement vertex 4\n"
        "property float x\nproperty float y\nproperty float z\n"
        "element face 4\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()


def _ply() -> bytes:
    vertices = b"".join(struct.pack("<3f", *corner) for corner in _CORNERS)
    faces = b"".join(struct.pack("<B3i", 3, *face) for face in _FACES)
    return _ply_head("binary_little_endian") + vertices + faces


def _coloured_ply() -> bytes:
    colours = b"property uchar red\nproperty uchar green\nproperty uchar blue\nelement face"
    vertices = b"".join(struct.pack("<3f3B", *corner, 1, 2, 3) for corner in _CORNERS)
    faces = b"".join(struct.pack("<B3i", 3, *face) for face in _FACES)
    return _ply_head("binary_little_endian").replace(b"element face", colours) + vertices + faces


def _text_ply() -> bytes:
    lines = ["{} {} {}".format(*corner) for corner in _CORNERS]
    lines += ["3 {} {} {}".format(*face) for face in _FACES]
    return _ply_head("ascii") + "\n".join(lines).encode() + b"\n"


def _stl() -> bytes:
    records = [struct.pack("<12fH", 0, 0, 0, *(v for k in face for v in _CORNERS[k]), 0) for face in _FACES]
    return b"\0" * 80 + struct.pack("<I", len(records)) + b"".join(records)


def _text_stl() -> bytes:
    text = "solid a\n"
    for face in _FACES:
        corners = "".join("vertex {} {} {}\n".format(*_CORNERS[k]) for k in face)
        text += f"facet normal 0 0 0\nouter loop\n{corners}endloop\nendfacet\n"
    return (text + "endsolid a\n").encode()
