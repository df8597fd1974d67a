"""A surveyor says on the page what a model does not: which axis is up, and its unit."""

import pytest
import trimesh

from tests.browser.clouds import write_las

# The first of these starts a whole stack and waits for its jobs; WebGL is drawn by the processor.
pytestmark = pytest.mark.timeout(600)


def test_it_asks_for_axis_and_unit_of_a_mesh_and_shows_what_was_said(drive, site, monument, tmp_path):
    cloud, model = tmp_path / "hall.las", tmp_path / "lantern.stl"
    write_las(cloud, points=1_000, seed=21)
    trimesh.creation.cylinder(radius=1_000, height=7_000).export(model)

    seen = drive(
        "stated.mjs",
        link=site.login_link(),
        subject=monument["path"],
        cloud=str(cloud),
        model=str(model),
    )

    assert seen["trouble"] == {"console": [], "requests": []}
    assert not seen["askedOfCloud"]
    assert "Y is up, one unit is 1 mm" in seen["facts"]
    # Written along Z and said to stand along Y: it lies, seven metres long.
    assert "2 m × 7 m × 2 m" in seen["facts"]
