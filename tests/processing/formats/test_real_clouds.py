"""Every cloud of the shared data: what comes out, as literals, and for those we refuse, the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.decoding import read_tileset
from tests.processing.points.making import inputs

# file: format, points, dropped for NaN, stations, CRS treated as, extent in metres (x, y, z)
CLOUDS = {
    "cloud/lion_takanawa.copc.laz": ("copc", 341_989, 0, 0, "unknown", (4.20, 5.68, 4.57)),
    "cloud/autzen_trim.laz": ("laz", 110_000, 0, 0, "projected", (360.26, 160.43, 34.83)),
    "cloud/pump_visual_reference.e57": ("e57", 155_201, 0, 1, "unknown", (4.63, 4.51, 3.74)),
    "cloud/rgb_tutorial.pcd": ("pcd", 259_847, 47_353, 0, "unknown", (2.88, 1.99, 2.98)),
    "cloud/wkt_and_geotiff_vlrs.las": ("las", 25_408, 0, 0, "projected", (18.63, 12.72, 15.62)),
    "cloud/extrabytes.las": ("las", 1_065, 0, 0, "unknown", (3362.70, 4635.73, 179.79)),
    "cloud/fullwave.laz": ("laz", 10_750, 0, 0, "projected", (50.67, 41.60, 13.76)),
    "cloud/1_4_w_evlr.laz": ("laz", 1_000, 0, 0, "projected", (152.83, 1.86, 1.93)),
    "cloud/epsg_4326.las": ("las", 5_380, 0, 0, "geographic", (2179.82, 1174.68, 39.01)),
    "cloud/color.ptx": ("ptx", 1_065, 0, 1, "unknown", (3362.70, 4635.73, 179.79)),
    "cloud/coloured_cube_float.e57": ("e57", 7_680, 0, 1, "unknown", (1.0, 1.0, 1.0)),
    "cloud/A_moved_B_two_scans.e57": ("e57", 6, 0, 2, "unknown", (1.48, 1.35, 1.27)),
    "cloud/autzen_utm10.pcd": ("pcd", 1_065, 0, 0, "unknown", (998.81, 1387.40, 54.80)),
    "cloud/lion_three_setups.e57": ("e57", 107_094, 0, 3, "unknown", None),
    "mesh/points_emptyface.ply": ("ply", 1_024, 0, 0, "unknown", None),
    "pairs/lion_multiview/lionscan1approx.xyz": ("xyz", 62_145, 0, 0, "unknown", None),
    "pairs/lion_multiview/lionscan2approx.xyz": ("xyz", 60_787, 0, 0, "unknown", None),
    "pairs/lion_multiview/lionscan3approx.xyz": ("xyz", 29_878, 0, 0, "unknown", None),
    "pairs/lion_multiview/lionscan4approx.xyz": ("xyz", 16_429, 0, 0, "unknown", None),
    "pairs/lion_multiview/LionScan1_fine.xyz": ("xyz", 62_145, 0, 0, "unknown", None),
    "pairs/lion_multiview/LionScan2_fine.xyz": ("xyz", 37_787, 0, 0, "unknown", None),
    "pairs/small_gicp/source.ply": ("ply", 69_792, 0, 0, "unknown", None),
    "pairs/small_gicp/target.ply": ("ply", 69_088, 0, 0, "unknown", None),
    "pairs/py4dgeo_epochs/epoch0.las": ("las", 40_000, 0, 0, "unknown", None),
    "pairs/py4dgeo_epochs/epoch1.las": ("las", 40_000, 0, 0, "unknown", None),
    "pairs/lion_controlled_change/epochA_ascii.ply": ("ply", 40_000, 0, 0, "unknown", None),
    "pairs/lion_controlled_change/epochB_big_endian.ply": ("ply", 39_438, 0, 0, "unknown", None),
    "pairs/lion_controlled_change/epochA_georef.laz": ("laz", 40_000, 0, 0, "projected", None),
    "pairs/lion_controlled_change/epochB_georef_aligned.laz": ("laz", 39_438, 0, 0, "projected", None),
}

REFUSED = {
    "splat/minimal.splat": ".splat",
    "building/lod4_building_v2.gml": "CityGML",
    "building/rotterdam_subset.json": "CityJSON",
    "bad/BustManWreath.fbx": "FBX",
    "bad/invalid.pnts": "PNTS",
}


@pytest.mark.parametrize("name", CLOUDS)
def test_it_inspects_what_the_file_holds(shared_data: Path, tmp_path: Path, name: str) -> None:
    form, points, dropped, stations, treated_as, extent = CLOUDS[name]
    result = verb("inspect")(inputs(shared_data / name), {}, tmp_path, SilentProgress())
    assert result["kind"] == "point_cloud"
    assert (result["format"], result["points"], result["dropped"]) == (form, points, dropped)
    assert (len(result["stations"]), result["crs"]["treated_as"]) == (stations, treated_as)
    if extent is not None:
        np.testing.assert_allclose(np.diff(result["bounds"], axis=0)[0], extent, atol=0.012)
    if treated_as == "unknown":
        assert "unknown-crs" in {note["kind"] for note in result["warnings"]}
    else:
        assert result["frame"]["max_error_m"] <= 1e-4


@pytest.mark.parametrize("name", CLOUDS)
def test_it_tiles_every_point_of_the_file(shared_data: Path, tmp_path: Path, name: str) -> None:
    _, points, _, _, _, _ = CLOUDS[name]
    inspected = verb("inspect")(inputs(shared_data / name), {}, tmp_path, SilentProgress())
    result = verb("tile")(inputs(shared_data / name), {}, tmp_path / "tiles", SilentProgress())
    read = read_tileset(tmp_path / "tiles")
    assert (result["points"], len(read.xyz)) == (points, points)
    assert (read.outside, read.rises) == (0, 0)
    worst = max(result["max_position_error_m"], 1e-9) * 1.001
    np.testing.assert_allclose(read.xyz.min(axis=0), inspected["bounds"][0], atol=worst)
    np.testing.assert_allclose(read.xyz.max(axis=0), inspected["bounds"][1], atol=worst)


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_by_the_name_of_the_format(shared_data: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(KnownError) as caught:
        verb("inspect")(inputs(shared_data / name), {}, tmp_path, SilentProgress())
    assert caught.value.kind == "unsupported-format"
    assert REFUSED[name] in caught.value.message


def test_it_has_an_entry_for_every_cloud_that_is_there(shared_data: Path) -> None:
    there = {f"cloud/{path.name}" for path in (shared_data / "cloud").iterdir()}
    assert there <= set(CLOUDS)
