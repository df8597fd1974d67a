"""The client names, hashes and reads files as they were when the upload began."""

import hashlib
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from heritwin.errors import ClientError, FileChangedError
from heritwin.uploads.files import LocalFile, collect
from heritwin.uploads.parts import HELD_BYTES, Part, PartBytes, missing


def test_it_names_files_of_a_folder_relative_to_it_and_leaves_dot_files_out(tmp_path: Path):
    (tmp_path / "textures").mkdir()
    (tmp_path / "textures" / "roof.jpg").write_bytes(b"j")
    (tmp_path / "roof.obj").write_bytes(b"o")
    (tmp_path / ".DS_Store").write_bytes(b"x")

    assert [file.name for file in collect([tmp_path])] == ["roof.obj", "textures/roof.jpg"]


def test_it_sends_decomposed_names_as_one_composed_string(tmp_path: Path):
    decomposed = unicodedata.normalize("NFD", "Điện Thái Hòa.laz")
    (tmp_path / decomposed).write_bytes(b"x")

    assert [file.name for file in collect([tmp_path])] == [unicodedata.normalize("NFC", decomposed)]


def test_it_refuses_two_files_of_one_name(tmp_path: Path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "scan.laz").write_bytes(b"x")

    with pytest.raises(ClientError, match=r"scan\.laz"):
        collect([tmp_path / "a" / "scan.laz", tmp_path / "b" / "scan.laz"])


def test_it_refuses_an_empty_folder_and_a_missing_file(tmp_path: Path):
    with pytest.raises(ClientError, match="no files"):
        collect([tmp_path])
    with pytest.raises(ClientError, match="not there"):
        collect([tmp_path / "nowhere.laz"])


def part(file: LocalFile, number: int, size: int) -> Part:
    offset = (number - 1) * size
    wanted = min(size, file.size_bytes - offset)
    return Part(file=file, file_id="f", number=number, offset=offset, size_bytes=wanted)


def test_it_reads_parts_that_add_up_to_the_file_with_their_digests(tmp_path: Path):
    data = bytes(range(250)) * 10
    (tmp_path / "scan.laz").write_bytes(data)
    [file] = collect([tmp_path / "scan.laz"])
    read = [PartBytes(part(file, number, 1000)) for number in (1, 2, 3)]

    assert b"".join(bytes(piece) for each in read for piece in each.pieces(300)) == data
    assert read[2].sha256 == hashlib.sha256(data[2000:]).hexdigest()


def test_it_reads_a_part_too_large_to_hold_again_for_every_use(tmp_path: Path):
    with (tmp_path / "scan.laz").open("wb") as out:
        out.truncate(HELD_BYTES + 7)
    [file] = collect([tmp_path / "scan.laz"])
    read = PartBytes(part(file, 1, HELD_BYTES + 7))

    assert sum(len(piece) for piece in read.pieces(100_000)) == HELD_BYTES + 7
    assert sum(len(piece) for piece in read.pieces(100_000)) == HELD_BYTES + 7


def test_it_sends_the_first_and_the_last_part_of_every_file_first(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(bytes(40))
    files = collect([tmp_path])
    upload = {
        "files": [
            {"id": f.name, "path": f.name, "parts": 4, "part_size_bytes": 10, "received": [{"number": 2}]}
            for f in files
        ]
    }
    order = [(each.file_id, each.number) for each in missing(upload, files)]

    assert order == [("a", 1), ("a", 4), ("b", 1), ("b", 4), ("a", 3), ("b", 3)]


def test_it_names_a_file_that_changed_meanwhile(tmp_path: Path):
    path = tmp_path / "scan.laz"
    path.write_bytes(b"first")
    [file] = collect([path])
    path.write_bytes(b"second, longer")

    with pytest.raises(FileChangedError, match=r"scan\.laz changed"):
        PartBytes(part(file, 1, 1000))


def test_it_names_a_file_that_ends_early_though_its_date_did_not_change(tmp_path: Path):
    path = tmp_path / "scan.laz"
    path.write_bytes(b"first")
    [file] = collect([path])

    with pytest.raises(FileChangedError, match=r"scan\.laz ended early"):
        PartBytes(part(replace(file, size_bytes=9), 1, 9))


def test_it_names_a_file_that_cannot_be_opened(tmp_path: Path):
    path = tmp_path / "scan.laz"
    path.write_bytes(b"first")
    [file] = collect([path])
    path.unlink()
    path.mkdir()

    with pytest.raises(FileChangedError, match=r"scan\.laz is gone, locked or cannot be read"):
        PartBytes(part(file, 1, 5))


def test_it_names_a_file_that_vanished(tmp_path: Path):
    path = tmp_path / "scan.laz"
    path.write_bytes(b"first")
    [file] = collect([path])
    path.unlink()

    with pytest.raises(FileChangedError, match=r"scan\.laz is gone"):
        file.check()
