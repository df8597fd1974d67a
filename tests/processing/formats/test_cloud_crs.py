"""Coordinate reference systems: every point against PROJ, and what is unknown is asked for."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import laspy
import numpy as np
import pyproj
import pytest

from processing.errors import KnownError
from processing.points.reading import Cloud, open_cloud
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.making import inputs, surface

US_FOOT_M = 1200 / 3937
# CRS, a place in it (its own units), metres of a unit along x and z (degrees apart), what it is treated as.
DECLARED = {
    "UTM": ("EPSG:32648", (559_000.0, 1_820_000.0, 12.0), 1.0, 1.0, "projected"),
    "VN-2000": ("EPSG:3405", (559_000.0, 1_820_000.0, 12.0), 1.0, 1.0, "projected"),
    "UTM, heights of a geoid": ("EPSG:32648+5773", (559_000.0, 1_820_000.0, 12.0), 1.0, 1.0, "projected"),
    "metres, heights in US feet": (
        "EPSG:26910+6360",
        (560_000.0, 5_138_000.0, 300.0),
        1.0,
        US_FOOT_M,
        "projected",
    ),
    "US feet": ("EPSG:2286", (1_200_000.0, 400_000.0, 900.0), US_FOOT_M, US_FOOT_M, "projected"),
    "international feet": ("EPSG:2256", (1_900_000.0, 900_000.0, 900.0), 0.3048, 0.3048, "projected"),
    "degrees": ("EPSG:4326", (107.577, 16.469, 12.0), None, 1.0, "geographic"),
    "geocentric": ("EPSG:4978", (-1_848_000.0, 5_833_000.0, 1_796_000.0), 1.0, 1.0, "geocentric"),
}


def write(
    path: Path, crs: str | None, place: tuple[float, ...], unit_m: float | None, height_m: float
) -> None:
    """Half a kilometre around a place, written by laspy with a WKT record."""
    degrees = unit_m is None
    unit = (
        np.array([1 / 108_000, 1 / 110_600, 1.0])
        if degrees
        else np.array([1 / (unit_m or 1)] * 2 + [1 / height_m])
    )
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.scales = np.array([1e-8, 1e-8, 1e-4]) if degrees else np.full(3, 1e-4)
    header.offsets = np.array(place)
    if crs is not None:
        header.add_crs(pyproj.CRS(crs))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = (np.array(place) + surface(2_000) * [12, 16, 6] * unit).T
    cloud.return_number[:], cloud.number_of_returns[:] = 1, 1
    cloud.write(path)


def by_proj(cloud: Cloud, crs: str, path: Path, height_m: float) -> np.ndarray:
    """East, north, up of every point by PROJ's own topocentric step, none of our code; (n, 3) metres."""
    las = laspy.read(path)
    full = pyproj.CRS(crs)
    flat = full.sub_crs_list[0] if full.is_compound else full
    source = flat if flat.is_geocentric else flat.to_3d()
    lon, lat, height = pyproj.Transformer.from_crs(source, "EPSG:4979", always_xy=True).transform(
        np.asarray(las.x), np.asarray(las.y), np.asarray(las.z) * height_m
    )
    lon0, lat0, height0 = cloud.frame.as_json()["origin_geodetic"]
    topocentric = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
        f"+step +proj=topocentric +ellps=WGS84 +lon_0={lon0} +lat_0={lat0} +h_0={height0}"
    )
    return np.stack(topocentric.transform(lon, lat, height), axis=1)


@pytest.mark.parametrize("name", DECLARED)
def test_it_brings_every_point_where_proj_says(tmp_path: Path, name: str) -> None:
    crs, place, unit_m, height_m, treated_as = DECLARED[name]
    path = tmp_path / "a.las"
    write(path, crs, place, unit_m, height_m)
    cloud = open_cloud(inputs(path), tmp_path)
    found = np.concatenate([chunk.xyz for chunk in cloud.chunks()])
    stated = cloud.frame.as_json()["max_error_m"]
    assert stated <= 1e-4
    off = np.linalg.norm(found - by_proj(cloud, crs, path, height_m), axis=1)
    # What PROJ's iterations and float64 leave is far below a micrometre.
    assert off.max() <= stated + 1e-6
    assert cloud.frame.crs["treated_as"] == treated_as
    # Half a kilometre is half a kilometre; across the globe's axes it lies aslant.
    assert treated_as == "geocentric" or np.linalg.norm(np.ptp(found, axis=0)) == pytest.approx(
        np.linalg.norm([480, 480, 56]), rel=0.2
    )


def keys(*entries: tuple[int, int]) -> bytes:
    return struct.pack("<4H", 1, 1, 0, len(entries)) + b"".join(
        struct.pack("<4H", key, 0, 1, value) for key, value in entries
    )


def write_keys(path: Path, place: tuple[float, ...], *entries: tuple[int, int]) -> None:
    header = laspy.LasHeader(version="1.2", point_format=0)
    header.scales, header.offsets = np.full(3, 0.001), np.array(place)
    header.vlrs.append(laspy.VLR("LASF_Projection", 34735, "", keys(*entries)))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = (np.array(place) + surface(500)).T
    cloud.write(path)


def inspected(path: Path, **arguments: str) -> dict:
    return verb("inspect")(inputs(path), arguments, path.parent / "out", SilentProgress())


def test_it_takes_heights_in_the_unit_of_the_geotiff_keys(tmp_path: Path) -> None:
    place = (560_000.0, 5_138_000.0, 300.0)
    heights = {}
    for unit in (9001, 9003):
        write_keys(tmp_path / "a.las", place, (1024, 1), (3072, 26910), (4099, unit))
        result = inspected(tmp_path / "a.las")
        heights[unit] = np.diff(result["bounds"], axis=0)[0]
        assert "vertical-unit-assumed" not in {note["kind"] for note in result["warnings"]}
    assert heights[9003][2] == pytest.approx(heights[9001][2] * US_FOOT_M, rel=1e-4)
    np.testing.assert_allclose(heights[9003][:2], heights[9001][:2], atol=0.02)


def test_it_takes_geocentric_keys_for_metres_and_not_for_degrees(tmp_path: Path) -> None:
    write_keys(tmp_path / "a.las", (-1_848_000.0, 5_833_000.0, 1_796_000.0), (1024, 3), (2048, 4326))
    assert inspected(tmp_path / "a.las")["crs"]["treated_as"] == "geocentric"


def test_it_says_when_a_code_and_its_unit_disagree(tmp_path: Path) -> None:
    write_keys(tmp_path / "a.las", (560_000.0, 5_138_000.0, 3.0), (1024, 1), (3072, 26910), (3076, 9003))
    notes = {note["kind"]: note["message"] for note in inspected(tmp_path / "a.las")["warnings"]}
    assert "EPSG:26910 counts in metre" in notes["crs-conflict"]


@pytest.mark.parametrize("code", [32767, 0, 9, 65535])
def test_it_leaves_unknown_what_no_code_names(tmp_path: Path, code: int) -> None:
    write_keys(tmp_path / "a.las", (560_000.0, 5_138_000.0, 3.0), (1024, 1), (3072, code))
    result = inspected(tmp_path / "a.las")
    assert (result["crs"]["treated_as"], result["frame"]["kind"]) == ("unknown", "free")
    assert "unknown-crs" in {note["kind"] for note in result["warnings"]}


def test_it_asks_for_a_crs_and_takes_the_answer(tmp_path: Path) -> None:
    place = (559_000.0, 1_820_000.0, 12.0)
    write(tmp_path / "bare.las", None, place, 1.0, 1.0)
    write(tmp_path / "named.las", "EPSG:3405", place, 1.0, 1.0)
    asked = inspected(tmp_path / "bare.las")
    (note,) = [note for note in asked["warnings"] if note["kind"] == "unknown-crs"]
    assert "state the CRS of the capture" in note["message"]
    assert (asked["crs"]["declared"], asked["crs"]["treated_as"]) == (None, "unknown")
    answered, named = inspected(tmp_path / "bare.las", crs="EPSG:3405"), inspected(tmp_path / "named.las")
    assert "unknown-crs" not in {note["kind"] for note in answered["warnings"]}
    assert "names no CRS; the capture's VN-2000" in json.dumps(answered["warnings"])
    assert (answered["crs"]["declared_by"], named["crs"]["declared_by"]) == ("capture", "file")
    np.testing.assert_allclose(answered["bounds"], named["bounds"], atol=1e-6)
    assert answered["frame"]["origin_geodetic"] == named["frame"]["origin_geodetic"]
    tiled = verb("tile")(
        inputs(tmp_path / "bare.las"), {"crs": "EPSG:3405"}, tmp_path / "tiles", SilentProgress()
    )
    assert tiled["frame"]["kind"] == "tangent"


def test_it_shows_a_conflict_and_keeps_what_the_file_says(tmp_path: Path) -> None:
    write(tmp_path / "a.las", "EPSG:32648", (559_000.0, 1_820_000.0, 12.0), 1.0, 1.0)
    alone, both = inspected(tmp_path / "a.las"), inspected(tmp_path / "a.las", crs="EPSG:3405")
    (note,) = [note for note in both["warnings"] if note["kind"] == "crs-conflict"]
    assert "WGS 84 / UTM zone 48N" in note["message"]
    assert "EPSG:3405" in note["message"]
    assert both["bounds"] == alone["bounds"]
    agreeing = inspected(tmp_path / "a.las", crs="EPSG:32648")
    assert "crs-conflict" not in {note["kind"] for note in agreeing["warnings"]}


def test_it_stays_unknown_if_the_answer_is_no_crs(tmp_path: Path) -> None:
    write(tmp_path / "a.las", None, (0.0, 0.0, 0.0), 1.0, 1.0)
    result = inspected(tmp_path / "a.las", crs="Huế local grid")
    notes = {note["kind"]: note["message"] for note in result["warnings"]}
    assert "Huế local grid" in notes["crs-not-understood"]
    assert "unknown-crs" in notes
    assert (result["crs"]["treated_as"], result["frame"]["kind"]) == ("unknown", "free")


def test_it_does_not_place_points_where_their_crs_is_not(tmp_path: Path) -> None:
    write(tmp_path / "a.las", "EPSG:4326", (559_000.0, 1_820_000.0, 12.0), 1.0, 1.0)
    with pytest.raises(KnownError) as caught:
        inspected(tmp_path / "a.las")
    assert caught.value.kind == "unknown-crs"
