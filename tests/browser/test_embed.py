"""Another site shows a public version: without a key, poster first, with credit, in little script."""

import pytest

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)

SCRIPT_BUDGET_BYTES = 250_000


def test_it_shows_a_public_version_to_strangers(drive, cloud, monument):
    seen = drive("embed.mjs", version=cloud["id"])

    assert seen["trouble"] == {"console": [], "requests": []}
    assert seen["cookies"] == 0
    assert seen["first"]["poster_width"] > 0
    assert seen["first"]["tiles_before"] == 0
    assert seen["first"]["visible"] > 0
    assert seen["shown"]["visible"] >= 5
    assert seen["shown"]["failed"] == 0
    assert seen["drawn"]["model_share"] > 0.05
    assert monument["name"]["en"] in seen["credit"]
    assert 0 < seen["script"] <= SCRIPT_BUDGET_BYTES
    assert seen["framed"]["visible"] > 0
    assert seen["framed"]["failed"] == 0
    assert seen["framed"]["trouble"] == {"console": [], "requests": []}
