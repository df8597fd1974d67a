"""Heads and tails tell what a file declares and what is wrong with it, and never more than was seen."""

import json
import struct
from pathlib import Path

import numpy as np
import pye57
import pyproj
import pytest

from processing.early.sparse import NotThereYetError, Piece, SparseSource
from processing.early.word import word_of
from processing.room.sources import BytesSource
from tests.processing.points.making import surface, write_las

HEAD = TAIL = 64 << 10


def sparse(name: str, data: bytes, *, head: int = HEAD, tail: int = TAIL) -> SparseSource:
    """Only the head and the tail of a file."""
    ends = [(0, data[:head])]
    if len(data) > head:
        at = max(head, len(data) - tail)
        ends.append((at, data[at:]))
    pieces = [Piece(offset=at, source=BytesSource(name, part)) for at, part in ends if part]
    return SparseSource(name, len(data), pieces)


def word(
    path: Path, *, head: int = HEAD, tail: int = TAIL, listed: tuple[str, ...] = (), cut: int = 0
) -> dict:
    data = path.read_bytes()
    data = data[:-cut] if cut else data
    return word_of(path.name, sparse(path.name, data, head=head, tail=tail), path.parent, listed)


@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_it_tells_counts_and_crs_of_las_and_laz_from_its_ends(tmp_path: Path, suffix: str):
    path = tmp_path / f"scan{suffix}"
    write_las(path, surface(60_000) + [776_000, 1_820_000, 0], crs=pyproj.CRS.from_epsg(32648))
    said = word(path)

    assert (said["format"], said["kind"], said["points"]) == (suffix[1:], "point_cloud", 60_000)
    assert said["crs"]["name"] == "WGS 84 / UTM zone 48N"
    assert {"X", "red", "intensity"} <= set(said["attributes"])
    assert (said["problems"], said["not_yet"]) == ([], [])
    assert said["seen_bytes"] == 2 * HEAD < path.stat().st_size


@pytest.mark.parametrize(("suffix", "kind"), [(".las", "count-mismatch"), (".laz", "truncated")])
def test_it_sees_at_once_that_a_copy_was_cut_off(tmp_path: Path, suffix: str, kind: str):
    path = tmp_path / f"scan{suffix}"
    write_las(path, surface(60_000))
    said = word(path, cut=100_000)

    assert [problem["kind"] for problem in said["problems"]] == [kind]


def test_it_says_that_extended_records_are_not_there_yet_and_tells_the_rest(tmp_path: Path):
    path = tmp_path / "scan.las"
    write_las(path, surface(60_000))
    data = bytearray(path.read_bytes())
    # An extended record far from both ends, of 100 kB.
    record = b"\0\0" + b"MINE".ljust(16, b"\0") + struct.pack("<HQ", 7, 100_000) + bytes(32) + bytes(100_000)
    struct.pack_into("<QI", data, 235, len(data), 1)
    path.write_bytes(bytes(data) + record + bytes(200_000))
    said = word(path)

    assert said["points"] == 60_000
    assert len(said["not_yet"]) == 1
    assert "extended records" in said["not_yet"][0]


def test_it_tells_stations_of_an_e57_whose_description_stands_at_its_end(tmp_path: Path):
    path = tmp_path / "hall.e57"
    rng = np.random.default_rng(4)
    with pye57.E57(str(path), mode="w") as e57:
        for station in range(3):
            cloud = {f"cartesian{axis}": rng.uniform(-9, 9, 40_000) for axis in "XYZ"}
            e57.write_scan_raw(cloud, name=f"S{station}", translation=np.array([station, 0.0, 1.5]))
    said = word(path)

    assert (said["format"], said["points"]) == ("e57", 120_000)
    assert [(s["name"], s["points"]) for s in said["stations"]] == [(f"S{n}", 40_000) for n in range(3)]
    assert said["stations"][2]["position"] == [2.0, 0.0, 1.5]
    assert said["problems"] == []
    assert [left.name for left in tmp_path.iterdir()] == ["hall.e57"]


def test_it_does_not_blame_an_e57_whose_description_was_not_sent(tmp_path: Path):
    path = tmp_path / "hall.e57"
    with pye57.E57(str(path), mode="w") as e57:
        e57.write_scan_raw({f"cartesian{axis}": np.arange(40_000.0) for axis in "XYZ"}, name="S")
    said = word(path, tail=100)

    assert said["problems"] == []
    assert "not there yet" in said["not_yet"][0]


@pytest.mark.parametrize("endian", ["little", "big"])
def test_it_tells_what_a_ply_declares(tmp_path: Path, endian: str):
    path = tmp_path / "scan.ply"
    head = f"ply\nformat binary_{endian}_endian 1.0\nelement vertex 50000\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz") + "end_header\n"
    path.write_bytes(
        head.encode() + np.arange(150_000, dtype="<f4" if endian == "little" else ">f4").tobytes()
    )
    said = word(path)

    assert (said["points"], said["attributes"], said["problems"]) == (50_000, ["x", "y", "z"], [])


def test_it_finds_the_columns_of_a_text_and_counts_nothing(tmp_path: Path):
    path = tmp_path / "scan.xyz"
    path.write_text("x y z intensity\n" + "1.0 2.0 3.0 77\n" * 20_000, "utf-8")
    said = word(path)

    assert (said["format"], said["points"]) == ("xyz", None)
    assert {"x", "y", "z", "intensity"} <= set(said["attributes"])


def test_it_tells_the_first_station_of_a_ptx_and_that_there_may_be_more(tmp_path: Path):
    path = tmp_path / "scan.ptx"
    rows = "1 2 3 0.5\n" * 30_000
    path.write_text(
        f"300\n100\n7 8 9\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n7 8 9 1\n{rows}", "utf-8"
    )
    said = word(path)

    assert said["stations"] == [{"name": "station 1", "points": 30_000, "position": [7.0, 8.0, 9.0]}]
    assert (said["points"], len(said["not_yet"])) == (None, 1)


def test_it_names_the_material_and_the_pictures_that_are_not_among_the_files(tmp_path: Path):
    (tmp_path / "Hall.obj").write_text("mtllib Hall.MTL\n" + "v 1 2 3\n" * 20_000, "utf-8")
    (tmp_path / "hall.mtl").write_text("newmtl a\nmap_Kd tex/roof tiles.jpg\nmap_Kd tex/gone.png\n", "utf-8")
    listed = ("Hall.obj", "hall.mtl", "tex/Roof Tiles.jpg")
    model, material = (word(tmp_path / name, listed=listed) for name in ("Hall.obj", "hall.mtl"))

    assert model["problems"] == []
    assert model["warnings"][0]["kind"] == "case-differs"
    assert [problem["kind"] for problem in material["problems"]] == ["missing-reference"]
    assert "tex/gone.png" in material["problems"][0]["message"]


def test_it_holds_a_glb_against_its_own_length_and_tells_its_vertices(tmp_path: Path):
    document = {
        "asset": {"version": "2.0"},
        "accessors": [{"count": 24, "componentType": 5126, "type": "VEC3"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": 200_000}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", 200_000, 0x004E4942)
    path = tmp_path / "bell.glb"
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(body) + 200_000) + body + bytes(200_000))

    assert (word(path)["vertices"], word(path)["problems"]) == (24, [])
    assert word(path, cut=50_000)["problems"][0]["kind"] == "truncated"


def test_it_refuses_by_name_what_is_not_read(tmp_path: Path):
    (tmp_path / "plan.dwg").write_bytes(b"AC1032" + bytes(90_000))

    assert word(tmp_path / "plan.dwg")["problems"][0]["kind"] == "unsupported-format"


def test_it_reads_nothing_that_is_not_there():
    source = sparse("a", bytes(range(200)) * 1000, head=100, tail=50)

    assert source.seen_bytes == 150
    assert source.read_at(10, 20) == bytes(range(10, 30))
    assert len(source.read_at(199_950, 500)) == 50
    for offset, length in ((90, 20), (100, 1), (199_949, 2)):
        with pytest.raises(NotThereYetError):
            source.read_at(offset, length)


@pytest.mark.parametrize(
    "name", ["autzen_trim.laz", "1_4_w_evlr.laz", "coloured_cube_float.e57", "color.ptx"]
)
def test_it_agrees_with_inspection_on_real_scans(name: str, shared_data: Path, tmp_path: Path):
    data = (shared_data / "cloud" / name).read_bytes()
    said = word_of(name, sparse(name, data), tmp_path, ())

    assert said["problems"] == []
    assert said["kind"] == "point_cloud"
    assert said["points"] or said["stations"]
