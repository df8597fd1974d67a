"""Splats are stored as they are; their centres are read as points, coloured as seen from all sides."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import zstandard

from processing.errors import KnownError
from processing.formats.clouds import open_reader
from processing.formats.detect import detect
from processing.progress import SilentProgress
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource
from processing.verbs import verb
from tests.processing.points.making import inputs
from tests.support.splats import ply_splats, spz


def given(name: str, data: bytes) -> Inputs:
    return Inputs((Input(number=0, path=name, source=BytesSource(name, data)),))


def read(name: str, data: bytes):
    """The one chunk of a small file, read as inspection reads it."""
    scan = given(name, data)
    detected = detect(scan)
    assert detected.kind == "splat"
    form = "spz" if detected.format == "spz" else "ply-splat"
    reader = open_reader(detected.mains[0], form, Path())
    (chunk,) = reader.chunks(everything=True)
    assert len(chunk.xyz) == reader.header.points
    return chunk


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_it_reads_centres_colours_and_opacity_of_spz(version: int, degree: int) -> None:
    chunk = read("a.spz", spz(version, degree=degree))
    # Written right, up and back: Y becomes Z, and what is in front has a larger Y.
    assert chunk.xyz.tolist() == [[1, 0, 0], [0, 1, 2], [-1, -3, 0]]
    assert np.abs(chunk.rgb.astype(int) - 255 * np.eye(3)).max() <= 1
    assert chunk.intensity.tolist() == [65_535, 128 * 257, 257]


def test_it_reads_centres_colours_and_opacity_of_ply() -> None:
    chunk = read("a.ply", ply_splats())
    assert chunk.xyz.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert chunk.rgb.tolist() == [[255, 0, 128], [255, 0, 0]]
    assert chunk.intensity.tolist() == [32_768, 65_532]
    assert chunk.extra == {}


def test_it_says_what_was_assumed(tmp_path: Path) -> None:
    def warned(name: str, data: bytes) -> set[str]:
        result = verb("inspect")(given(name, data), {}, tmp_path, SilentProgress())
        assert result["kind"] == "splat"
        return {note["kind"] for note in result["warnings"]}

    assert {"assumed-up-axis", "assumed-units"} <= warned("a.ply", ply_splats())
    # SPZ fixes its axes, not its unit.
    assert warned("a.spz", spz(4)) >= {"assumed-units"}
    assert "assumed-up-axis" not in warned("a.spz", spz(4))


def changed(data: bytes, offset: int, form: str, value: int) -> bytes:
    """The file with one number of its header written over."""
    packed = data[:2] == b"\x1f\x8b"
    inside = bytearray(gzip.decompress(data) if packed else data)
    struct.pack_into(form, inside, offset, value)
    return gzip.compress(bytes(inside), mtime=0) if packed else bytes(inside)


def cut(data: bytes, size: int) -> bytes:
    return gzip.compress(gzip.decompress(data)[:-size], mtime=0)


def more_streams_than_bytes() -> bytes:
    whole = bytearray(spz(4))
    struct.pack_into("<Q", whole, 32, 1 << 40)
    return bytes(whole)


def bomb() -> bytes:
    """Two million splats in a few kilobytes."""
    head = struct.pack("<4sIIBBBB", b"NGSP", 2, 2_000_000, 0, 12, 0, 0)
    return gzip.compress(head + bytes(19 * 2_000_000), mtime=0)


def wide_window() -> bytes:
    """A zstd frame that wants two gigabytes before it gives a byte."""
    whole = spz(4)
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x00, (31 - 10) << 3]) + b"\x01\x00\x00"
    return whole[:32] + struct.pack("<QQ", len(frame), 27) + whole[48:128] + frame + bytes(200)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (changed(spz(2), 4, "<I", 1), "unsupported-format"),
        (changed(spz(4), 4, "<I", 5), "unsupported-format"),
        (changed(spz(2), 0, "<I", 7), "invalid-header"),
        (changed(spz(3), 12, "<B", 9), "invalid-header"),
        (changed(spz(4), 13, "<B", 60), "invalid-header"),
        (changed(spz(4), 15, "<B", 4), "invalid-header"),
        (changed(spz(3), 8, "<I", 0), "empty-result"),
        (changed(spz(4), 8, "<I", 4_000_000_000), "count-mismatch"),
        (bomb(), "count-mismatch"),
        (changed(spz(3), 8, "<I", 4), "truncated"),
        (cut(spz(2), 1), "truncated"),
        (spz(3)[:-12], "truncated"),
        (spz(4)[:20], "truncated"),
        (more_streams_than_bytes(), "truncated"),
        (spz(4)[:-3] + b"abc", "corrupt-data"),
        (wide_window(), "corrupt-data"),
        (b"\x1f\x8b" + bytes(60), "corrupt-data"),
    ],
)
def test_it_refuses_what_is_not_whole(data: bytes, kind: str) -> None:
    with pytest.raises(KnownError) as refused:
        read("a.spz", data)
    assert refused.value.kind == kind


def test_it_takes_files_of_splats_one_at_a_time() -> None:
    two = Inputs((*given("a.spz", spz(2)), *given("b.spz", spz(3))))
    with pytest.raises(KnownError, match="2 files of splats in one upload"):
        detect(two)
    with pytest.raises(KnownError, match=r"a point cloud and b\.spz is 3D Gaussian splats"):
        detect(Inputs((*given("a.xyz", b"1 2 3\n4 5 6\n"), *given("b.spz", spz(3)))))


def test_a_reader_of_others_packs_as_we_unpack() -> None:
    """The streams of version 4 are plain zstd frames: those of the reference library too."""
    whole = spz(4)
    first = zstandard.ZstdDecompressor().decompressobj().decompress(whole[128:])
    assert len(first) == 27


@pytest.mark.real_data
def test_it_reads_a_real_scan(shared_data: Path, tmp_path: Path) -> None:
    result = verb("inspect")(inputs(shared_data / "splat" / "fourth_st.spz"), {}, tmp_path, SilentProgress())
    assert (result["kind"], result["format"], result["points"]) == ("splat", "spz", 131_199)
    # A toy house of 15 cm under balloons stands upright: taller than it is wide.
    (low, high) = np.array(result["bounds"])
    assert (high - low).argmax() == 2
