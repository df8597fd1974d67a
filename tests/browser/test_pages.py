"""The pages of the handbook work as they stand: from another origin, without a key, over a slow line.

How soon they show a first frame is measured by `python -m benchmarks.pages`.
"""

import pytest

from benchmarks.pages import LINE, PAGES, site_of_pages, visits
from tests.browser.meshes import write_obj

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def seen(drive, site, monument, capture, cloud, tmp_path_factory):
    files = write_obj(tmp_path_factory.mktemp("roof"), cells=120, seed=5)
    mesh = site.upload(monument, "mesh", "handbook-roof", files, capture)["id"]
    folder = site_of_pages(tmp_path_factory.mktemp("site"))
    versions = visits(cloud["id"], mesh)
    return drive("pages.mjs", site=str(folder), versions=versions, line=LINE)


def test_they_show_a_public_version_to_strangers(seen, monument):
    assert {name: found["trouble"] for name, found in seen.items()} == {
        name: {"console": [], "requests": []} for name in seen
    }
    assert all(found["share"] > 0.02 for found in seen.values()), seen
    # Roof and walls are of brick and ochre: neither black nor white for want of light.
    for red, green, blue in (found["colour"] for found in seen.values()):
        assert red > green > blue
        assert red - blue > 30
    assert all(monument["name"]["en"] in found["credit"] for found in seen.values())


def test_they_ask_nobody_else_and_keep_no_cookie(seen):
    assert {name: (found["strangers"], found["cookies"]) for name, found in seen.items()} == {
        name: ([], 0) for name in seen
    }


def test_every_page_of_the_handbook_is_tried(seen):
    assert {path.stem for path in PAGES.glob("*.html")} == {name.partition(":")[0] for name in seen}
