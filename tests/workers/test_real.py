"""Real files go through real workers into the real room: ``python -m processing run`` under bubblewrap."""

import json
import math
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


def sheet_of_triangles(count: int) -> bytes:
    """Return a wavy square of 2 × (count - 1)² triangles as an OBJ file."""
    rows = [
        f"v {x / 10} {y / 10} {math.sin(x / 5) * math.cos(y / 7)}" for x in range(count) for y in range(count)
    ]
    for x in range(count - 1):
        for y in range(1, count):
            corner = x * count + y
            rows.append(f"f {corner} {corner + count} {corner + 1}")
            rows.append(f"f {corner + 1} {corner + count} {corner + count + 1}")
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
        jobs = world.wait(
            lambda jobs: len(jobs) == 4 and all(job.ended_at for job in jobs.values()), timeout_s=PATIENCE_S
        )

    assert jobs["copc-version"].attempts[-1].result["copc"]["points"] == 3600
    assert ("copc", "ready") in derivatives(world)
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
        jobs = world.wait(is_in("copc-version", "succeeded", "failed"), timeout_s=PATIENCE_S)

    assert jobs["copc-version"].attempts[-1].result["copc"]["points"] == 110_000
    assert jobs["tile-version"].state == "succeeded"
    inspected = jobs["inspect-version"].attempts[-1].result["inspect"]
    assert (inspected["format"], inspected["points"]) == ("laz", 110_000)
    assert jobs["tile-version"].attempts[-1].result["tile"]["points"] == 110_000


def test_it_makes_levels_and_tiles_of_a_mesh(world: World):
    with world.dispatcher(), real_worker(world):
        world.upload({"sheet.obj": sheet_of_triangles(60)}, asset_kind="mesh")
        jobs = world.wait(
            lambda jobs: len(jobs) == 5 and all(job.ended_at for job in jobs.values()), timeout_s=PATIENCE_S
        )

    assert {name: job.state for name, job in jobs.items()} == dict.fromkeys(
        ["verify-upload", "bundle-version", "inspect-version", "tile-version", "lod-version"], "succeeded"
    )
    levels = jobs["lod-version"].attempts[-1].result["lod"]["levels"]
    assert levels[0]["triangles"] > levels[-1]["triangles"] > 0
    assert ("lod", "ready") in derivatives(world)


def test_it_registers_a_second_scan_by_its_control_points(world: World):
    shifted = "\n".join(
        f"{float(x) + 30} {float(y) - 20} {z}"
        for x, y, z in (row.split() for row in grid(60).decode().splitlines())
    )
    corners = [(0.0, 0.0, 0.0), (5.9, 0.0, 0.0), (0.0, 5.9, 0.0), (5.9, 5.9, 0.02)]
    control = [
        {"name": f"mark {number}", "moving": [x + 30, y - 20, z], "fixed": [x, y, z]}
        for number, (x, y, z) in enumerate(corners)
    ]

    with world.dispatcher(), real_worker(world):
        world.upload({"sheet.xyz": grid(60)})
        world.wait(is_in("tile-version", "succeeded", "failed"), timeout_s=PATIENCE_S)
        world.upload({"again.xyz": shifted.encode()}, control=control)
        jobs = world.wait(is_in("register-version", "succeeded", "failed"), timeout_s=PATIENCE_S)

    assert jobs["register-version"].state == "succeeded", jobs["register-version"].error
    found = jobs["register-version"].attempts[-1].result["register"]
    assert [round(row[3], 2) for row in found["fixed_from_moving"]][:2] == [-30.0, 20.0]


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
