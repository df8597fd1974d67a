"""What a point carries besides place and colour: kept, named, and carried into COPC."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pye57
import pytest
from pye57 import libe57

from processing.errors import KnownError
from processing.points.reading import open_cloud
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.formats import samples
from tests.processing.points.making import inputs, surface


def everything(path: Path) -> list:
    return list(open_cloud(inputs(path), path.parent / ".work").readers[0].chunks(everything=True))


def as_copc(path: Path) -> laspy.LasData:
    verb("copc")(inputs(path), {}, path.parent / "copc", SilentProgress())
    (made,) = (path.parent / "copc").glob("*.laz")
    return laspy.read(made)


def ordered(cloud: laspy.LasData) -> np.ndarray:
    """Places of points sorted by x, y, z."""
    return np.lexsort((np.asarray(cloud.z), np.asarray(cloud.y), np.asarray(cloud.x)))


def test_it_carries_every_number_of_a_ply(tmp_path: Path) -> None:
    path, n = tmp_path / "a.ply", 500
    form = [("x", "<f8"), ("y", "<f8"), ("z", "<f8"), ("red", "<u2"), ("green", "<u2"), ("blue", "<u2"),
            ("nx", "<f4"), ("intensity", "<f4"), ("ring", "<i4")]  # fmt: skip
    random = np.random.default_rng(1)
    rows = np.zeros(n, form)
    for name, _ in form:
        rows[name] = random.uniform(0, 1, n) if name in {"nx", "intensity"} else random.integers(0, 60_000, n)
    kinds = {"<f8": "double", "<u2": "ushort", "<f4": "float", "<i4": "int"}
    lines = [f"property {kinds[kind]} {name}" for name, kind in form]
    head = ["ply", "format binary_little_endian 1.0", f"element vertex {n}", *lines, "end_header", ""]
    path.write_bytes("\n".join(head).encode() + rows.tobytes())
    (chunk,) = everything(path)
    assert set(chunk.extra) == {"red", "green", "blue", "nx", "intensity", "ring"}
    made = as_copc(path)
    rows = rows[np.lexsort((rows["z"], rows["y"], rows["x"]))]
    # Names that LAS has itself keep what was written under another.
    for name, there in (("red", "red_raw"), ("intensity", "intensity_raw"), ("nx", "nx"), ("ring", "ring")):
        np.testing.assert_array_equal(made[there][ordered(made)], rows[name])
    np.testing.assert_array_equal(made.red[ordered(made)], (rows["red"] >> 8) * 257)


def write_grid(path: Path, *, spherical: bool, points: int = 600) -> dict[str, np.ndarray]:
    """Write a scan with a grid, invalid states, scaled intensity and 16-bit colours, by libe57 itself."""
    image = libe57.ImageFile(str(path), "w")
    root = image.root()
    image.extensionsAdd("", libe57.E57_V1_0_URI)
    root.set("formatName", libe57.StringNode(image, "ASTM E57 3D Imaging Data File"))
    root.set("guid", libe57.StringNode(image, "{1}"))
    root.set("versionMajor", libe57.IntegerNode(image, 1))
    root.set("versionMinor", libe57.IntegerNode(image, 0))
    scans = libe57.VectorNode(image, True)
    root.set("data3D", scans)
    scan = libe57.StructureNode(image)
    scan.set("guid", libe57.StringNode(image, "{2}"))
    scan.set("name", libe57.StringNode(image, "west gate"))
    limits = libe57.StructureNode(image)
    for name in ("Red", "Green", "Blue"):
        limits.set(f"color{name}Minimum", libe57.IntegerNode(image, 0))
        limits.set(f"color{name}Maximum", libe57.IntegerNode(image, 65535))
    scan.set("colorLimits", limits)
    strengths = libe57.StructureNode(image)
    strengths.set("intensityMinimum", libe57.FloatNode(image, -10.0))
    strengths.set("intensityMaximum", libe57.FloatNode(image, 30.0))
    scan.set("intensityLimits", strengths)
    random = np.random.default_rng(4)
    names = (
        ["sphericalRange", "sphericalAzimuth", "sphericalElevation"]
        if spherical
        else [f"cartesian{axis}" for axis in "XYZ"]
    )
    form = libe57.StructureNode(image)
    for name in names:
        form.set(name, libe57.FloatNode(image, 0.0, libe57.E57_DOUBLE))
    form.set("intensity", libe57.ScaledIntegerNode(image, 0, -1000, 3000, 0.01, 0.0))
    for name in ("Red", "Green", "Blue"):
        form.set(f"color{name}", libe57.IntegerNode(image, 0, 0, 65535))
    form.set("rowIndex", libe57.IntegerNode(image, 0, 0, 99))
    form.set("columnIndex", libe57.IntegerNode(image, 0, 0, 99_999))
    invalid = names[0].replace("Range", "").replace("X", "") + "InvalidState"
    form.set(invalid, libe57.IntegerNode(image, 0, 0, 2))
    vector = libe57.CompressedVectorNode(image, form, libe57.VectorNode(image, True))
    scan.set("points", vector)
    scans.append(scan)
    made: dict[str, np.ndarray] = {
        names[0]: random.uniform(1, 20, points),
        names[1]: random.uniform(-3, 3, points),
        names[2]: random.uniform(-1.5, 1.5, points),
        "intensity": np.round(random.uniform(-10, 30, points), 2),
        **{f"color{c}": random.integers(0, 65536, points).astype("q") for c in ("Red", "Green", "Blue")},
        "rowIndex": (np.arange(points) % 100).astype("q"),
        "columnIndex": (np.arange(points) * 7).astype("q"),
        invalid: (np.arange(points) % 10 == 3).astype(np.int8) * 2,
    }
    buffers = libe57.VectorSourceDestBuffer()
    for name, values in made.items():
        buffers.append(libe57.SourceDestBuffer(image, name, values, points, True, True))
    writer = vector.writer(buffers)
    writer.write(points)
    writer.close()
    image.close()
    return made | {"valid": made[invalid] == 0}


@pytest.mark.parametrize("spherical", [False, True])
def test_it_carries_every_number_of_an_e57(tmp_path: Path, spherical: bool) -> None:
    path = tmp_path / "a.e57"
    made = write_grid(path, spherical=spherical)
    (chunk,) = everything(path)
    valid = made["valid"]
    assert chunk.invalid == int((~valid).sum()) == 60
    values = list(made.values())
    if spherical:
        r, azimuth, elevation = (column[valid] for column in values[:3])
        flat = r * np.cos(elevation)
        place = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), r * np.sin(elevation)], axis=1)
    else:
        place = np.stack([column[valid] for column in values[:3]], axis=1)
    np.testing.assert_allclose(chunk.xyz, place, rtol=0, atol=1e-12)
    assert set(chunk.extra) == {
        "intensity", "rowIndex", "columnIndex", "colorRed", "colorGreen", "colorBlue",
    }  # fmt: skip
    np.testing.assert_array_equal(chunk.extra["columnIndex"], made["columnIndex"][valid])
    np.testing.assert_allclose(chunk.extra["intensity"], made["intensity"][valid], atol=1e-9)
    scaled = ((made["intensity"][valid] + 10) / 40 * 65535).round()
    assert np.abs(chunk.intensity - scaled).max() <= 1
    np.testing.assert_allclose(chunk.rgb[:, 0], made["colorRed"][valid] / 257, atol=0.51)
    cloud = as_copc(path)
    assert set(cloud.point_source_id) == {1}
    assert sorted(cloud["columnIndex"]) == sorted(made["columnIndex"][valid])
    assert sorted(cloud["colorRed"]) == sorted(made["colorRed"][valid])


def test_it_lists_the_pictures_inside_an_e57(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "cloud/pump_visual_reference.e57"
    result = verb("inspect")(inputs(path), {}, tmp_path, SilentProgress())
    (picture,) = result["details"]["pump_visual_reference.e57"]["pictures"]
    image = libe57.ImageFile(str(path), "r")
    shown = image.root()["images2D"][0]["visualReferenceRepresentation"]
    assert picture == {
        "name": picture["name"],
        "station": None,
        "projection": "visual reference",
        "width": shown["imageWidth"].value(),
        "height": shown["imageHeight"].value(),
        "media_type": "image/jpeg",
        "bytes": shown["jpegImage"].byteCount(),
    }
    assert picture["width"] > 0


def test_it_tells_the_stations_of_an_e57_apart_in_copc(tmp_path: Path) -> None:
    cloud = as_copc(samples.e57(tmp_path / "a.e57"))
    assert np.bincount(cloud.point_source_id).tolist() == [0, samples.POINTS, samples.POINTS]


@pytest.mark.parametrize("coloured", [(), (0,), (1,), (0, 1)])
def test_it_keeps_the_colours_of_an_e57_where_only_some_stations_have_any(
    tmp_path: Path, coloured: tuple[int, ...]
) -> None:
    cloud = as_copc(samples.e57(tmp_path / "a.e57", coloured=coloured))
    assert cloud.point_format.id == (7 if coloured else 6)
    for number in coloured:
        assert (np.asarray(cloud.red)[cloud.point_source_id == number + 1] == 40 * 257).all()
    if len(coloured) == 1:
        assert (np.asarray(cloud.red)[cloud.point_source_id != coloured[0] + 1] == 0).all()


def test_it_keeps_the_grid_of_a_ptx(tmp_path: Path) -> None:
    path = samples.ptx(tmp_path / "a.ptx")
    first, second = everything(path)
    # 14 columns of 25 rows; cell 3 of each is no return.
    cells = first.extra["column"] * 25 + first.extra["row"]
    assert cells.tolist() == [cell for cell in range(350) if cell != 3]
    assert (first.station, second.station) == (0, 1)
    cloud = as_copc(path)
    assert np.bincount(cloud.point_source_id).tolist() == [0, 349, 349]
    assert set(cloud["intensity_raw"]) == {0.5}
    assert {"row", "column"} <= set(cloud.point_format.dimension_names)


def write_pcd(path: Path, data: str, width: int, height: int) -> np.ndarray:
    """An organised cloud in float64 with holes, packed colours as unsigned, normals, a list of three."""
    n = width * height
    form = [
        ("x", "<f8"),
        ("y", "<f8"),
        ("z", "<f8"),
        ("rgba", "<u4"),
        ("curvature", "<f4"),
        ("hist", "<f4", 3),
    ]
    rows = np.zeros(n, form)
    for i, axis in enumerate("xyz"):
        rows[axis] = surface(n)[:, i] + [560_000.125, 1_820_000.25, 3][i]
    rows["x"][::7] = np.nan
    rows["rgba"] = np.arange(n, dtype=np.uint32) % 250 * 0x010203 | 0xFF000000
    rows["curvature"] = np.linspace(0, 1, n)
    rows["hist"] = np.arange(3 * n).reshape(n, 3)
    head = "VERSION .7\nFIELDS x y z rgba curvature hist\nSIZE 8 8 8 4 4 4\nTYPE F F F U F F\n"
    head += "COUNT 1 1 1 1 1 3\n"
    head += f"WIDTH {width}\nHEIGHT {height}\nVIEWPOINT 1 2 3 1 0 0 0\nPOINTS {n}\nDATA {data}\n"
    text = "".join(
        f"{r['x']:.9g} {r['y']:.10g} {r['z']:.9g} {r['rgba']} {r['curvature']:.9g} "
        + " ".join(f"{v:g}" for v in r["hist"]) + "\n"
        for r in rows
    )  # fmt: skip
    path.write_bytes(head.encode() + (text.encode() if data == "ascii" else rows.tobytes()))
    return rows


@pytest.mark.parametrize("data", ["ascii", "binary"])
def test_it_carries_every_number_of_an_organised_pcd(tmp_path: Path, data: str) -> None:
    path = tmp_path / "a.pcd"
    rows = write_pcd(path, data, 40, 20)
    (chunk,) = everything(path)
    np.testing.assert_allclose(chunk.xyz[:, 1], rows["y"], rtol=0, atol=1e-3 if data == "ascii" else 0)
    assert chunk.rgb[5].tolist() == [5, 10, 15]
    np.testing.assert_array_equal(chunk.extra["hist_2"], rows["hist"][:, 2])
    np.testing.assert_array_equal(chunk.extra["row"], np.arange(800) // 40)
    result = verb("inspect")(inputs(path), {}, tmp_path / "out", SilentProgress())
    assert (result["points"], result["dropped"]) == (800 - 115, 115)
    assert result["details"]["a.pcd"]["grid"] == [40, 20]
    assert result["details"]["a.pcd"]["viewpoint"] == [1, 2, 3, 1, 0, 0, 0]
    cloud = as_copc(path)
    holes = np.isnan(rows["x"])
    assert sorted(cloud["curvature"]) == pytest.approx(sorted(rows["curvature"][~holes]))


def test_it_shows_the_columns_of_text_and_keeps_those_it_does_not_draw(tmp_path: Path) -> None:
    path = samples.xyz(tmp_path / "a.xyz")
    result = verb("inspect")(inputs(path), {}, tmp_path / "out", SilentProgress())
    assert result["details"]["a.xyz"] == {
        "separator": "semicolon",
        "heading": ["X", "Y", "Z", "intensity", "deviation"],
        "columns": {"x": 1, "y": 2, "z": 3, "intensity": 4},
        "columns_in_file": 5,
    }
    assert result["attributes"] == ["deviation", "intensity", "x", "y", "z"]
    cloud = as_copc(path)
    assert sorted(cloud["deviation"]) == pytest.approx(sorted(np.round(np.arange(samples.POINTS) / 7, 4)))


def test_it_reads_several_clouds_of_one_pts(tmp_path: Path) -> None:
    path = tmp_path / "a.pts"
    path.write_text("2\n1 2 3 -2048 9 8 7\n4 5 6 2047 9 8 7\n1\n7 8 9 0 1 2 3\n")
    (chunk,) = everything(path)
    assert chunk.xyz.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert chunk.intensity.tolist() == [0, 65535, 32776]


@pytest.mark.parametrize(
    ("turn", "corner"), [("2 0 0|0 2 0|0 0 2", [2, 4, 6]), ("0 3 0|-3 0 0|0 0 3", [-6, 3, 9])]
)
def test_it_places_a_ptx_as_its_scaled_pose_says(tmp_path: Path, turn: str, corner: list) -> None:
    path = tmp_path / "a.ptx"
    rows = "\n".join(f"{row} 0" for row in turn.split("|"))
    path.write_text(f"1\n1\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n{rows}\n0 0 0 1\n1 2 3 0.5\n")
    (chunk,) = everything(path)
    assert chunk.xyz.tolist() == [corner]


@pytest.mark.parametrize(
    "turn", ["-1 0 0|0 1 0|0 0 1", "1 0 0|0 2 0|0 0 1", "0 0 0|0 1 0|0 0 1", "1e9 0 0|0 1e9 0|0 0 1e9"]
)
def test_it_refuses_a_ptx_whose_pose_mirrors_or_shears(tmp_path: Path, turn: str) -> None:
    path = tmp_path / "a.ptx"
    rows = "\n".join(f"{row} 0" for row in turn.split("|"))
    path.write_text(f"1\n1\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n{rows}\n0 0 0 1\n1 2 3 0.5\n")
    with pytest.raises(KnownError, match="not rigid"):
        everything(path)


def test_it_reads_what_pye57_reads(shared_data: Path) -> None:
    path = shared_data / "cloud/pump_visual_reference.e57"
    (chunk,) = everything(path)
    there = pye57.E57(str(path)).read_scan(0, intensity=True, colors=True, row_column=True, transform=False)
    np.testing.assert_allclose(chunk.xyz[:, 0], there["cartesianX"], atol=1e-12)
    np.testing.assert_array_equal(chunk.rgb[:, 1], there["colorGreen"])
    np.testing.assert_array_equal(chunk.extra["rowIndex"], there["rowIndex"])
