"""True metres: against published figures and against PROJ itself."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from processing.errors import KnownError
from processing.geometry.frames import FreeFrame, TangentFrame, plan_frame

HUE = np.array([[559_900.0, 1_819_900.0, 0.0], [560_100.0, 1_820_100.0, 40.0]])


def framed(crs: str, bounds: np.ndarray) -> TangentFrame:
    frame = plan_frame(crs, bounds)
    assert isinstance(frame, TangentFrame)
    return frame


def test_it_undoes_the_54_mm_that_utm_is_off_at_hue() -> None:
    # UTM 48N at Hue, 2.5 degrees from the central meridian: scale 1.00054 (facts: 54 mm per 100 m).
    bounds = np.array([[770_000.0, 1_820_000.0, 0.0], [770_100.0, 1_820_100.0, 10.0]])
    frame = framed("EPSG:32648", bounds)
    ends = frame.bring(np.array([[770_000.0, 1_820_000.0, 0.0], [770_100.0, 1_820_000.0, 0.0]]))
    lon, lat = pyproj.Transformer.from_crs("EPSG:32648", "EPSG:4326", always_xy=True).transform(
        [770_000.0, 770_100.0], [1_820_000.0, 1_820_000.0]
    )
    _, _, geodesic_m = pyproj.Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(geodesic_m, abs=2e-4)
    assert abs(geodesic_m - 100.0) > 0.04


@pytest.mark.parametrize("crs", ["EPSG:32648", "EPSG:3405", "EPSG:9210"])
@pytest.mark.parametrize("half_m", [50.0, 3_000.0, 30_000.0])
def test_it_is_true_to_proj_within_the_error_it_states(crs: str, half_m: float) -> None:
    centre = np.array([560_000.0, 1_820_000.0, 20.0])
    bounds = np.stack([centre - [half_m, half_m, 20], centre + [half_m, half_m, 300]])
    frame = framed(crs, bounds)
    points = np.random.default_rng(1).uniform(bounds[0], bounds[1], (5_000, 3))
    stated_m = frame.as_json()["max_error_m"]
    assert stated_m <= 1e-4
    # One nanometre for float64 at earth size.
    assert np.linalg.norm(frame.bring(points) - frame.exactly(points), axis=1).max() <= stated_m + 1e-8


def test_it_goes_through_proj_for_points_outside_the_declared_bounds() -> None:
    frame = framed("EPSG:32648", HUE)
    far = np.array([[600_000.0, 1_900_000.0, 900.0]])
    np.testing.assert_array_equal(frame.bring(far), frame.exactly(far))


def test_it_never_takes_degrees_for_metres() -> None:
    bounds = np.array([[107.57, 16.46, 0.0], [107.58, 16.47, 10.0]])
    size = np.diff(framed("EPSG:4326", bounds).bring(bounds), axis=0)[0]
    assert size[:2] == pytest.approx([1067.6, 1106.6], abs=1.0)


def test_it_reads_survey_feet_up_and_across() -> None:
    bounds = np.array([[2_445_180.0, 604_300.0, 1_352.7], [2_445_280.0, 604_400.0, 1_452.7]])
    frame = framed("EPSG:6880", bounds)
    up = frame.bring(np.array([bounds[0], bounds[0] + [0, 0, 100]]))
    assert up[1, 2] - up[0, 2] == pytest.approx(100 * 1200 / 3937, abs=1e-4)
    assert "vertical-unit-assumed" in {note["kind"] for note in frame.warnings}


def test_it_says_that_a_vertical_datum_is_approximate() -> None:
    frame = framed("EPSG:32648+5773", HUE)
    assert "vertical-datum-approximate" in {note["kind"] for note in frame.warnings}


@pytest.mark.parametrize("text", [None, "", 'PROJCS["made up', "Hue local grid"])
def test_it_records_an_unknown_crs_as_unknown(text: str | None) -> None:
    frame = plan_frame(text, HUE)
    assert isinstance(frame, FreeFrame)
    assert frame.crs["treated_as"] == "unknown"
    assert frame.crs["declared"] == text
    assert [note["kind"] for note in frame.warnings] == ["unknown-crs"]
    np.testing.assert_array_equal(frame.bring(HUE), HUE)


def test_it_refuses_coordinates_that_do_not_exist_in_the_crs() -> None:
    with pytest.raises(KnownError) as caught:
        plan_frame("EPSG:4326", np.array([[500_000.0, 1_000_000.0, 0], [500_001.0, 1_000_001.0, 1]]))
    assert caught.value.kind == "unknown-crs"


def test_it_stands_at_a_rounded_origin_near_the_site() -> None:
    origin = framed("EPSG:32648", HUE).as_json()["origin_geodetic"]
    assert origin == [round(origin[0], 4), round(origin[1], 4), round(origin[2])]
    assert np.linalg.norm(framed("EPSG:32648", HUE).bring(HUE.mean(axis=0)[None])) < 15
