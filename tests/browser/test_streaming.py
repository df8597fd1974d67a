"""A reader signs in by a link and streams a version through the one public port, under another host name."""

import pytest

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def visit(site, monument, cloud, request):
    return {
        "link": site.login_link(),
        "subject": f"/s/{monument['path']}",
        "address": f"/s/{monument['path']}/scan/v1",
        "version": cloud["id"],
        "name": "version-cloud",
    }


def test_it_draws_a_version_hides_it_and_refuses_a_cut_token(drive, visit):
    seen = drive("stream.mjs", **visit)

    assert seen["trouble"] == {"console": [], "requests": []}
    assert seen["shown"]["visible"] >= 5
    assert seen["shown"]["failed"] == 0
    assert seen["shown"]["drawnPrimitives"] > 0
    assert seen["shown"]["points"] >= 50_000
    assert seen["shown"]["quality"] == "full"
    assert seen["drawn"]["model_share"] > 0.05
    # Four materials in some eight shades each, at five bits a channel; one alone has no more than ten.
    assert seen["drawn"]["colours"] > 24
    assert seen["hidden"]["model_share"] == 0
    assert seen["hidden"]["colours"] == 1
    assert seen["hidden"]["drawnPrimitives"] == 0
    assert seen["again"]["model_share"] == pytest.approx(seen["drawn"]["model_share"], rel=0.05)
    assert "±" in seen["reading"]
    assert "not a measurement" in seen["caveat"]

    assert seen["byToken"]["failed"] == 0
    assert seen["byToken"]["model_share"] > 0.05
    assert seen["byCutToken"]["failed"] >= 1
    assert seen["byCutToken"]["visible"] == 0
    assert seen["byCutToken"]["model_share"] == 0
