"""What a file is, by its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource


def upload(**files: bytes) -> Inputs:
    items = enumerate(files.items())
    return Inputs(
        tuple(Input(number=i, path=name, source=BytesSource(name, data)) for i, (name, data) in items)
    )


PLY = b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
OBJ = b"mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


@pytest.mark.parametrize(
    ("name", "data", "kind", "form"),
    [
        ("a.ply", PLY + b"end_header\n0 0 0\n", "point_cloud", "ply"),
        (
            "a.ply",
            PLY + b"element face 0\nproperty list uchar int v\nend_header\n0 0 0\n",
            "point_cloud",
            "ply",
        ),
        ("a.ply", PLY + b"element face 1\nproperty list uchar int v\nend_header\n0 0 0\n", "mesh", "ply"),
        ("a.obj", OBJ, "mesh", "obj"),
        ("scan.txt", b"x;y;z\n1.5;2;3\n4;5;6\n", "point_cloud", "xyz"),
        ("scan.xyz", b"# from a scanner\n1 2 3 4\n5 6 7 8\n", "point_cloud", "xyz"),
        ("scan.pts", b"2\n1 2 3\n4 5 6\n", "point_cloud", "pts"),
        ("scan", b"1.0 2.0 3.0\n4.0 5.0 6.0\n", "point_cloud", "xyz"),
        ("a.pcd", b"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\n", "point_cloud", "pcd"),
        ("a.las", b"LASF" + bytes(400), "point_cloud", "las"),
        ("a.e57", b"ASTM-E57" + bytes(100), "point_cloud", "e57"),
    ],
)
def test_it_knows_a_format_by_content(name: str, data: bytes, kind: str, form: str) -> None:
    detected = detect(upload(**{name: data}))
    assert (detected.kind, detected.format) == (kind, form)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.laz", b"", "empty-file"),
        ("a.laz", b"\x89PNG\r\n\x1a\n" + bytes(50), "mislabelled"),
        ("a.e57", b"LASF" + bytes(400), "mislabelled"),
        ("a.las", b"<html>not found</html>", "mislabelled"),
        ("a.bin2", b"\x01\x02\x03\x00nothing", "unknown-format"),
        ("a.fbx", b"Kaydara FBX Binary  \x00", "unsupported-format"),
        ("a.ifc", b"ISO-10303-21;\nHEADER;", "unsupported-format"),
        ("a.zip", b"PK\x03\x04" + bytes(40), "unsupported-format"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(40), "unsupported-format"),
    ],
)
def test_it_says_what_is_wrong_with_a_file(name: str, data: bytes, error: str) -> None:
    with pytest.raises(KnownError) as caught:
        detect(upload(**{name: data}))
    assert caught.value.kind == error
    assert name in caught.value.message


def test_it_names_a_splat_in_a_ply_as_a_splat() -> None:
    data = PLY + b"property float f_dc_0\nproperty float scale_0\nend_header\n"
    assert detect(upload(**{"a.ply": data})).kind == "splat"


def test_it_takes_companions_with_their_model() -> None:
    files = {"m/a.obj": OBJ, "m/a.mtl": b"newmtl x\n", "m/t.png": b"\x89PNG\r\n\x1a\n", "readme.md": b"hello"}
    detected = detect(upload(**files))
    assert [item.path for item in detected.mains] == ["m/a.obj"]


def test_it_takes_several_scans_as_one_cloud() -> None:
    detected = detect(upload(**{"a.xyz": b"1 2 3\n4 5 6\n", "b.xyz": b"1 2 3\n4 5 6\n"}))
    assert len(detected.mains) == 2


def test_it_refuses_a_cloud_and_a_mesh_in_one_upload() -> None:
    with pytest.raises(KnownError) as caught:
        detect(upload(**{"a.xyz": b"1 2 3\n4 5 6\n", "b.obj": OBJ}))
    assert (caught.value.kind, caught.value.hint) == ("invalid-arguments", "upload them as two assets")


def test_it_reads_no_more_than_a_head(tmp_path: Path) -> None:
    read: list[tuple[int, int]] = []

    class Watched(BytesSource):
        def read_at(self, offset: int, length: int) -> bytes:
            read.append((offset, length))
            return super().read_at(offset, length)

    data = b"1 2 3\n" * 1_000_000
    detect(Inputs((Input(number=0, path="a.xyz", source=Watched("a.xyz", data)),)))
    assert sum(length for _, length in read) <= 128 << 10
