"""Cuts straight from COPC by ranges: the points that brute force finds in the original, and no byte more.

The other side of every comparison reads the original with laspy and knows nothing of our octree.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import laspy
import numpy as np
import pyproj
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.room.inputs import Input, Inputs
from processing.verbs import verb
from tests.processing.framework.test_command_line import room
from tests.processing.points.copc_reading import check_structure, columns, everything, names_of
from tests.processing.points.making import inputs, surface, write_las
from tests.processing.points.test_copc import made_copc, rich_las
from tests.support.ranges import HttpSource, served

# An outline with a notch, neither clockwise-safe nor convex; no point of a grid of millimetres is on it.
NOTCHED = [
    [-7.00033, -9.00021],
    [9.00017, -6.00043],
    [1.00051, 0.00037],
    [8.00029, 8.00011],
    [-5.0007, 6.0009],
]


def cut(path: Path, out: Path, **arguments: object) -> tuple[laspy.PackedPointRecord, dict]:
    result = verb("cut")(inputs(path), arguments, out, SilentProgress())
    (file,) = result["files"]
    assert (file["role"], file["media_type"]) == ("cut", "application/vnd.laszip+copc")
    check_structure(out / file["path"])
    return everything(out / file["path"]), result


def refused(path: Path, **arguments: object) -> KnownError:
    with pytest.raises(KnownError) as caught:
        verb("cut")(inputs(path), arguments, path.parent, SilentProgress())
    assert not list(path.parent.glob("cut.*"))
    return caught.value


def in_box(xyz: np.ndarray, box: list[float]) -> np.ndarray:
    return ((xyz >= box[:3]) & (xyz <= box[3:])).all(axis=1)


def winds_round(points: np.ndarray, polygon: list[list[float]]) -> np.ndarray:
    """Sum the angles under which the edges are seen: a whole turn from inside, none from outside."""
    turned = np.zeros(len(points))
    for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        u, v = np.array(a) - points, np.array(b) - points
        turned += np.arctan2(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0], (u * v).sum(axis=1))
    return np.abs(turned) > np.pi


def assert_same(read: laspy.PackedPointRecord, original: laspy.LasData, chosen: np.ndarray) -> None:
    names = names_of(original)
    assert len(read) == int(chosen.sum()) > 0
    np.testing.assert_array_equal(columns(read, names), columns(original.points[chosen], names))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud of 700,000 points as LAS and COPC."""
    folder = tmp_path_factory.mktemp("hall")
    write_las(folder / "scan.las", surface(700_000, seed=8))
    made_copc(folder / "scan.las", folder / "copc")
    return folder


def test_it_cuts_a_box_with_every_attribute(tmp_path: Path) -> None:
    rich_las(tmp_path / "scan.las", 120_000)
    path, _ = made_copc(tmp_path / "scan.las", tmp_path / "copc")
    original = laspy.read(tmp_path / "scan.las")
    box = [558_993.0, 1_819_996.0, -1.0, 559_004.0, 1_820_003.5, 2.0]
    read, result = cut(path, tmp_path / "out", box=box, coordinates="crs")
    assert_same(read, original, in_box(np.asarray(original.xyz), box))
    assert {"deviation", "ring", "stamp", "gps_time", "nir"} <= set(names_of(original))
    with laspy.open(tmp_path / "out/cut.copc.laz") as opened:
        assert opened.header.parse_crs().to_epsg() == 32648
    assert result["points"] == len(read)


def test_it_cuts_a_prism(hall: Path, tmp_path: Path) -> None:
    original = laspy.read(hall / "scan.las")
    xyz = np.asarray(original.xyz)
    prism = {"polygon": NOTCHED, "bottom": -0.2, "top": 0.15}
    chosen = winds_round(xyz[:, :2], NOTCHED) & (xyz[:, 2] >= -0.2) & (xyz[:, 2] <= 0.15)
    read, result = cut(hall / "copc/cloud.copc.laz", tmp_path / "a", prism=prism)
    assert_same(read, original, chosen)
    backwards = {"polygon": [*NOTCHED[::-1], NOTCHED[-1]]}
    read, _ = cut(hall / "copc/cloud.copc.laz", tmp_path / "b", prism=backwards)
    assert_same(read, original, winds_round(xyz[:, :2], NOTCHED))
    assert result["region"]["prism"]["polygon"] == NOTCHED


def test_it_asks_over_http_only_for_what_the_box_touches(hall: Path, tmp_path: Path) -> None:
    box = [-3.0, -4.0, -1.0, 2.0, 1.0, 1.0]
    with served(hall / "copc") as server:
        source = HttpSource(server.url("cloud.copc.laz"))
        item = Input(number=0, path=source.name, source=source)
        result = verb("cut")(Inputs((item,)), {"box": box}, tmp_path, SilentProgress())
    original = laspy.read(hall / "scan.las")
    assert_same(everything(tmp_path / "cut.copc.laz"), original, in_box(np.asarray(original.xyz), box))
    assert server.sent_bytes == result["bytes_read"] < 0.45 * source.size
    assert len(server.ranges) == result["requests"]
    # Two nodes are never asked for twice.
    ordered = sorted(server.ranges)
    assert all(low[1] <= high[0] for low, high in pairwise(ordered))


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("autzen_trim.laz", [636_400.0, 849_000.0, 400.0, 636_600.0, 849_250.0, 470.0]),
        ("lion_takanawa.copc.laz", [-3.0, 3.0, -1.0, -2.0, 4.0, 0.0]),
        ("extrabytes.las", None),
        ("fullwave.laz", None),
        ("epsg_4326.las", None),
    ],
)
def test_it_cuts_real_scans_over_http(
    shared_data: Path, tmp_path: Path, name: str, box: list[float] | None
) -> None:
    made_copc(shared_data / "cloud" / name, tmp_path / "copc")
    original = laspy.read(shared_data / "cloud" / name)
    xyz = np.asarray(original.xyz)
    if box is None:
        box = [*np.quantile(xyz, 0.2, axis=0).tolist(), *np.quantile(xyz, 0.8, axis=0).tolist()]
    with served(tmp_path / "copc") as server:
        source = HttpSource(server.url("cloud.copc.laz"))
        item = Input(number=0, path=source.name, source=source)
        asked = {"box": box, "coordinates": "crs"}
        result = verb("cut")(Inputs((item,)), asked, tmp_path / "out", SilentProgress())
    assert_same(everything(tmp_path / "out/cut.copc.laz"), original, in_box(xyz, box))
    check_structure(tmp_path / "out/cut.copc.laz")
    assert server.sent_bytes == result["bytes_read"] <= source.size


def test_it_cuts_what_another_writer_made(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "cloud/lion_takanawa.copc.laz"
    box = [-3.0, 3.0, -1.0, -2.0, 4.0, 0.0]
    result = verb("cut")(inputs(path), {"box": box}, tmp_path, SilentProgress())
    # Its writer put some points a step outside their nodes, and so they stay.
    read, original = everything(tmp_path / "cut.copc.laz"), laspy.read(path)
    assert_same(read, original, in_box(np.asarray(original.xyz), box))
    assert result["nodes_read"] == 9


def east_north_up(xyz: np.ndarray, crs: pyproj.CRS, feet: float, origin: list[float]) -> np.ndarray:
    """The frame by the textbook: geodetic, earth-centred, turned at the origin."""
    to_geodetic = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = to_geodetic.transform(xyz[:, 0], xyz[:, 1])
    ecef = pyproj.Transformer.from_crs(crs.geodetic_crs.to_3d(), "EPSG:4978", always_xy=True)
    there = np.stack(ecef.transform(lon, lat, xyz[:, 2] * feet), axis=1)
    to_ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    away = there - np.array(to_ecef.transform(*origin))
    la, ph = np.radians(origin[0]), np.radians(origin[1])
    east = np.array([-np.sin(la), np.cos(la), 0])
    up = np.array([np.cos(ph) * np.cos(la), np.cos(ph) * np.sin(la), np.sin(ph)])
    return np.stack([away @ east, away @ np.cross(up, east), away @ up], axis=1)


def test_it_cuts_in_metres_of_the_versions_own_frame(shared_data: Path, tmp_path: Path) -> None:
    path, _ = made_copc(shared_data / "cloud/autzen_trim.laz", tmp_path / "copc")
    original = laspy.read(shared_data / "cloud/autzen_trim.laz")
    box = [-60.0, -45.0, -12.0, 33.0, 20.0, 2.5]
    read, result = cut(path, tmp_path / "out", box=box)
    origin = result["frame"]["origin_geodetic"]
    crs = original.header.parse_crs()
    metres = east_north_up(np.asarray(original.xyz), crs, crs.axis_info[0].unit_conversion_factor, origin)
    slack = np.array([1e-3] * 3 + [-1e-3] * 3)
    strict, loose = in_box(metres, list(box + slack)), in_box(metres, list(box - slack))
    assert int(strict.sum()) <= len(read) <= int(loose.sum())
    assert int(loose.sum()) - int(strict.sum()) < 5
    assert 5_000 < len(read) < 110_000
    assert np.abs(np.array(result["bounds"]) - np.array([box[:3], box[3:]]))[:, :2].max() < 2
    # The frame of a version is given where it was chosen from other bounds.
    moved = [origin[0] + 0.0002, origin[1], origin[2]]
    shift = metres[0, 0] - east_north_up(np.asarray(original.xyz[:1]), crs, 0.3048, moved)[0, 0]
    elsewhere = np.array(box) - np.array([shift, 0, 0, shift, 0, 0])
    again, _ = cut(path, tmp_path / "again", box=elsewhere.tolist(), origin=moved)
    assert shift > 10
    assert abs(len(again) - len(read)) < 30


def test_it_leaves_finer_levels_out_where_they_are_not_needed(hall: Path, tmp_path: Path) -> None:
    path = hall / "copc/cloud.copc.laz"
    box = [-15.0, -14.0, -1.0, 15.0, 12.0, 1.0]
    everything_there, full = cut(path, tmp_path / "full", box=box)
    coarse, result = cut(path, tmp_path / "coarse", box=box, spacing_m=0.3)
    assert result["spacing_m"] <= 0.3 < 2 * result["spacing_m"]
    assert 1_000 < len(coarse) < len(everything_there) / 3
    assert result["bytes_read"] < full["bytes_read"] / 2
    xy = np.asarray(coarse.xyz if hasattr(coarse, "xyz") else np.stack([coarse.x, coarse.y], axis=1))[:, :2]
    cells = {(int(x // 0.6), int(y // 0.6)) for x, y in xy}
    # Spaced, not emptied: nearly every 0.6 m cell of the floor is seen.
    assert len(cells) > 0.95 * (30 / 0.6) * (26 / 0.6)


def test_it_counts_from_the_hierarchy_alone(hall: Path, tmp_path: Path) -> None:
    box = [-10.0, -10.0, -1.0, 10.0, 10.0, 1.0]
    path = hall / "copc/cloud.copc.laz"
    said = verb("cut")(inputs(path), {"box": box, "count": True}, tmp_path, SilentProgress())
    read, result = cut(path, tmp_path, box=box)
    assert said["points_at_least"] <= len(read) <= said["points_at_most"] == result["points_read"]
    assert said["bytes_read"] < 200_000 < result["bytes_read"] <= said["bytes_read"] + said["bytes_to_read"]


def test_it_cuts_a_cut(hall: Path, tmp_path: Path) -> None:
    original = laspy.read(hall / "scan.las")
    _, result = cut(hall / "copc/cloud.copc.laz", tmp_path / "a", box=[-10, -10, -1, 10, 10, 1])
    box = [-3.0, -3.0, -1.0, 3.0, 15.0, 1.0]
    read, _ = cut(tmp_path / "a/cut.copc.laz", tmp_path / "b", box=box)
    assert_same(read, original, in_box(np.asarray(original.xyz), [-3, -3, -1, 3, 10, 1]))
    assert result["points_of_file"] == 700_000


@pytest.mark.parametrize(
    ("region", "kind", "words"),
    [
        ({"box": [5, 0, 0, -5, 1, 1]}, "invalid-region", "x = 5.0 to -5.0"),
        ({"box": [0, 0, 0, 1, 1]}, "invalid-region", "six numbers"),
        ({"box": [0, 0, 0, 1, 1, float("nan")]}, "invalid-region", "six numbers"),
        ({"box": ["a"]}, "invalid-region", "six numbers"),
        ({}, "invalid-region", "one of the two"),
        ({"prism": {"polygon": [[0, 0], [1, 1]]}}, "invalid-region", "2 different corners"),
        ({"prism": {"polygon": [[0, 0], [1, 1], [1, 1], [0, 0]]}}, "invalid-region", "2 different corners"),
        ({"prism": {"polygon": [[0, 0], [2, 2], [2, 0], [0, 2]]}}, "invalid-region", "edges 1 and 3"),
        ({"prism": {"polygon": [[0, 0], [1, 0], [2, 0]]}}, "invalid-region", "lie on each other"),
        ({"prism": {"polygon": [[0, 0], [1, 0], [0, 1]], "bottom": 2, "top": 1}}, "invalid-region", "2.0"),
        ({"prism": {"polygon": [[0, 0], [1, 0], [0, 1]], "height": 2}}, "invalid-region", "bottom and top"),
        ({"prism": {"polygon": [[0, 0, 0]] * 4}}, "invalid-region", "list of [x, y]"),
        ({"box": [0, 0, 0, 1, 1, 1], "spacing_m": 0}, "invalid-region", "spacing of 0"),
        ({"box": [0, 0, 0, 1, 1, 1], "spacing_m": "1 mm"}, "invalid-region", "spacing_m is '1 mm'"),
        ({"box": [0, 0, 0, 1, 1, 1], "coordinates": "feet"}, "invalid-arguments", "frame or crs"),
        # Coordinates of a CRS where metres of the frame are meant: said, with what the points span.
        ({"box": [559e3, 1820e3, 0, 560e3, 1821e3, 9]}, "empty-result", "its points span [-20."),
    ],
)
def test_it_refuses_regions_that_make_no_sense(hall: Path, region: dict, kind: str, words: str) -> None:
    error = refused(hall / "copc/cloud.copc.laz", **region)
    assert error.kind == kind
    assert words in f"{error.message} {error.hint}"


def test_it_refuses_what_is_not_copc_and_says_what_to_do(hall: Path) -> None:
    error = refused(hall / "scan.las", box=[0, 0, 0, 1, 1, 1])
    assert (error.kind, "python -m processing copc" in str(error.hint)) == ("invalid-arguments", True)


def test_it_does_not_follow_a_damaged_hierarchy(hall: Path, tmp_path: Path) -> None:
    whole = bytearray((hall / "copc/cloud.copc.laz").read_bytes())
    page = int.from_bytes(whole[469:477], "little")
    for at, value in ((28, -1), (28, 2_000_000_000), (16, 2**50), (24, 2**31 - 1), (0, 77), (4, -3)):
        torn = bytearray(whole)
        size = 8 if at == 16 else 4
        # The root's entry; -1 points makes it a page that is the root's own.
        torn[page + at : page + at + size] = value.to_bytes(size, "little", signed=True)
        if value == -1:
            torn[page + 16 : page + 28] = whole[469:477] + whole[477:481]
        (tmp_path / "torn.copc.laz").write_bytes(torn)
        error = refused(tmp_path / "torn.copc.laz", box=[-30, -30, -30, 30, 30, 30])
        assert error.kind == "corrupt-data", at


def test_it_is_a_command(hall: Path, tmp_path: Path) -> None:
    (tmp_path / "prism.json").write_text(json.dumps({"polygon": NOTCHED}))
    path = hall / "copc/cloud.copc.laz"
    coarse = ["--prism", "prism.json", "--spacing", "0.5", "--coordinates", "crs"]
    for region in (["--box", "-3,-3,-1,3,3,1"], coarse):
        done = room("cut", path, "out.laz", *region, cwd=tmp_path)
        answer = json.loads(done.stdout)
        assert (done.returncode, answer["points"]) == (0, len(laspy.read(tmp_path / "out.laz")))
    done = room("cut", path, "--count", "--box=-3,-3,-1,3,3,1", cwd=tmp_path)
    assert json.loads(done.stdout)["points_at_most"] > 0
    assert room("cut", path, "--box", "1,two", cwd=tmp_path).returncode == 2
