"""Names of what a point of LAS formats 0 to 10 carries, as laspy writes them (LAS 1.4 R15, tables 7-26)."""

from __future__ import annotations

from processing.formats.las_header import RGB_OFFSET, LasHeader

_PLACE = ("X", "Y", "Z", "intensity", "return_number", "number_of_returns")
_OLD = ("scan_direction_flag", "edge_of_flight_line", "classification", "synthetic", "key_point", "withheld",
        "scan_angle_rank", "user_data", "point_source_id")  # fmt: skip
_NEW = ("synthetic", "key_point", "withheld", "overlap", "scanner_channel", "scan_direction_flag",
        "edge_of_flight_line", "classification", "user_data", "scan_angle", "point_source_id")  # fmt: skip
_WAVES = ("wavepacket_index", "wavepacket_offset", "wavepacket_size", "return_point_wave_location", "x_t",
          "y_t", "z_t")  # fmt: skip
LAS_NAMES = {
    name.lower() for name in (*_PLACE, *_OLD, *_NEW, *_WAVES, "gps_time", "red", "green", "blue", "nir")
}
WAVE_FORMATS = {4, 5, 9, 10}
# LAS 1.4 table 24: 192 bytes each, the name at byte 4.
_DESCRIPTOR_BYTES = 192


def attribute_names(las: LasHeader) -> tuple[str, ...]:
    """Name everything a point of the file carries, extra bytes by their own names."""
    form = las.point_format
    names = _PLACE + (_NEW if form >= 6 else _OLD)
    names += ("gps_time",) if form >= 6 or form in {1, 3, 4, 5} else ()
    names += ("red", "green", "blue") if form in RGB_OFFSET else ()
    names += ("nir",) if form in {8, 10} else ()
    return names + (_WAVES if form in WAVE_FORMATS else ()) + _extra_names(las)


def _extra_names(las: LasHeader) -> tuple[str, ...]:
    data = las.vlr("LASF_Spec", 4) or b""
    names = (
        data[at + 4 : at + 36].split(b"\0", 1)[0].decode("utf-8", "replace")
        for at in range(0, len(data), _DESCRIPTOR_BYTES)
    )
    return tuple(name for name in names if name)
