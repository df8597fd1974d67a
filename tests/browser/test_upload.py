"""A surveyor sends a scan through the page, over a line that breaks."""

import math

import pytest

from tests.browser.clouds import write_las

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)

MIB = 1024 * 1024
PART_BYTES = 16 * MIB
# Four parts, three sent at once: past three parts' bytes, at least one has arrived whole.


def test_it_sends_a_file_goes_on_where_it_stopped_and_opens_the_version(drive, site, monument, tmp_path):
    file = tmp_path / "annex.las"
    write_las(file, points=1_800_000, seed=2)

    seen = drive(
        "upload.mjs",
        link=site.login_link(),
        subject=monument["path"],
        file=str(file),
        asset="annex",
        bytesPerSecond=4 * MIB,
    )

    assert not seen["isSecure"]
    assert "HTTPS" in seen["warning"]
    assert "/s" in seen["midway"]
    parts = math.ceil(file.stat().st_size / PART_BYTES)
    assert 1 <= seen["there"] < parts
    assert seen["puts"] == parts - seen["there"]
    assert "already there" in seen["found"]
    assert seen["trouble"] == {"console": [], "requests": []}
    assert seen["address"].startswith(f"/s/{monument['path']}/annex/")
    assert seen["shown"]["failed"] == 0
    assert seen["shown"]["points"] > 0
    assert seen["drawn"]["model_share"] > 0.05
