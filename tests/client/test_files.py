"""The client names, hashes and reads files as they were when the upload began."""

import hashlib
import unicodedata
from pathlib import Path

import pytest

from heritwin.errors import ClientError, FileChangedError
from heritwin.uploads.files import collect, digest, read_part


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


def test_it_hashes_the_whole_file_and_hears_every_byte(tmp_path: Path):
    data = bytes(range(256)) * 40_000
    (tmp_path / "scan.laz").write_bytes(data)
    heard: list[int] = []

    [file] = collect([tmp_path / "scan.laz"])

    assert digest(file, heard.append) == hashlib.sha256(data).hexdigest()
    assert sum(heard) == len(data)


def test_it_reads_parts_that_add_up_to_the_file(tmp_path: Path):
    data = bytes(range(250)) * 10
    (tmp_path / "scan.laz").write_bytes(data)
    [file] = collect([tmp_path / "scan.laz"])

    assert b"".join(read_part(file, number, 1000) for number in (1, 2, 3)) == data


def test_it_names_a_file_that_changed_meanwhile(tmp_path: Path):
    path = tmp_path / "scan.laz"
    path.write_bytes(b"first")
    [file] = collect([path])
    path.write_bytes(b"second, longer")

    with pytest.raises(FileChangedError, match=r"scan\.laz changed"):
        read_part(file, 1, 1000)


def test_it_names_a_file_that_vanished(tmp_path: Path):
    path = tmp_path / "scan.laz"
    path.write_bytes(b"first")
    [file] = collect([path])
    path.unlink()

    with pytest.raises(FileChangedError, match=r"scan\.laz is gone"):
        file.check()
