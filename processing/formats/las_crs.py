"""The CRS a LAS file declares: WKT, or GeoTIFF keys (LAS 1.4 section 3.1, GeoTIFF 1.1)."""

from __future__ import annotations

import struct
from typing import Any

from processing.formats.cloud import warning
from processing.formats.las_header import LasHeader

_USER_DEFINED = 32767
_MODEL, _GEOGRAPHIC, _PROJECTED, _CITATION, _PROJ_CITATION = 1024, 2048, 3072, 1026, 3073
_LINEAR_UNIT, _VERTICAL, _VERTICAL_UNIT = 3076, 4096, 4099
_UNITS = {9001: "m", 9002: "ft", 9003: "us-ft"}
_CODES = {_MODEL, _GEOGRAPHIC, _PROJECTED, _LINEAR_UNIT, _VERTICAL, _VERTICAL_UNIT, 3075}
_TEXTS = {_CITATION, 2049, _PROJ_CITATION, 4097}
_METRES = {"m": 1.0, "ft": 0.3048, "us-ft": 1200 / 3937}
_WKT_UNITS = {
    "m": 'LENGTHUNIT["metre",1]',
    "ft": 'LENGTHUNIT["foot",0.3048]',
    "us-ft": 'LENGTHUNIT["US survey foot",0.304800609601219]',
}
_GEOCENTRIC_MODEL = 3
# Geocentric CRS of the datums whose geographic code the key gives.
_GEOCENTRIC = {4326: 4978, 4258: 4936}
# GeoTIFF coordinate transformation codes (3075) that can be said in PROJ without guessing.
_METHODS = {1: "tmerc", 8: "lcc", 9: "lcc", 11: "aea"}


def declared_crs(las: LasHeader) -> tuple[str | None, list[dict[str, str]]]:
    """Answer the declared CRS as text (WKT, ``EPSG:n``, PROJ), and what is odd about it."""
    wkt, keys = _wkt(las), _geo_keys(las)
    geotiff, notes = _from_keys(keys) if keys else (None, [])
    if wkt:
        notes = []
    repeated = sum(v.user_id == "LASF_Projection" and v.record_id in {2112, 34735} for v in las.vlrs)
    if repeated > (wkt is not None) + bool(keys):
        notes.append(warning("crs-conflict", f"the file holds {repeated} CRS records; the first was taken"))
    if wkt and geotiff and _differ(wkt, geotiff, las):
        chosen = wkt if las.wkt_flag or las.point_format >= 6 else geotiff
        label = "WKT" if chosen == wkt else "GeoTIFF keys"
        notes.append(
            warning("crs-conflict", f"WKT and GeoTIFF keys name different CRS; the {label} was taken")
        )
        return chosen, notes
    return wkt or geotiff, notes


def _wkt(las: LasHeader) -> str | None:
    data = las.vlr("LASF_Projection", 2112)
    text = data.split(b"\0", 1)[0].decode("utf-8", "replace").strip() if data else ""
    return text or None


def _geo_keys(las: LasHeader) -> dict[int, Any]:
    """Read the key directory; values are shorts, doubles or text."""
    directory = las.vlr("LASF_Projection", 34735) or b""
    doubles = las.vlr("LASF_Projection", 34736) or b""
    text = (las.vlr("LASF_Projection", 34737) or b"").decode("latin-1")
    keys: dict[int, Any] = {}
    for at in range(8, len(directory) - 7, 8):
        key, place, count, value = struct.unpack_from("<HHHH", directory, at)
        if place == 0:
            keys[key] = value
        elif key in _CODES:
            continue  # a code that is said to be text or a fraction is none
        elif place == 34736 and (value + 1) * 8 <= len(doubles):
            keys[key] = struct.unpack_from("<d", doubles, value * 8)[0]
        elif place == 34737 and key in _TEXTS:
            keys[key] = text[value : value + count].rstrip("|\0 ")
    return keys


def _from_keys(keys: dict[int, Any]) -> tuple[str | None, list[dict[str, str]]]:
    code = _code(keys)
    if code is not None:
        text, notes = f"EPSG:{code}", _unit_conflict(code, keys)
        vertical = keys.get(_VERTICAL, 0)
        # Codes below 5600 were no EPSG CRS in GeoTIFF 1.0; those are only noted.
        if 1024 <= vertical < _USER_DEFINED and _known(f"{text}+{vertical}"):
            return f"{text}+{vertical}", notes
        return _with_height_unit(text, keys) or text, notes
    built = _built(keys)
    if built is not None:
        return _with_height_unit(built, keys) or built, []
    name = keys.get(_PROJ_CITATION) or keys.get(_CITATION)
    if not name:
        return None, []
    return str(name), [
        warning("crs-not-understood", f"the file names its CRS {name!r}, without a usable code")
    ]


def _code(keys: dict[int, Any]) -> int | None:
    """Answer the EPSG code of the model that is meant: 1 projected, 2 geographic, 3 geocentric."""
    model = keys.get(_MODEL)
    projected, geographic = keys.get(_PROJECTED), keys.get(_GEOGRAPHIC)
    if model == _GEOCENTRIC_MODEL:
        code = _GEOCENTRIC.get(geographic or 0, geographic)
    else:
        code = projected or (geographic if model != 1 else None)
    return code if code is not None and 1024 <= code < _USER_DEFINED else None


def _unit_conflict(code: int, keys: dict[int, Any]) -> list[dict[str, str]]:
    """Say if the keys name a unit of length that the CRS of the code does not have."""
    import pyproj
    from pyproj.exceptions import CRSError

    metres = _METRES.get(_UNITS.get(keys.get(_LINEAR_UNIT, 0), ""))
    try:
        crs = pyproj.CRS.from_epsg(code)
    except CRSError:
        return []
    if metres is None or not crs.is_projected or abs(crs.axis_info[0].unit_conversion_factor - metres) < 1e-9:
        return []
    text = f"EPSG:{code} counts in {crs.axis_info[0].unit_name}, the file's keys say {keys[_LINEAR_UNIT]}"
    return [warning("crs-conflict", f"{text}; the unit of EPSG:{code} was taken: check the size of things")]


def _with_height_unit(text: str, keys: dict[int, Any]) -> str | None:
    """Add heights of the unit that the keys give where they name no vertical CRS."""
    import pyproj
    from pyproj.exceptions import CRSError

    unit = _UNITS.get(keys.get(_VERTICAL_UNIT, 0))
    if unit is None:
        return None
    try:
        flat = pyproj.CRS.from_user_input(text)
        if flat.is_geocentric or len(flat.axis_info) != 2:
            return None
        heights = f'VERTCRS["height",VDATUM["unknown"],CS[vertical,1],AXIS["up (H)",up],{_WKT_UNITS[unit]}]'
        made = f'COMPOUNDCRS["{flat.name} + height",{flat.to_wkt()},{heights}]'
        return str(pyproj.CRS.from_wkt(made).to_wkt())
    except CRSError:
        return None


def _built(keys: dict[int, Any]) -> str | None:
    """Write a user-defined projection as PROJ text, if every part of it is known."""
    method, unit, datum = (
        _METHODS.get(keys.get(3075, 0)),
        _UNITS.get(keys.get(_LINEAR_UNIT, 0)),
        keys.get(_GEOGRAPHIC),
    )
    if method is None or unit is None or datum is None or not 1024 <= datum < _USER_DEFINED:
        return None
    number = {k: v for k, v in keys.items() if 3078 <= k <= 3093 and isinstance(v, float)}
    parts = {
        "lat_1": number.get(3078),
        "lat_2": number.get(3079),
        "lon_0": number.get(3084, number.get(3080, number.get(3088))),
        "lat_0": number.get(3085, number.get(3081, number.get(3089))),
        "k_0": number.get(3092),
    }
    east, north = number.get(3086, number.get(3082)), number.get(3087, number.get(3083))
    if None in (parts["lon_0"], parts["lat_0"], east, north) or (
        method != "tmerc" and parts["lat_1"] is None
    ):
        return None
    import pyproj
    from pyproj.exceptions import CRSError

    metres = _METRES[unit]
    text = " ".join(f"+{k}={v!r}" for k, v in parts.items() if v is not None)
    assert east is not None
    assert north is not None
    shift = f"+x_0={east * metres!r} +y_0={north * metres!r} +units={unit}"
    try:
        ellipsoid = pyproj.CRS.from_epsg(datum).to_dict().get("datum") or "NAD83"
    except CRSError:
        return None
    return f"+proj={method} {text} {shift} +datum={ellipsoid} +type=crs"


def _known(text: str) -> bool:
    import pyproj
    from pyproj.exceptions import CRSError

    try:
        pyproj.CRS.from_user_input(text)
    except CRSError:
        return False
    return True


def _differ(one: str, other: str, las: LasHeader) -> bool:
    """Two texts differ if they put the middle of the file more than a hundredth of a unit apart."""
    import pyproj
    from pyproj.exceptions import CRSError, ProjError

    try:
        crs = [pyproj.CRS.from_user_input(text) for text in (one, other)]
        flat = [c.sub_crs_list[0] if c.is_compound else c for c in crs]
        x, y = (float(value) for value in las.bounds.mean(axis=0)[:2])
        there = pyproj.Transformer.from_crs(flat[0], flat[1], always_xy=True).transform(x, y)
    except (CRSError, ProjError):
        return False
    return not (abs(there[0] - x) < 0.01 and abs(there[1] - y) < 0.01)
