"""Real files go through real workers into the real room: ``python -m processing run`` under bubblewrap."""

import json
from pathlib import Path

from storage import db as database
from storage.derivatives.queries import current
from tests.workers.test_jobs import derivatives, is_in
from tests.workers.world import World

# The first run compiles kernels where no warm cache is at hand.
PATIENCE_S = 240.0


def grid(count: int) -> bytes:
    """Return a wavy sheet of count × count points as an XYZ file."""
    rows = [f"{x / 10} {y / 10} {((x * y) % 7) / 100}" for x in range(count) for y in range(count)]
    return "\n".join(rows).encode() + b"\n"


def real_worker(world: World):
    return world.process("-m", "workers", "worker", HERITWIN_LEASE_S="60")


def index_of(world: World, version_id, kind: str) -> dict:
    """Return the packed tileset's index of a version's current derivative."""
    with database.transaction(world.sessions) as db:
        found = current(db, version_id, kind)
    return json.loads(world.store.get(f"derivatives/{found.id}/index.json"))


def test_it_turns_an_uploaded_cloud_into_tiles(world: World):
    with world.dispatcher(), real_worker(world):
        completed = world.upload({"sheet.xyz": grid(60)})
        jobs = world.wait(is_in("tile-version", "succeeded", "failed"), timeout_s=PATIENCE_S)

    assert {job.state for job in jobs.values()} == {"succeeded"}
    inspected = jobs["inspect-version"].attempts[-1].result["inspect"]
    assert (inspected["kind"], inspected["points"]) == ("point_cloud", 3600)
    assert jobs["tile-version"].attempts[-1].result["tile"]["points"] == 3600
    assert "tileset.json" in index_of(world, completed.version.id, "tileset")["entries"]
    assert "tileset.json" in index_of(world, completed.version.id, "preview")["entries"]


def test_it_turns_a_real_survey_into_tiles(world: World, shared_data: Path):
    scan = (shared_data / "cloud" / "autzen_trim.laz").read_bytes()

    with world.dispatcher(), real_worker(world):
        world.upload({"autzen_trim.laz": scan})
        jobs = world.wait(is_in("tile-version", "succeeded", "failed"), timeout_s=PATIENCE_S)

    assert {job.state for job in jobs.values()} == {"succeeded"}
    inspected = jobs["inspect-version"].attempts[-1].result["inspect"]
    assert (inspected["format"], inspected["points"]) == ("laz", 110_000)
    assert jobs["tile-version"].attempts[-1].result["tile"]["points"] == 110_000


def test_it_fails_a_file_it_cannot_read_with_a_kind_and_leaves_nothing(world: World):
    with world.dispatcher(), real_worker(world):
        completed = world.upload({"scan.laz": b"LASF" + bytes(range(250)) * 20})
        jobs = world.wait(is_in("inspect-version", "failed", "succeeded"), timeout_s=PATIENCE_S)
        world.wait(is_in("verify-upload", "succeeded"))

    error = jobs["inspect-version"].error
    assert error.kind not in {"internal", "parser-crash", "worker-lost"}
    assert error.message
    assert len(jobs["inspect-version"].attempts) == 1
    assert derivatives(world) == []
    key = completed.upload.files[0].object_key
    assert world.store.head(key).size_bytes == 5004
