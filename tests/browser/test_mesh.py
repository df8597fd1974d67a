"""A curator watches a mesh become streamable, takes its levels of detail, and decides on its place."""

import pytest

from tests.browser.meshes import write_obj

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)

CELLS = 220


@pytest.fixture(scope="module")
def visit(drive, site, tmp_path_factory):
    files = write_obj(tmp_path_factory.mktemp("roof"), cells=CELLS, seed=3)
    # A site of its own: the first record of a frame defines it, whatever else has been uploaded.
    annex = site.subject("site", "annex", {"vi": "Nhà phụ", "en": "Annex"})
    link = site.login_link()
    version = site.send(annex, "mesh", "roof", files)
    return drive(
        "mesh.mjs",
        link=link,
        version=version["id"],
        address=f"/s/{annex['path']}/roof/{version['id']}",
        reason="checked against the ridge",
    )


def test_it_swaps_the_preview_for_the_full_detail(visit):
    assert [quality for quality in visit["qualities"] if quality] == ["preview", "full"]


def test_it_draws_a_textured_mesh(visit):
    assert visit["trouble"] == {"console": [], "requests": []}
    assert visit["shown"]["quality"] == "full"
    assert visit["shown"]["visible"] >= 1
    assert visit["shown"]["failed"] == 0
    assert visit["shown"]["drawnPrimitives"] > 0
    assert 0 < visit["shown"]["triangles"] <= 2 * CELLS * CELLS
    assert visit["drawn"]["model_share"] > 0.05
    assert visit["drawn"]["colours"] > 50


def test_it_hands_out_every_level_of_detail(visit):
    names = [level["name"] for level in visit["levels"]]

    assert {"lod-50.glb", "lod-10.glb", "lod-1.glb", "plain-10.glb"} <= set(names)
    assert {level["status"] for level in visit["levels"]} == {200}
    assert {level["magic"] for level in visit["levels"]} == {"glTF"}


def test_it_keeps_a_curators_decision_with_name_and_reason(visit):
    assert visit["before"] == "Accepted"
    assert visit["after"] == "Rejected"
    newest, oldest = visit["decisions"]
    assert "Rejected" in newest
    assert "checked against the ridge" in newest
    assert visit["person"] in newest
    assert "by the acceptance rule" in oldest
