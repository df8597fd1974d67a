"""What people state of files that are silent holds in every step: a cloud's CRS, a mesh's axis and unit."""

import numpy as np

from storage import db as database
from storage.captures.commands import create_capture
from storage.derivatives.queries import current, list_derivatives
from storage.jobs.queries import jobs_of_version
from storage.jobs.rechecks import recheck_derivative, recheck_placement
from storage.placements.queries import current_placement
from storage.versions.queries import get_version
from storage.versions.records import Version
from tests.workers.test_real import PATIENCE_S, real_worker
from tests.workers.test_verify import verdict
from tests.workers.world import World

SCAN = {"scan.xyz": b"559000.25 1820000.5 12\n559040 1820030 14\n559010 1820080 13\n"}
CELLS = 24


def relief(unit_m: float, up: str) -> dict[str, bytes]:
    """An OBJ of a 4 m terrain with nothing alike in it, in some unit and with some axis up."""
    x, y = np.meshgrid(np.linspace(0, 4, CELLS), np.linspace(0, 4, CELLS))
    bumps = [(1, 1, 0.9, 0.2), (3, 0.7, 0.5, 0.1), (0.8, 3.2, 1.3, 0.3), (2.9, 2.4, 0.7, 0.05)]
    z = 0.1 * x + sum(h * np.exp(-((x - a) ** 2 + (y - b) ** 2) / w) for a, b, h, w in bumps)
    points = np.stack([x, y, z] if up == "z" else [x, z, -y], axis=-1).reshape(-1, 3) / unit_m
    first = (np.arange(CELLS - 1)[:, None] * CELLS + np.arange(CELLS - 1)).ravel() + 1
    lines = [f"v {a:.6f} {b:.6f} {c:.6f}" for a, b, c in points]
    lines += [f"f {at} {at + 1} {at + CELLS}\nf {at + 1} {at + CELLS + 1} {at + CELLS}" for at in first]
    return {"relief.obj": "\n".join(lines).encode()}


def done(world: World, files: dict[str, bytes], operations: int, **more) -> tuple[Version, dict[str, dict]]:
    """Upload a scan and do all its jobs; answer its version, and results of derivatives by kind."""
    sent = world.upload(files, **more)

    def all_ended(_):
        with database.transaction(world.sessions) as db:
            jobs = jobs_of_version(db, world.caller, sent.version.id)
        return len(jobs) == operations and all(job.ended_at for job in jobs)

    world.wait(all_ended, timeout_s=PATIENCE_S)
    with database.transaction(world.sessions) as db:
        made = list_derivatives(db, world.caller, sent.version.id)
        return get_version(db, world.caller, sent.version.id), {one.kind: one.result for one in made}


def test_it_takes_the_crs_of_the_capture_where_the_file_names_none(world: World):
    with database.transaction(world.sessions) as db:
        capture = create_capture(
            db, world.caller, world.subject_id, code="2024", method="tls", date_edtf="2024", crs="EPSG:32648"
        )
    with world.dispatcher(), real_worker(world):
        placed, made = done(world, SCAN, 4, capture_id=capture.id)
        with database.transaction(world.sessions) as db:
            tiles = current(db, placed.id, "tileset")
        again = verdict(world, lambda db: recheck_derivative(db, world.caller, tiles.id))
        unknown, other = done(world, SCAN, 4)

    assert placed.crs["declared_by"] == "capture"
    # Made again, it is made with what the capture states.
    assert again["verdict"] == "same"
    assert {placed.own_frame["kind"], made["tileset"]["frame"]["kind"]} == {"tangent"}
    assert "crs-from-capture" in {note["kind"] for note in placed.warnings}
    # The same bytes without the capture: its tiles are others, and the CRS is asked for.
    assert unknown.crs["treated_as"] == "unknown"
    assert "unknown-crs" in {note["kind"] for note in unknown.warnings}
    assert other["tileset"]["frame"]["kind"] == "free"


def test_it_takes_the_axis_and_the_unit_that_the_sender_states(world: World):
    stated = {"up_axis": "y", "unit_m": 0.001}
    with world.dispatcher(), real_worker(world):
        fixed, first = done(world, relief(1, "z"), 5, asset_kind="mesh")
        moving, made = done(world, relief(0.001, "y"), 6, asset_kind="mesh", stated=stated)
        with database.transaction(world.sessions) as db:
            placed = current_placement(db, moving.id)
            kept = [current(db, moving.id, kind) for kind in ("tileset", "picture")]
        again = [
            verdict(world, lambda db, one=one: recheck_derivative(db, world.caller, one.id)) for one in kept
        ]
        anew = verdict(world, lambda db: recheck_placement(db, world.caller, placed.id))

    assert moving.stated == stated
    np.testing.assert_allclose(moving.bounds, fixed.bounds, atol=1e-5)
    assert {"assumed-up-axis", "assumed-units"} <= {note["kind"] for note in fixed.warnings}
    assert not {note["kind"] for note in moving.warnings} & {"assumed-up-axis", "assumed-units"}
    # Tiles are of a terrain of 4 m, not of 4 km that lies on its side.
    assert made["tileset"]["origin"] == first["tileset"]["origin"]
    assert moving.units == "0.001 m, as stated"
    # The same terrain: registered as its tiles are, it lies where the first one does.
    assert placed.state == "accepted"
    np.testing.assert_allclose(placed.site_from_scan, np.eye(4), atol=0.005)
    # Made again, everything is made with what was stated.
    assert [one["verdict"] for one in again] == ["same"] * 2
    assert anew["verdict"] in ("same", "within-tolerance")


def test_it_says_that_a_cloud_has_its_unit_from_its_crs(world: World):
    with world.dispatcher(), real_worker(world):
        version, _ = done(world, SCAN, 4, stated={"unit_m": 0.001})

    assert version.bounds[1][0] - version.bounds[0][0] > 30
    assert "stated-unused" in {note["kind"] for note in version.warnings}
