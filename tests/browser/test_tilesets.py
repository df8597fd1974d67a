"""Whatever we tile opens in the viewer: real clouds of several kinds, a real mesh, explicit and implicit."""

from pathlib import Path

import pytest

from tests.browser.tiled import tile, write_ornament

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)

# From the air in feet, three stations, an organised sensor without a place, somebody else's COPC.
CLOUDS = ("autzen_trim.laz", "lion_three_setups.e57", "rgb_tutorial.pcd", "lion_takanawa.copc.laz")
MESH = "whale_cranium.glb"


def test_it_finds_the_tiles_of_an_implicit_tileset_by_its_subtrees(drive, cloud, tmp_path: Path):
    write_ornament(tmp_path / "ornament.las", points=200_000, seed=4)
    made = tile(tmp_path / "ornament.las", tmp_path / "made", explicit_tiles=1)

    seen = drive("tilesets.mjs", version=cloud["id"], tilesets={"implicit": str(tmp_path / "made")}, turns=3)

    found = seen["found"]["implicit"]
    assert made["implicit"]
    assert made["levels"] > 8
    assert seen["trouble"] == {"console": [], "requests": []}
    assert found["shown"]["failed"] == found["near"]["failed"] == 0
    assert found["shown"]["points"] >= 50_000
    assert found["shown"]["drawnPrimitives"] >= found["shown"]["points"]
    # The yard fills the view, though the cube of the tree is 20 times as large.
    assert found["drawn"]["model_share"] > 0.15
    assert found["near"]["errorMm"] < found["shown"]["errorMm"] / 2
    assert found["all"] > 2 * found["whole"]
    assert found["subtrees"] >= 2


def test_it_opens_tilesets_of_real_files(drive, cloud, shared_data: Path, tmp_path: Path):
    files = [*(shared_data / "cloud" / name for name in CLOUDS), shared_data / "mesh" / MESH]
    made = {file.name: tile(file, tmp_path / file.name) for file in files}
    tilesets = {name: str(tmp_path / name) for name in made}

    seen = drive("tilesets.mjs", version=cloud["id"], tilesets=tilesets, turns=1)

    assert seen["trouble"] == {"console": [], "requests": []}
    assert seen["found"].keys() == made.keys()
    for name, found in seen["found"].items():
        primitives = "triangles" if name == MESH else "points"
        assert found["shown"]["failed"] == found["near"]["failed"] == 0, name
        assert found["shown"][primitives] > 0.1 * made[name][primitives], name
        assert found["shown"]["drawnPrimitives"] >= found["shown"][primitives], name
        assert found["drawn"]["model_share"] > 0.05, name
        assert found["drawn"]["colours"] > 20, name
