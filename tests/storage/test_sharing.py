"""A cloud too large for one worker: spread, tiled in parts, joined; what is kept and what goes."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage import clock
from storage.db import transaction
from storage.derivatives.commands import begin, reap
from storage.derivatives.keys import object_key
from storage.derivatives.queries import current, lost_derivatives, object_keys
from storage.jobs.abandoning import give_up, idle_sharings
from storage.jobs.claims import requeue_expired
from storage.jobs.control import cancel, retry
from storage.jobs.errors import JobNotEndedError, LostLeaseError, OutputRefusedError, WorkGoneError
from storage.jobs.estimates import shared_disk_mib
from storage.jobs.finishing import confirm_cancelled, fail, finish
from storage.jobs.inputs import inputs_of
from storage.jobs.liveness import register_worker
from storage.jobs.queries import jobs_of_version, one_job
from storage.jobs.records import Claim, MadeDerivative, MadeFile, Outputs
from storage.jobs.sharing import Sharing
from storage.jobs.unfit import fail_unfit
from storage.versions.commands import publish, withdraw
from storage.versions.queries import get_version
from tests.storage.test_claims import expire
from tests.storage.world import INSPECTED

SMALL = Sharing(spread_points=500, group_points=400)
GROUPS = [{"number": n, "file": f"chunks-{n:04d}.bin", "points": 300 + n} for n in range(3)]


@pytest.fixture
def world(quiet_world):
    """An empty queue."""
    return quiet_world


@pytest.fixture
def asset(world, request):
    """An asset to upload to."""
    return world.asset(world.subject(request.node.name[:60]))


def shared(world, asset, **more):
    """An uploaded version that waits to be spread."""
    done = world.uploaded(asset, **more)
    world.verify()
    claim = world.claimed("inspect-version")
    with transaction(world.sessions) as db:
        finish(db, world.store, claim, Outputs(results={"inspect": INSPECTED}), sharing=SMALL)
    return done.version.id


def made(world, claim: Claim, kind: str, roles: dict[str, str]) -> MadeDerivative:
    """Begin a derivative and put its files (path → role)."""
    with transaction(world.sessions) as db:
        derivative = begin(db, claim, kind=kind, operation=claim.operation)
    files = []
    for path, role in roles.items():
        world.store.put(object_key(derivative, path, kind), b"{}", media_type="application/json")
        files.append(
            MadeFile(path=path, role=role, media_type="application/json", size_bytes=2, sha256="0" * 64)
        )
    return MadeDerivative(id=derivative, result={"made": kind}, files=files)


def spread(world, groups=GROUPS) -> Claim:
    """Do the next `spread-version`."""
    claim = world.claimed("spread-version")
    paths = {"spread.json": "table"} | {row["file"]: "chunks" for row in GROUPS}
    work = made(world, claim, "work", paths)
    world.finish(claim, Outputs(results={"spread": {"groups": groups}}, derivatives=[work]))
    return claim


def part_outputs(world, claim: Claim) -> Outputs:
    """What an attempt at a part brings home."""
    return Outputs(
        results={"tile-group": {"points": 1}},
        derivatives=[
            made(world, claim, "part", {"pack-0000.bin": "pack"}),
            made(world, claim, "work", {"part.json": "table", "upward.bin": "chunks"}),
        ],
    )


def tiled(world, worker: str = "w1") -> Claim:
    """Do the next `tile-group`."""
    claim = world.claimed("tile-group", worker=worker)
    world.finish(claim, part_outputs(world, claim))
    return claim


def joined(world) -> MadeDerivative:
    """Do the `join-tiles`."""
    claim = world.claimed("join-tiles")
    tileset = made(world, claim, "tileset", {"index.json": "index", "pack-0000.bin": "pack"})
    world.finish(claim, Outputs(results={"join": {}}, derivatives=[tileset]))
    return tileset


def jobs(world, version_id, operation: str):
    """The jobs of one operation of a version."""
    with transaction(world.sessions) as db:
        found = jobs_of_version(db, world.curator, version_id)
    return [job for job in found if job.operation == operation]


def states(world, version_id, operation: str) -> list[str]:
    """Their states."""
    return [job.state for job in jobs(world, version_id, operation)]


def reaped(world) -> None:
    """Reap all that is lost or spent."""
    with transaction(world.sessions) as db:
        for derivative_id in lost_derivatives(db):
            reap(db, world.store, derivative_id)


def keys(world, prefix: str) -> list[str]:
    """What lies under a prefix."""
    return [item.key for item in world.store.list(prefix)]


def work_of(world, version_id) -> list[str]:
    """What lies there still of the work that the jobs of a version have left."""
    made = text(
        "SELECT derivative.id FROM derivative JOIN attempt ON attempt.id = attempt_id"
        " JOIN job ON job.id = job_id WHERE version_id = :v AND kind = 'work'"
    )
    with transaction(world.sessions) as db:
        ids = list(db.scalars(made, {"v": version_id}))
    assert ids
    return [key for each in ids for key in keys(world, f"work/{each}/")]


def test_it_tiles_a_large_cloud_in_parts_that_any_worker_takes(world, asset):
    version_id = shared(world, asset)
    tiling = {
        job.operation: job.arguments for job in jobs(world, version_id, "spread-version")
    }  # no tile-version
    assert tiling == {"spread-version": {"kind": "point_cloud", "points": 1000, "group_points": 400}}
    assert states(world, version_id, "tile-version") == []

    spread(world)
    (join,) = jobs(world, version_id, "join-tiles")
    assert states(world, version_id, "tile-group") == ["queued"] * 3
    assert (join.state, join.stage, join.done, join.total, join.unit) == ("waiting", "tiling", 0, 3, "parts")

    for worker in ("w1", "w2", "w1"):
        tiled(world, worker)
    (join,) = jobs(world, version_id, "join-tiles")
    assert (join.state, join.done, join.total) == ("queued", 3, 3)
    assert [job.attempts[0].worker for job in jobs(world, version_id, "tile-group")] == ["w1", "w2", "w1"]


def test_it_gives_each_part_its_chunks_and_the_join_all_parts_in_order(world, asset):
    version_id = shared(world, asset)
    spread(world)
    claims = [world.claimed("tile-group") for _ in range(3)]
    with transaction(world.sessions) as db:
        read = [[file.path for file in inputs_of(db, claim)] for claim in claims]
    # The parts come home in another order than they were cut in.
    for claim in reversed(claims):
        world.finish(claim, part_outputs(world, claim))
    with transaction(world.sessions) as db:
        joins = inputs_of(db, world.claimed("join-tiles"))

    assert read == [["spread.json", f"chunks-{n:04d}.bin"] for n in range(3)]
    assert [file.path for file in joins] == [
        "spread.json",
        *(f"parts/{n:04d}/{name}" for n in range(3) for name in ("part.json", "upward.bin")),
    ]
    assert all(world.store.head(file.object_key).size_bytes == file.size_bytes for file in joins)
    assert version_id


def test_it_joins_the_packs_where_they_lie_and_reaps_all_work(world, asset):
    version_id = shared(world, asset)
    spread(world)
    for _ in range(3):
        tiled(world)
    tileset = joined(world)
    with transaction(world.sessions) as db:
        found = current(db, version_id, "tileset")
        places = object_keys(db, tileset.id)
    reaped(world)

    assert found.id == tileset.id
    assert found.size_bytes == 2 * 5
    assert set(places) == {
        "index.json",
        "pack-0000.bin",
        *(f"parts/{n:04d}/pack-0000.bin" for n in range(3)),
    }
    assert all(world.store.head(key).size_bytes == 2 for key in places.values())
    assert work_of(world, version_id) == []


def test_it_shows_no_part_to_readers(world, asset):
    version_id = shared(world, asset)
    spread(world)
    tiled(world)
    with transaction(world.sessions) as db:
        kinds = db.execute(
            text("SELECT kind FROM version_derivative WHERE version_id = :v"), {"v": version_id}
        )
        assert kinds.all() == []


def test_it_publishes_when_the_parts_are_joined(world, asset):
    version_id = shared(world, asset, publish=True, by=world.curator)
    seen = []

    def look() -> None:
        with transaction(world.sessions) as db:
            seen.append(get_version(db, world.curator, version_id).state)

    look()
    spread(world)
    look()
    for _ in range(3):
        tiled(world)
        look()
    joined(world)
    look()

    assert seen == ["draft"] * 5 + ["published"]


def test_it_keeps_a_part_done_twice_once(world, asset):
    shared(world, asset)
    spread(world)
    slow = world.claimed("tile-group", worker="slow")
    theirs = part_outputs(world, slow)
    expire(world)
    with transaction(world.sessions) as db:
        requeue_expired(db)
    again = world.claimed("tile-group", worker="quick")
    ours = part_outputs(world, again)
    world.finish(again, ours)

    with pytest.raises(LostLeaseError):
        world.finish(slow, theirs)
    reaped(world)
    assert again.job_id == slow.job_id
    for outputs, is_there in ((ours, True), (theirs, False)):
        for each, kind in zip(outputs.derivatives, ("part", "work"), strict=True):
            assert bool(keys(world, object_key(each.id, "", kind))) == is_there


def test_it_refuses_a_table_of_groups_that_makes_no_sense(world, asset):
    shared(world, asset)
    claim = world.claimed("spread-version")
    work = made(world, claim, "work", {"spread.json": "table", "chunks-0000.bin": "chunks"})
    for groups in ([], [{"number": 1, "file": "chunks-0000.bin", "points": 5}], [{"number": 0}], GROUPS):
        with pytest.raises(OutputRefusedError):
            world.finish(claim, Outputs(results={"spread": {"groups": groups}}, derivatives=[work]))


def test_it_fails_the_join_with_the_reason_of_the_part_and_resumes_there(world, asset):
    version_id = shared(world, asset)
    spread(world)
    tiled(world)
    poisoned = world.claimed("tile-group")
    with transaction(world.sessions) as db:
        fail(db, poisoned, kind="disk-limit", message="no room left")
    tiled(world)
    (broken,) = jobs(world, version_id, "join-tiles")
    with transaction(world.sessions) as db:
        retry(db, world.curator, broken.id)
    (waiting,) = jobs(world, version_id, "join-tiles")
    resumed = tiled(world)
    joined(world)

    assert (broken.state, broken.error.kind) == ("failed", "dependency-failed")
    assert "disk-limit" in broken.error.message
    assert (waiting.state, waiting.done, waiting.total) == ("waiting", 2, 3)
    assert resumed.job_id == poisoned.job_id
    assert [len(job.attempts) for job in jobs(world, version_id, "spread-version")] == [1]
    assert sorted(len(job.attempts) for job in jobs(world, version_id, "tile-group")) == [1, 1, 2]


def test_it_cancels_all_jobs_of_a_tiling_with_one(world, asset):
    version_id = shared(world, asset)
    spread(world)
    tiled(world)
    running = world.claimed("tile-group")
    queued = next(job for job in jobs(world, version_id, "tile-group") if job.state == "queued")
    with transaction(world.sessions) as db:
        cancel(db, world.curator, queued.id)
    at_once = states(world, version_id, "tile-group"), states(world, version_id, "join-tiles")
    with pytest.raises(JobNotEndedError), transaction(world.sessions) as db:
        retry(db, world.curator, queued.id)
    with transaction(world.sessions) as db:
        confirm_cancelled(db, running)
        retry(db, world.curator, queued.id)
    revived = states(world, version_id, "tile-group"), states(world, version_id, "join-tiles")
    for _ in range(2):
        tiled(world)
    joined(world)

    assert at_once == (["succeeded", "cancelling", "cancelled"], ["cancelled"])
    assert revived == (["succeeded", "queued", "queued"], ["waiting"])


def test_it_gives_up_what_failed_long_ago_and_spreads_again_if_asked(world, asset):
    version_id = shared(world, asset)
    first = spread(world)
    tiled(world)
    with transaction(world.sessions) as db:
        fail(db, world.claimed("tile-group"), kind="disk-limit", message="no room left")
    tiled(world)
    now = clock.now()
    with transaction(world.sessions) as db:
        assert first.job_id not in idle_sharings(db, before=now - timedelta(days=7))
        assert first.job_id in idle_sharings(db, before=now + timedelta(days=1))
        assert give_up(db, first.job_id, before=now + timedelta(days=1))
    reaped(world)
    left = work_of(world, version_id)
    failed = next(job for job in jobs(world, version_id, "tile-group") if job.state == "failed")
    with transaction(world.sessions) as db:
        retry(db, world.curator, failed.id)
    revived = states(world, version_id, "spread-version") + states(world, version_id, "tile-group")
    spread(world)
    for _ in range(3):
        tiled(world)
    joined(world)
    reaped(world)

    assert left == []
    assert revived == ["queued", "waiting", "waiting", "waiting"]
    assert len(states(world, version_id, "tile-group")) == 3
    assert states(world, version_id, "join-tiles") == ["succeeded"]
    assert work_of(world, version_id) == []


def test_it_gives_up_the_work_of_a_withdrawn_version_at_once(world, asset):
    version_id = shared(world, asset)
    first = spread(world)
    with transaction(world.sessions) as db:
        version = get_version(db, world.curator, version_id)
        cancel(db, world.curator, jobs(world, version_id, "join-tiles")[0].id)
        assert version.state == "draft"
        assert first.job_id not in idle_sharings(db, before=clock.now() - timedelta(days=7))
        db.execute(text("UPDATE version SET publish_on_finish = false WHERE id = :v"), {"v": version_id})
    with transaction(world.sessions) as db:
        publish(db, world.curator, world.store, version_id)
        withdraw(db, world.curator, version_id, reason="a wrong scan")
    with transaction(world.sessions) as db:
        assert first.job_id in idle_sharings(db, before=clock.now() - timedelta(days=7))


def test_it_says_when_the_chunks_of_a_part_are_gone(world, asset):
    shared(world, asset)
    spread(world)
    claim = world.claimed("tile-group")
    with transaction(world.sessions) as db:
        db.execute(text("UPDATE derivative SET state = 'spent' WHERE kind = 'work'"))
        with pytest.raises(WorkGoneError, match=r"chunks-0000\.bin"):
            inputs_of(db, claim)


def test_it_refuses_to_spread_what_fits_on_no_workers_disk(world, asset):
    with transaction(world.sessions) as db:
        db.execute(text("DELETE FROM worker"))
        register_worker(db, "small", memory_mib=4000, disk_mib=2000, room="rlimits")
    done = world.uploaded(asset)
    world.verify()
    claim = world.claimed("inspect-version")
    many = {**INSPECTED, "points": 2_000_000_000}
    with transaction(world.sessions) as db:
        finish(db, world.store, claim, Outputs(results={"inspect": many}), sharing=SMALL)
    with transaction(world.sessions) as db:
        failed = fail_unfit(db, queued_for=timedelta())
        jobs_failed = {one_job(db, job_id).operation: one_job(db, job_id) for job_id in failed}

    error = jobs_failed["spread-version"].error
    assert error.kind == "disk-limit"
    assert str(shared_disk_mib("spread-version", 2_000_000_000)) in error.message
    assert "2000 MiB" in error.message
    assert states(world, done.version.id, "tile-group") == []
