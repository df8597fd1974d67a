"""A cloud that names no CRS is placed by what its capture states, in every step, and nowhere else."""

from uuid import UUID

from storage import db as database
from storage.captures.commands import create_capture
from storage.derivatives.queries import current, list_derivatives
from storage.jobs.rechecks import recheck_derivative
from storage.versions.queries import get_version
from storage.versions.records import Version
from tests.workers.test_real import PATIENCE_S, real_worker
from tests.workers.test_verify import verdict
from tests.workers.world import World

SCAN = {"scan.xyz": b"559000.25 1820000.5 12\n559040 1820030 14\n559010 1820080 13\n"}
OPERATIONS = 4


def done(world: World, capture_id: UUID | None) -> tuple[Version, dict[str, dict]]:
    """Upload the scan and do all its jobs; answer its version, and results of derivatives by kind."""
    sent = world.upload(SCAN, capture_id=capture_id)
    world.wait(
        lambda jobs: (
            len([job for job in jobs.values() if job.version_id == sent.version.id]) == OPERATIONS
            and all(job.ended_at for job in jobs.values())
        ),
        timeout_s=PATIENCE_S,
    )
    with database.transaction(world.sessions) as db:
        made = list_derivatives(db, world.caller, sent.version.id)
        return get_version(db, world.caller, sent.version.id), {one.kind: one.result for one in made}


def test_it_takes_the_crs_of_the_capture_where_the_file_names_none(world: World):
    with database.transaction(world.sessions) as db:
        capture = create_capture(
            db, world.caller, world.subject_id, code="2024", method="tls", date_edtf="2024", crs="EPSG:32648"
        )
    with world.dispatcher(), real_worker(world):
        placed, made = done(world, capture.id)
        with database.transaction(world.sessions) as db:
            tiles = current(db, placed.id, "tileset")
        again = verdict(world, lambda db: recheck_derivative(db, world.caller, tiles.id))
        unknown, other = done(world, None)

    assert placed.crs["declared_by"] == "capture"
    # Made again, it is made with what the capture states.
    assert again["verdict"] == "same"
    assert {placed.own_frame["kind"], made["tileset"]["frame"]["kind"]} == {"tangent"}
    assert "crs-from-capture" in {note["kind"] for note in placed.warnings}
    # The same bytes without the capture: its tiles are others, and the CRS is asked for.
    assert unknown.crs["treated_as"] == "unknown"
    assert "unknown-crs" in {note["kind"] for note in unknown.warnings}
    assert other["tileset"]["frame"]["kind"] == "free"
