"""Readers of points against files written by other people's writers."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pye57
import pytest

from processing.errors import KnownError
from processing.points.reading import open_cloud
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.making import inputs, surface, write_las


def read(path: Path) -> dict[str, np.ndarray]:
    chunks = list(open_cloud(inputs(path), path.parent / ".work").chunks())
    names = [n for n in ("xyz", "rgb", "intensity", "classification") if getattr(chunks[0], n) is not None]
    return {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names}


@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_it_reads_las_as_it_was_written(tmp_path: Path, suffix: str) -> None:
    xyz = surface(5_000)
    made = write_las(tmp_path / f"a{suffix}", xyz)
    found = read(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(found["xyz"], xyz, atol=1e-6)
    for name in ("rgb", "intensity", "classification"):
        np.testing.assert_array_equal(found[name], made[name])


@pytest.mark.parametrize(
    ("offset", "form", "value"), [(247, "<Q", 5_001), (247, "<Q", 2**62), (96, "<I", 2**31)]
)
def test_it_holds_a_las_header_against_the_file(tmp_path: Path, offset: int, form: str, value: int) -> None:
    path = tmp_path / "a.las"
    write_las(path, surface(5_000))
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, offset, value)
    path.write_bytes(data)
    with pytest.raises(KnownError) as caught:
        read(path)
    assert caught.value.kind in {"count-mismatch", "invalid-header"}


@pytest.mark.parametrize("suffix", [".las", ".laz"])
@pytest.mark.parametrize("part", [0.001, 0.3, 0.7, 0.999])
def test_it_finds_a_las_that_was_cut_anywhere(tmp_path: Path, suffix: str, part: float) -> None:
    path = tmp_path / f"a{suffix}"
    write_las(path, surface(5_000))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(KnownError) as caught:
        read(path)
    assert caught.value.kind in {
        "truncated",
        "count-mismatch",
        "invalid-header",
        "corrupt-data",
        "mislabelled",
    }


def test_it_reads_poses_of_an_e57_and_keeps_the_stations(tmp_path: Path) -> None:
    path, rng = tmp_path / "two.e57", np.random.default_rng(3)
    half = np.sqrt(0.5)
    file = pye57.E57(str(path), mode="w")
    local = rng.normal(0, 3, (400, 3))
    for shift in (0.0, 25.0):
        data = {name: local[:, i].copy() for i, name in enumerate(("cartesianX", "cartesianY", "cartesianZ"))}
        data |= {
            name: np.full(400, 10 * i, np.uint8)
            for i, name in enumerate(("colorRed", "colorGreen", "colorBlue"))
        }
        file.write_scan_raw(
            data, rotation=np.array([half, 0, 0, half]), translation=np.array([shift, 0.0, 1.0])
        )
    file.close()
    found = read(path)
    # A quarter turn about z takes x to y.
    turned = np.stack([-local[:, 1], local[:, 0], local[:, 2] + 1], axis=1)
    np.testing.assert_allclose(found["xyz"][:400], turned, atol=1e-5)
    np.testing.assert_allclose(found["xyz"][400:], turned + [25, 0, 0], atol=1e-5)
    assert found["rgb"][0].tolist() == [0, 10, 20]
    result = verb("inspect")(inputs(path), {}, tmp_path, SilentProgress())
    assert [station["points"] for station in result["stations"]] == [400, 400]
    assert result["stations"][1]["pose"][0] == pytest.approx([0, -1, 0, 25], abs=1e-12)


def test_it_agrees_with_pye57_on_real_poses(shared_data: Path) -> None:
    path = shared_data / "cloud/lion_three_setups.e57"
    other = pye57.E57(str(path))
    theirs = [other.read_scan(i, ignore_missing_fields=True) for i in range(3)]
    xyz = np.concatenate([np.stack([s[f"cartesian{a}"] for a in "XYZ"], axis=1) for s in theirs])
    other.close()
    np.testing.assert_allclose(read(path)["xyz"], xyz, atol=1e-6)


PLY_TYPES = [
    ("x", "f8"),
    ("red", "u1"),
    ("y", "f8"),
    ("green", "u1"),
    ("blue", "u1"),
    ("z", "f8"),
    ("w", "i2"),
]
PLY_NAMES = {"f8": "double", "u1": "uchar", "i2": "short"}


@pytest.mark.parametrize(
    ("encoding", "endian"), [("binary_little_endian", "<"), ("binary_big_endian", ">"), ("ascii", "")]
)
def test_it_reads_ply_in_any_order_and_endian(tmp_path: Path, encoding: str, endian: str) -> None:
    xyz = surface(300) + [559_997, 1_820_000, 0]
    rows = np.zeros(300, [(n, (endian or "=") + t if t != "u1" else t) for n, t in PLY_TYPES])
    for axis, name in enumerate("xyz"):
        rows[name] = xyz[:, axis]
    rows["red"], rows["blue"] = np.arange(300) % 256, 7
    head = f"ply\nformat {encoding} 1.0\ncomment made\nelement vertex 300\n"
    head += "".join(f"property {PLY_NAMES[t]} {n}\n" for n, t in PLY_TYPES) + "end_header\n"
    body = (
        rows.tobytes() if endian else "".join(" ".join(map(repr, r.tolist())) + "\n" for r in rows).encode()
    )
    (tmp_path / "a.ply").write_bytes(head.encode() + body)
    found = read(tmp_path / "a.ply")
    np.testing.assert_allclose(found["xyz"], xyz, rtol=0, atol=1e-9)
    assert found["rgb"][5].tolist() == [5, 0, 7]


@pytest.mark.parametrize("cut", [1, 100, 2_000])
def test_it_finds_a_ply_that_was_cut(tmp_path: Path, cut: int) -> None:
    head = b"ply\nformat binary_little_endian 1.0\nelement vertex 300\n"
    head += b"".join(b"property double %c\n" % axis for axis in b"xyz") + b"end_header\n"
    (tmp_path / "a.ply").write_bytes((head + surface(300).tobytes())[:-cut])
    with pytest.raises(KnownError) as caught:
        read(tmp_path / "a.ply")
    assert caught.value.kind in {"truncated", "count-mismatch"}


def test_it_reads_pcd_ascii_binary_and_compressed_alike(tmp_path: Path) -> None:
    import open3d

    xyz = surface(500).astype(np.float32).astype(np.float64)
    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(xyz))
    cloud.colors = open3d.utility.Vector3dVector(np.tile([[1.0, 0.0, 128 / 255]], (500, 1)))
    for name, ascii_text, packed in (("a", True, False), ("b", False, False), ("c", False, True)):
        path = tmp_path / f"{name}.pcd"
        open3d.io.write_point_cloud(str(path), cloud, write_ascii=ascii_text, compressed=packed)
        found = read(path)
        np.testing.assert_allclose(found["xyz"], xyz, atol=1e-5)
        assert found["rgb"][0].tolist() == [255, 0, 128]


@pytest.mark.parametrize(
    ("text", "columns", "point", "more"),
    [
        ("1.5 2.5 3.5\n4 5 6\n", {"x": 1, "y": 2, "z": 3}, [1.5, 2.5, 3.5], {}),
        ("X;Y;Z;R;G;B\n1;2;3;10;20;30\n4;5;6;7;8;9\n", {"x": 1, "y": 2, "z": 3, "red": 4}, [1, 2, 3],
         {"rgb": [10, 20, 30]}),
        ("# scan of 2022\n// x,y,z,intensity\n1e1,2.,-.3,0.5\n4,5,6,1\n",
         {"x": 1, "y": 2, "z": 3, "intensity": 4}, [10, 2, -0.3], {"intensity": 32768}),
        ("1\t2\t3\t200\t10\t20\t30\n4\t5\t6\t100\t1\t2\t3\n",
         {"x": 1, "y": 2, "z": 3, "intensity": 4, "red": 5}, [1, 2, 3], {"rgb": [10, 20, 30]}),
        ("intensity z y x\n7 3 2 1\n9 6 5 4\n", {"intensity": 1, "z": 2, "y": 3, "x": 4}, [1, 2, 3], {}),
        ("559997.123456 1820000.654321 12.3\n559998.0 1820001.0 13\n", {"x": 1, "y": 2, "z": 3},
         [559997.123456, 1820000.654321, 12.3], {}),
    ],
)  # fmt: skip
def test_it_finds_the_columns_of_text(
    tmp_path: Path, text: str, columns: dict, point: list[float], more: dict
) -> None:
    (tmp_path / "a.txt").write_text(text)
    cloud = open_cloud(inputs(tmp_path / "a.txt"), tmp_path)
    assert cloud.readers[0].header.details["columns"] == columns
    found = read(tmp_path / "a.txt")
    assert found["xyz"][0].tolist() == pytest.approx(point, abs=1e-9)
    assert {name: found[name][0].tolist() for name in more} == more


def test_it_refuses_text_with_a_line_that_is_no_point(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("1 2 3\n4 5 6\nthe end\n7 8 9\n")
    with pytest.raises(KnownError, match="the end"):
        read(tmp_path / "a.xyz")


def test_it_refuses_a_pts_with_points_missing(tmp_path: Path) -> None:
    (tmp_path / "a.pts").write_text("3\n1 2 3 100\n4 5 6 100\n")
    with pytest.raises(KnownError) as caught:
        read(tmp_path / "a.pts")
    assert caught.value.kind == "count-mismatch"


def test_it_applies_the_pose_of_a_ptx_and_leaves_out_no_returns(tmp_path: Path) -> None:
    head = "2\n2\n10 20 30\n1 0 0\n0 1 0\n0 0 1\n0 1 0 0\n-1 0 0 0\n0 0 1 0\n10 20 30 1\n"
    (tmp_path / "a.ptx").write_text(
        head + "1 0 0 0.5 1 2 3\n0 0 0 0.5 0 0 0\n0 2 0 1.0 4 5 6\n0 0 3 0 7 8 9\n"
    )
    found = read(tmp_path / "a.ptx")
    assert found["xyz"].tolist() == [[10, 21, 30], [8, 20, 30], [10, 20, 33]]
    assert found["intensity"].tolist() == [32768, 65535, 0]
    result = verb("inspect")(inputs(tmp_path / "a.ptx"), {}, tmp_path, SilentProgress())
    assert (result["points"], result["invalid"]) == (3, 1)
    assert result["stations"][0]["pose"][0] == [0, -1, 0, 10]


def test_it_takes_colours_written_in_the_low_byte_for_what_they_are(tmp_path: Path) -> None:
    import laspy

    path = tmp_path / "a.las"
    write_las(path, surface(100))
    las = laspy.read(path)
    las.red, las.green, las.blue = (np.full(100, value) for value in (200, 100, 50))
    las.write(path)
    assert read(path)["rgb"][0].tolist() == [200, 100, 50]
