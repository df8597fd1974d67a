"""Malformed, hostile and odd clouds of the shared data: each with the kind it must end in."""

from __future__ import annotations

from pathlib import Path

import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.making import inputs

REFUSED = {
    "ZeroPointsInvalid.e57": "empty-result",
    "bad-crc.e57": "corrupt-data",
    "empty.e57": "empty-result",
    "no-points.las": "empty-result",
    "missingheader.pcd": "mislabelled",
    "no_vertex.ply": "empty-result",
    "cube-e57-1.0-version_modified-invalid.e57": "corrupt-data",
    "gen_ply_huge_count.ply": "count-mismatch",
    "gen_ply_negative_count.ply": "invalid-header",
    "gen_ply_zero_points.ply": "empty-result",
    "gen_ply_endless_header.ply": "invalid-header",
    "gen_ply_is_png.ply": "mislabelled",
    "gen_zero_byte.laz": "empty-file",
    "gen_laz_truncated.laz": "truncated",
    "gen_laz_corrupt_chunk.laz": "corrupt-data",
    "gen_las_count_lies.las": "count-mismatch",
    "gen_las_scale_zero_or_nan.las": "invalid-header",
    "gen_las_offset_to_points.las": "invalid-header",
    "gen_las_version_unknown.las": "invalid-header",
    "gen_copc_truncated.copc.laz": "truncated",
    "gen_pcd_width_mismatch.pcd": "count-mismatch",
    "gen_ptx_count_mismatch.ptx": "count-mismatch",
    "gen_xyz_decimal_comma.txt": "corrupt-data",
    "gen_e57_xxe.e57": "invalid-header",
    "gen_e57_billion_laughs.e57": "invalid-header",
    "gen_e57_control_plain.e57": "empty-result",
    "gen_e57_truncated.e57": "truncated",
    "gen_spz_gzip_bomb.spz": "count-mismatch",
    "gen_bundle_zip_slip.zip": "unsupported-format",
    "gen_bundle_symlink.zip": "unsupported-format",
    "gen_gml_xxe.gml": "unsupported-format",
    "gen_dae_xxe.dae": "external-reference",
    "gen_dae_billion_laughs.dae": "external-reference",
}

# file: points, and a warning that must be said, if any
ODD_BUT_READ = {
    "read_error.e57": (2_651, None),
    "gen_ptx_scaled_pose.ptx": (2, "scaled-pose"),
    "cartesian_invalid_state_single.e57": (1, "invalid-points"),
    "las2e57_no_images_tag.e57": (153, None),
    "A_B_different_dims.e57": (2, None),
    "bad_vlr_count.las": (10, "header-records"),
    "gps-time-nan.las": (1, None),
    "spurious.las": (1_065, None),
    "test_epsg_4326x3.las": (30, "vertical-unit-assumed"),
    "unregistered_extra_bytes.las": (4, None),
    "simple_with_page.copc.laz": (1_065, None),
    "gen_ply_nan_cloud.ply": (2, "non-finite-points"),
    "gen_ply_double_utm.ply": (4, None),
    "gen_las_bounds_lie.las": (1_065, None),
    "gen_name_nfd_ậ_ế.ply": (1, None),
}


# A preview reads a few per cent of a file and need not meet the damage.
_CASES = [(name, step) for name in REFUSED for step in ("inspect", "tile")] + [
    (name, "preview") for name, kind in REFUSED.items() if kind not in {"corrupt-data", "count-mismatch"}
]


@pytest.mark.parametrize(("name", "step"), _CASES)
def test_it_refuses_with_a_kind_and_makes_nothing(
    shared_data: Path, tmp_path: Path, name: str, step: str
) -> None:
    with pytest.raises(KnownError) as caught:
        verb(step)(inputs(shared_data / "bad" / name), {}, tmp_path, SilentProgress())
    assert caught.value.kind == REFUSED[name]
    assert not (tmp_path / "tileset.json").exists()


@pytest.mark.parametrize("name", ODD_BUT_READ)
def test_it_reads_what_is_odd_but_right(shared_data: Path, tmp_path: Path, name: str) -> None:
    points, said = ODD_BUT_READ[name]
    result = verb("inspect")(inputs(shared_data / "bad" / name), {}, tmp_path, SilentProgress())
    assert result["points"] == points
    assert said is None or said in {note["kind"] for note in result["warnings"]}


def test_it_measures_bounds_and_does_not_believe_the_header(shared_data: Path, tmp_path: Path) -> None:
    result = verb("inspect")(
        inputs(shared_data / "bad/gen_las_bounds_lie.las"), {}, tmp_path, SilentProgress()
    )
    low, high = result["bounds"]
    assert low == pytest.approx([635619.85, 848899.70, 406.59])
    assert high == pytest.approx([638982.55, 853535.43, 586.38])
