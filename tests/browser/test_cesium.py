"""Strangers' pages open what we serve: Cesium, from another origin, without a key."""

from pathlib import Path

import pytest

from tests.browser.meshes import write_obj
from tests.browser.tiled import tile, write_ornament

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)


def test_it_opens_in_cesium_from_another_origin_without_a_key(drive, site, cloud, tmp_path: Path):
    write_ornament(tmp_path / "yard.las", points=100_000, seed=8)
    roof = write_obj(tmp_path, cells=60, seed=9)[0]
    assert tile(tmp_path / "yard.las", tmp_path / "implicit", explicit_tiles=1)["implicit"]
    tile(roof, tmp_path / "mesh")

    seen = drive(
        "cesium.mjs",
        urls={"cloud": site.get(f"/v1/versions/{cloud['id']}/endpoint")["url"]},
        folders={name: str(tmp_path / name) for name in ("implicit", "mesh")},
    )

    assert seen["trouble"] == {"console": [], "requests": []}
    assert seen["strangers"] == []
    assert [found["failed"] for found in seen["found"].values()] == [[], [], []]
    assert seen["found"]["cloud"]["points"] > 5_000
    assert seen["found"]["implicit"]["points"] > 2_000
    assert seen["found"]["mesh"]["triangles"] > 1_000
    assert all(found["share"] > 0.02 for found in seen["found"].values())
