"""A surveyor learns while the files are still on their way that one of them was cut off."""

import pytest

from tests.browser.clouds import write_las

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)


def test_it_says_what_the_ends_of_files_show_before_they_are_there(drive, site, monument, tmp_path):
    whole, cut = tmp_path / "hall.las", tmp_path / "roof.las"
    write_las(whole, points=300_000, seed=11)
    write_las(cut, points=240_000, seed=12)
    cut.write_bytes(cut.read_bytes()[:-3_000_000])

    seen = drive(
        "early.mjs",
        link=site.login_link(),
        subject=monument["path"],
        files=[str(whole), str(cut)],
        bytesPerSecond=256 * 1024,
    )

    assert seen["trouble"] == {"console": [], "requests": []}
    hall, roof = seen["rows"]
    assert "hall.las" in hall
    assert "LAS · 300,000 points declared · no coordinate system stated" in hall
    assert "roof.las" in roof
    (fault,) = seen["faults"]
    assert "240,000" in fault
    assert fault in roof
    assert seen["share"] < 1
    assert seen["sent"][:4] == ["end"] * 4
    assert "end" not in seen["sent"][4:]
    assert seen["gone"] == 204
