"""Models of several files: references looked up, zips unpacked, slips, links and bombs refused."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from processing.bundles.archive import entries_of
from processing.bundles.references import references_of_gltf, references_of_mtl, scan_obj
from processing.errors import KnownError
from processing.progress import Progress
from processing.room.inputs import Inputs, from_paths
from processing.room.sources import BytesSource
from processing.verbs.bundle import run

OBJ = "mtllib hall.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl a\nf 1 2 3\n"
MTL = "newmtl a\nmap_Kd tex/roof.jpg\n"


def folder(path: Path, files: dict[str, str | bytes]) -> Inputs:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Inputs(tuple(from_paths([path])))


def zipped(path: Path, files: dict[str, str], method: int = zipfile.ZIP_DEFLATED) -> Inputs:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Inputs(tuple(from_paths([path])))


def bundle(inputs: Inputs, out: Path) -> dict:
    return run(inputs, {}, out, Progress())


def refused(inputs: Inputs, out: Path) -> KnownError:
    with pytest.raises(KnownError) as error:
        bundle(inputs, out)
    return error.value


def test_it_finds_every_reference_and_warns_where_only_case_differs(tmp_path: Path):
    files = folder(tmp_path / "in", {"Hall.obj": OBJ, "Hall.mtl": MTL, "TEX/Roof.JPG": b"\xff\xd8\xff"})
    made = bundle(files, tmp_path / "out")

    assert made["references"] == 2
    assert [note["kind"] for note in made["warnings"]] == ["case-differs", "case-differs"]
    assert made["files"] == []


def test_it_names_everything_that_is_missing_at_once(tmp_path: Path):
    mtl = MTL + "map_bump tex/roof_n.png\nmap_Kd -s 2 2 1 tex/wall.jpg\n"
    error = refused(folder(tmp_path / "in", {"hall.obj": OBJ, "hall.mtl": mtl}), tmp_path / "out")

    assert error.kind == "missing-reference"
    assert all(name in error.message for name in ("tex/roof.jpg", "tex/roof_n.png", "tex/wall.jpg"))


def test_it_refuses_a_reference_that_leads_outside(tmp_path: Path):
    error = refused(
        folder(tmp_path / "in", {"a.obj": "mtllib ../../secret.mtl\nv 0 0 0\n"}), tmp_path / "out"
    )

    assert error.kind == "external-reference"


def test_it_finds_buffers_and_images_of_a_gltf(tmp_path: Path):
    text = '{"asset":{"version":"2.0"},"buffers":[{"uri":"a%20b.bin"}],"images":[{"uri":"gone.png"}]}'
    error = refused(folder(tmp_path / "in", {"m.gltf": text, "a b.bin": b"x"}), tmp_path / "out")

    assert "gone.png" in error.message
    assert "a%20b" not in error.message


def test_it_reads_references_anywhere_in_a_long_file():
    text = b"v 1 2 3\n" * 2_000_000 + b"mtllib late one.mtl\n" + b"f 1 1 1\n" * 10

    assert list(scan_obj(BytesSource("a.obj", text))) == ["late one.mtl"]
    assert references_of_mtl(b"newmtl a\n  map_Kd -o 1 2 -clamp on my roof.jpg\nKd 1 1 1\n") == [
        "my roof.jpg"
    ]
    assert references_of_gltf({"images": [{"uri": "data:image/png;base64,AA"}, {"uri": "b.png"}]}) == [
        "b.png"
    ]


def test_it_unpacks_a_zip_into_the_files_it_holds(tmp_path: Path):
    files = {
        "Hall/hall.obj": OBJ,
        "Hall/hall.mtl": MTL,
        "Hall/tex/roof.jpg": "picture",
        "__MACOSX/Hall/._x": "x",
    }
    made = bundle(zipped(tmp_path / "hall.zip", files), tmp_path / "out")

    assert [file["path"] for file in made["files"]] == [f"members/{name}" for name in list(files)[:3]]
    assert (tmp_path / "out" / "members" / "Hall" / "hall.obj").read_text() == OBJ
    assert made["references"] == 2


@pytest.mark.parametrize(
    "name", ["../up.obj", "/etc/up.obj", "C:/up.obj", "a/../../up.obj", "a\\..\\..\\up.obj"]
)
def test_it_refuses_a_zip_that_reaches_outside(tmp_path: Path, name: str):
    assert refused(zipped(tmp_path / "a.zip", {name: OBJ}), tmp_path / "out").kind == "external-reference"
    assert not (tmp_path / "out" / "members").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("m/" + "x" * 256, "a name of 256 bytes"),
        ("tháp" * 52 + ".obj", "a name of 264 bytes"),
        ("a/" * 160 + "b.obj", "a path of 325 letters"),
    ],
)
def test_it_refuses_names_that_no_file_system_takes(tmp_path: Path, name: str, said: str):
    error = refused(zipped(tmp_path / "a.zip", {name: OBJ}), tmp_path / "out")
    assert (error.kind, said in error.message) == ("unsupported-format", True), error.message


def test_it_refuses_links_in_a_zip(tmp_path: Path):
    link = zipfile.ZipInfo("tex.jpg")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    error = refused(Inputs(tuple(from_paths([tmp_path / "a.zip"]))), tmp_path / "out")

    assert (error.kind, "link" in error.message) == ("unsupported-format", True)


def with_method(path: Path, method: int) -> Inputs:
    """A zip whose one entry says it is packed otherwise."""
    zipped(path, {"hall.obj": OBJ})
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", data, data.index(magic) + at, method)
    path.write_bytes(data)
    return Inputs(tuple(from_paths([path])))


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (99, "AES"), (14, "LZMA"), (77, "method 77")])
def test_it_refuses_other_methods_by_name(tmp_path: Path, method: int, name: str):
    error = refused(with_method(tmp_path / "a.zip", method), tmp_path / "out")

    assert (error.kind, name in error.message) == ("unsupported-format", True)


def test_it_refuses_a_name_that_is_a_file_and_a_folder(tmp_path: Path):
    error = refused(zipped(tmp_path / "a.zip", {"hall": "x", "hall/hall.obj": OBJ}), tmp_path / "out")

    assert (error.kind, "'hall'" in error.message) == ("unsupported-format", True)


def test_it_refuses_patched_data(tmp_path: Path):
    path = tmp_path / "a.zip"
    zipped(path, {"hall.obj": OBJ})
    data = bytearray(path.read_bytes())
    flags_at = data.index(b"PK\x01\x02") + 8
    # APPNOTE.TXT 6.3.10, section 4.4.4: bit 5.
    struct.pack_into("<H", data, flags_at, struct.unpack_from("<H", data, flags_at)[0] | 0x20)
    path.write_bytes(data)

    assert refused(Inputs(tuple(from_paths([path]))), tmp_path / "out").kind == "corrupt-data"


def test_it_refuses_bombs_by_ratio_by_number_and_by_overlap(tmp_path: Path):
    ratio = refused(zipped(tmp_path / "a.zip", {"hall.obj": "v 0 0 0\n" * 4_000_000}), tmp_path / "out")
    many = refused(zipped(tmp_path / "b.zip", {f"{n}.obj": "v" for n in range(2001)}), tmp_path / "out")
    zipped(tmp_path / "c.zip", {"a.obj": OBJ, "b.obj": OBJ}, zipfile.ZIP_STORED)
    data = bytearray((tmp_path / "c.zip").read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", data, second + 42, 1)
    (tmp_path / "c.zip").write_bytes(data)
    overlap = refused(Inputs(tuple(from_paths([tmp_path / "c.zip"]))), tmp_path / "out")

    assert (ratio.kind, many.kind, overlap.kind) == ("too-large", "too-large", "too-large")


def test_it_refuses_an_entry_that_is_longer_than_the_list_says(tmp_path: Path):
    zipped(tmp_path / "a.zip", {"hall.obj": OBJ}, zipfile.ZIP_STORED)
    data = bytearray((tmp_path / "a.zip").read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 16, 0)
    (tmp_path / "a.zip").write_bytes(data)

    assert refused(Inputs(tuple(from_paths([tmp_path / "a.zip"]))), tmp_path / "out").kind == "corrupt-data"


def test_it_refuses_an_archive_in_an_archive_and_one_beside_other_files(tmp_path: Path):
    inner = refused(zipped(tmp_path / "a.zip", {"more.zip": "x"}), tmp_path / "out")
    files = folder(tmp_path / "in", {"readme.txt": "1 2 3\n"})
    with zipfile.ZipFile(tmp_path / "in" / "b.zip", "w") as archive:
        archive.writestr("a.obj", OBJ)
    beside = refused(Inputs(tuple(from_paths([tmp_path / "in"]))), tmp_path / "out")

    assert len(files) == 1
    assert (inner.kind, beside.kind) == ("unsupported-format", "invalid-arguments")


def test_it_refuses_what_is_no_zip_though_it_begins_like_one():
    with pytest.raises(KnownError) as error:
        entries_of(io.BytesIO(b"PK\x03\x04" + bytes(400)), "a.zip")

    assert error.value.kind == "corrupt-data"


@pytest.mark.parametrize("name", ["gen_bundle_symlink.zip", "gen_bundle_zip_slip.zip"])
def test_it_refuses_the_bad_bundles_of_the_collection(name: str, shared_data: Path, tmp_path: Path):
    error = refused(Inputs(tuple(from_paths([shared_data / "bad" / name]))), tmp_path / "out")

    assert error.kind in {"external-reference", "unsupported-format"}
    assert not (tmp_path / "out" / "members").exists()
