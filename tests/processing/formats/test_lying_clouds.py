"""Files that lie: headers that disagree with points, counts that cannot be, chunks that are damaged."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import laspy
import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.formats import samples
from tests.processing.points.making import inputs

HUGE = 1e300


def inspected(path: Path) -> dict:
    return verb("inspect")(inputs(path), {}, path.parent / "out", SilentProgress())


def warned(path: Path, kind: str) -> str:
    return next((note["message"] for note in inspected(path)["warnings"] if note["kind"] == kind), "")


def patched(path: Path, offset: int, form: str, *values: float) -> Path:
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, offset % len(data), *values)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["a.las", "a.laz"])
def test_it_names_both_bounds_when_they_disagree(tmp_path: Path, name: str) -> None:
    path = patched(samples.las(tmp_path / name), 179, "<d", 987_654.25)
    text = warned(path, "bounds-disagree")
    assert "987654.25" in text
    assert "5000" in text
    assert "they lie in" in text
    assert inspected(path)["bounds"][1][0] < 600_000


def test_it_finds_times_that_are_no_times(tmp_path: Path) -> None:
    path = samples.las(tmp_path / "a.laz")
    cloud = laspy.read(path)
    cloud.gps_time[5], cloud.gps_time[6] = np.nan, np.inf
    cloud.write(path)
    assert "2 of 700 points have no finite GPS time" in warned(path, "gps-times")


@pytest.mark.parametrize(("version", "form"), [("1.2", 3), ("1.4", 7)])
def test_it_finds_returns_beyond_their_number(tmp_path: Path, version: str, form: int) -> None:
    path = samples.las(tmp_path / "a.las", version=version, form=form)
    cloud = laspy.read(path)
    cloud.return_number[:3], cloud.number_of_returns[:3] = 4, 2
    cloud.write(path)
    assert warned(path, "return-numbers").startswith("3 of 700 points")


@pytest.mark.parametrize("offset", [131, 139, 147, 155, 171])
@pytest.mark.parametrize("value", [0.0, -0.0, np.nan, np.inf, HUGE, -HUGE, 1e-300])
def test_it_refuses_scales_and_offsets_that_make_no_coordinates(
    tmp_path: Path, offset: int, value: float
) -> None:
    path = patched(samples.las(tmp_path / "a.las"), offset, "<d", value)
    if offset >= 155 and abs(value) <= 1e-300:
        assert inspected(path)["points"] == samples.POINTS  # an offset of nothing is an offset
        return
    with pytest.raises(KnownError) as caught:
        inspected(path)
    assert caught.value.kind == "invalid-header"


def test_it_says_when_two_counts_of_one_header_differ(tmp_path: Path) -> None:
    path = patched(samples.las(tmp_path / "a.las"), 107, "<I", 699)
    assert "counts 700 points in one place and 699 in another" in warned(path, "counts-disagree")


def test_it_does_not_pass_off_the_declared_points_as_all_there_are(tmp_path: Path) -> None:
    path = patched(samples.las(tmp_path / "a.las", version="1.2", form=3), 107, "<I", 600)
    assert "declares 600 points, and has room for 100 more" in warned(path, "points-undeclared")


@pytest.mark.parametrize("make", [samples.ply, samples.pcd])
def test_it_says_when_more_points_stand_behind_the_declared_ones(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path / f"a.{make.__name__}")
    data = path.read_bytes()
    for old, new in ((b"element vertex 700", b"element vertex 650"), (b"700", b"650")):
        data = data[:400].replace(old, new) + data[400:]
    path.write_bytes(data)
    assert "room for 50 more" in warned(path, "points-undeclared")


def _chunk_table(data: bytes) -> int:
    (points,) = struct.unpack_from("<I", data, 96)
    return int(struct.unpack_from("<q", data, points)[0])


@pytest.mark.parametrize(
    ("shift", "form", "value"),
    [(4, "<I", 2**32 - 1), (4, "<I", 0), (4, "<I", 7), (0, "<I", 9), (8, "<I", 2**32 - 1), (9, "<B", 77)],
)
def test_it_finds_a_chunk_table_that_is_damaged(tmp_path: Path, shift: int, form: str, value: int) -> None:
    path = samples.las(tmp_path / "a.laz")
    patched(path, _chunk_table(path.read_bytes()) + shift, form, value)
    with pytest.raises(KnownError) as caught:
        inspected(path)
    assert caught.value.kind in {"corrupt-data", "count-mismatch"}


@pytest.mark.parametrize("place", [-(2**62), -2, 0, 1, 400, 2**40, 2**63 - 1])
def test_it_finds_a_chunk_table_that_is_elsewhere(tmp_path: Path, place: int) -> None:
    path = samples.las(tmp_path / "a.laz")
    (points,) = struct.unpack_from("<I", path.read_bytes(), 96)
    patched(path, points, "<q", place)
    with pytest.raises(KnownError) as caught:
        inspected(path)
    assert caught.value.kind in {"corrupt-data", "count-mismatch", "truncated"}


def test_it_reads_a_chunk_table_that_was_streamed(tmp_path: Path) -> None:
    path = samples.las(tmp_path / "a.laz")
    data = path.read_bytes()
    (points,) = struct.unpack_from("<I", data, 96)
    path.write_bytes(
        data[:points] + struct.pack("<q", -1) + data[points + 8 :] + struct.pack("<q", _chunk_table(data))
    )
    assert inspected(path)["points"] == samples.POINTS


def test_it_survives_whatever_a_laz_holds(tmp_path: Path) -> None:
    """Sixty files of random damage: a kind, or every point; never another error."""
    whole = samples.las(tmp_path / "whole.laz").read_bytes()
    random = np.random.default_rng(11)
    path = tmp_path / "a.laz"
    kinds = set()
    for _ in range(60):
        data = bytearray(whole)
        for at in random.integers(300, len(data), 6):
            data[at] = int(random.integers(0, 256))
        path.write_bytes(data)
        try:
            assert inspected(path)["points"] == samples.POINTS
        except KnownError as error:
            kinds.add(error.kind)
    assert kinds <= {"corrupt-data", "count-mismatch", "invalid-header", "truncated", "unsupported-format"}


@pytest.mark.parametrize("count", [0, 1, 100_001, 2**32 - 1])
def test_it_does_not_follow_counts_of_extended_records(tmp_path: Path, count: int) -> None:
    path = patched(samples.las(tmp_path / "a.las", evlr=True), 243, "<I", count)
    if count <= 1:
        # The WKT is lost with its record, and the CRS is unknown then.
        assert bool(warned(path, "unknown-crs")) == (count == 0)
        return
    with pytest.raises(KnownError) as caught:
        inspected(path)
    assert caught.value.kind in {"invalid-header", "truncated"}


def test_it_holds_every_page_of_an_e57_against_its_checksum(tmp_path: Path) -> None:
    path = samples.e57(tmp_path / "a.e57")
    whole = path.read_bytes()
    for page in range(len(whole) // 1024):
        data = bytearray(whole)
        data[page * 1024 + 900] ^= 0x10
        path.write_bytes(data)
        with pytest.raises(KnownError) as caught:
            inspected(path)
        assert caught.value.kind == "corrupt-data", page


def test_it_says_when_a_picture_inside_an_e57_is_damaged(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "pump.e57"
    data = bytearray((shared_data / "cloud/pump_visual_reference.e57").read_bytes())
    start = data.find(b"\xff\xd8\xff")
    data[start + 5000] ^= 1
    path.write_bytes(data)
    assert "damaged" in warned(path, "picture-damaged")
    assert inspected(path)["points"] == 155_201


def test_it_does_not_overlook_entities_across_a_page_border(tmp_path: Path) -> None:
    path = samples.e57(tmp_path / "a.e57")
    data = bytearray(path.read_bytes())
    xml_at, xml_bytes = struct.unpack_from("<QQ", data, 24)
    # The XML grown so that the word is cut by a checksum.
    first = xml_at - xml_at % 1024
    border = first + 1020
    text = b"<!DOCTYPE x"
    data[border - 4 : border] = text[:4]
    data[border + 4 : border + 4 + len(text) - 4] = text[4:]
    assert text not in data
    assert xml_bytes > 1024
    path.write_bytes(data)
    with pytest.raises(KnownError, match="entities"):
        inspected(path)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"element vertex 700", b"element vertex 701", "truncated"),
        (b"element vertex 700", b"element vertex 99999999999", "count-mismatch"),
        (b"element vertex 700", b"element vertex 7e2", "invalid-header"),
        (b"element vertex 700", b"element vertex 0", "empty-result"),
        (b"property double x", b"property double w", "invalid-header"),
    ],
)
def test_it_holds_a_ply_header_against_its_bytes(tmp_path: Path, old: bytes, new: bytes, kind: str) -> None:
    path = samples.ply(tmp_path / "a.ply")
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(KnownError) as caught:
        inspected(path)
    assert caught.value.kind in {kind, "count-mismatch"}


@pytest.mark.parametrize(
    ("at", "value"), [(0, 2**32 - 1), (0, 1), (0, 0), (4, 0), (4, 2**32 - 1), (4, 700 * 16 - 16)]
)
def test_it_does_not_believe_the_sizes_of_a_packed_pcd(tmp_path: Path, at: int, value: int) -> None:
    path = samples.pcd(tmp_path / "a.pcd", compressed=True)
    start = path.read_bytes().find(b"DATA binary_compressed\n") + 23
    patched(path, start + at, "<I", value)
    with pytest.raises(KnownError) as caught:
        inspected(path)
    assert caught.value.kind in {"corrupt-data", "count-mismatch", "truncated"}


_AXES = b"property float x\nproperty float y\nproperty float z\n"
_PCD = b"VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
_PTX = b"1\n1\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"
ZERO = {
    "a.ply": b"ply\nformat ascii 1.0\nelement vertex 0\n" + _AXES + b"end_header\n",
    "a.pcd": _PCD + b"WIDTH 0\nHEIGHT 1\nPOINTS 0\nDATA ascii\n",
    "a.pts": b"0\n0 0 x\n",
    "a.xyz": b"x y z\n",
    "a.ptx": _PTX + b"0 0 0 0.5\n",
    "nan.xyz": b"nan nan nan\nnan nan nan\n",
}


@pytest.mark.parametrize("name", ZERO)
def test_it_takes_a_cloud_of_no_points_for_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(ZERO[name])
    for step in ("inspect", "tile", "preview"):
        with pytest.raises(KnownError) as caught:
            verb(step)(inputs(tmp_path / name), {}, tmp_path / step, SilentProgress())
        assert caught.value.kind in {"empty-result", "unknown-format", "invalid-header"}


@pytest.mark.parametrize("name", ["a.laz", "a.copc.laz"])
def test_it_makes_no_room_for_layers_larger_than_their_chunk(tmp_path: Path, name: str) -> None:
    path = samples.copc(tmp_path / name) if "copc" in name else samples.las(tmp_path / name)
    data = path.read_bytes()
    start, size = struct.unpack_from("<I", data, 96)[0], struct.unpack_from("<H", data, 105)[0]
    patched(path, start + 8 + size + 4, "<I", 0xFFFF_FF00)
    with pytest.raises(KnownError, match="layers of a chunk") as caught:
        inspected(path)
    assert caught.value.kind == "corrupt-data"
