"""Which jobs follow which, and what they leave."""

import pytest

from storage.captures.commands import create_capture
from storage.db import transaction
from storage.derivatives.commands import begin, reap
from storage.derivatives.keys import object_key
from storage.derivatives.queries import current, list_derivatives, lost_derivatives
from storage.jobs.claims import requeue_expired
from storage.jobs.control import cancel, retry
from storage.jobs.errors import JobEndedError, JobNotEndedError, LostLeaseError, OutputRefusedError
from storage.jobs.finishing import fail
from storage.jobs.inputs import inputs_of
from storage.jobs.queries import jobs_of_version, one_job
from storage.jobs.records import Account, Claim, MadeDerivative, MadeFile, Outputs
from storage.versions.queries import get_version
from tests.storage.test_claims import expire
from tests.storage.world import INSPECTED


@pytest.fixture
def world(quiet_world):
    """An empty queue."""
    return quiet_world


@pytest.fixture
def asset(world, request):
    """An asset to upload to."""
    return world.asset(world.subject(request.node.name[:60]))


def states(world, version_id) -> dict[str, str]:
    """By operation, the states of a version's jobs."""
    with transaction(world.sessions) as db:
        return {job.operation: job.state for job in jobs_of_version(db, world.curator, version_id)}


def made(world, claim: Claim, kind: str, step: str) -> MadeDerivative:
    """Begin a derivative and put its one file."""
    with transaction(world.sessions) as db:
        derivative = begin(db, claim, kind=kind, operation=step)
    world.store.put(object_key(derivative, "index.json"), b"{}", media_type="application/json")
    file = MadeFile(
        path="index.json", role="index", media_type="application/json", size_bytes=2, sha256="0" * 64
    )
    return MadeDerivative(id=derivative, result={"tiles": 1}, files=[file])


def tiled(world) -> None:
    """Do the next `tile-version`."""
    claim = world.claimed("tile-version")
    world.finish(claim, Outputs(derivatives=[made(world, claim, "tileset", "tile")]))


def test_it_tiles_after_both_verification_and_inspection(world, asset):
    done = world.uploaded(asset)
    world.inspect()
    waiting = states(world, done.version.id)
    world.verify()

    assert waiting["tile-version"] == "waiting"
    assert states(world, done.version.id)["tile-version"] == "queued"


def test_it_makes_levels_of_detail_of_meshes(world, asset):
    done = world.uploaded(asset)
    world.verify()
    world.inspect(kind="mesh", triangles=12)

    assert states(world, done.version.id)["lod-version"] == "queued"


def test_it_publishes_without_waiting_for_the_file_of_analysts(world, asset):
    done = world.uploaded(asset, publish=True, by=world.curator)
    world.inspect()
    world.verify()
    first = world.claimed()
    world.finish(first, Outputs(derivatives=[made(world, first, "tileset", "tile")]))
    with transaction(world.sessions) as db:
        published = get_version(db, world.curator, done.version.id)
    last = world.claimed("copc-version")
    world.finish(last, Outputs(derivatives=[made(world, last, "copc", "copc")]))

    assert (first.operation, published.state) == ("tile-version", "published")
    assert states(world, done.version.id)["copc-version"] == "succeeded"
    with transaction(world.sessions) as db:
        assert current(db, done.version.id, "copc") is not None


def test_it_makes_no_tiles_of_what_has_no_geometry(world, asset):
    done = world.uploaded(asset)
    world.verify()
    world.inspect(kind="document")

    assert set(states(world, done.version.id)) == {"verify-upload", "inspect-version"}


def test_it_publishes_on_finish_when_all_is_there(world, asset):
    done = world.uploaded(asset, publish=True, by=world.curator)
    world.inspect()
    world.verify()
    with transaction(world.sessions) as db:
        before = get_version(db, world.curator, done.version.id)
    tiled(world)
    with transaction(world.sessions) as db:
        after = get_version(db, world.curator, done.version.id)

    assert (before.state, after.state, after.number) == ("draft", "published", 1)


def test_it_publishes_nothing_refused(world, asset):
    upload = world.open(asset, {"a.las": b"x"}, promised={"a.las": "1" * 64}, publish=True, by=world.curator)
    world.send(upload, {"a.las": b"x"}, by=world.curator)
    done = world.complete(upload, by=world.curator)
    world.inspect()
    world.verify()

    assert world.claim("tile-version") is None
    with transaction(world.sessions) as db:
        jobs = {job.operation: job for job in jobs_of_version(db, world.curator, done.version.id)}
        assert get_version(db, world.curator, done.version.id).state == "draft"
    assert jobs["tile-version"].error.kind == "dependency-failed"
    assert "checksum-mismatch" in jobs["tile-version"].error.message


def test_it_makes_tiles_of_the_same_bytes_once(world, asset):
    first = world.uploaded(asset, b"shared")
    world.verify()
    world.inspect()
    tiled(world)
    second = world.uploaded(asset, b"shared")
    world.verify()
    world.inspect()
    with transaction(world.sessions) as db:
        one, two = (current(db, done.version.id, "tileset") for done in (first, second))

    assert one.id == two.id
    assert "tile-version" not in states(world, second.version.id)


def test_it_keeps_the_steps_before_a_failing_one_and_fails_what_depends_on_it(world, asset):
    done = world.uploaded(asset)
    claim = world.claimed("inspect-version")
    with transaction(world.sessions) as db:
        failed = fail(
            db,
            claim,
            kind="truncated",
            message="ends after 7 of 10 points",
            hint="send it again",
            outputs=Outputs(results={"inspect": {"kind": "point_cloud"}}),
        )

    assert failed.attempts[0].result == {"inspect": {"kind": "point_cloud"}}
    assert failed.error.kind == "truncated"
    assert set(states(world, done.version.id)) == {"verify-upload", "inspect-version"}


def test_it_revives_dependents_with_what_they_need(world):
    needed = world.job(parameters={"n": 1})
    dependent = world.job(parameters={"n": 2}, needs=[needed])
    last = world.job(parameters={"n": 3}, needs=[dependent])
    with transaction(world.sessions) as db:
        cancel(db, world.contributor, needed)
    with transaction(world.sessions) as db:
        fallen = [one_job(db, each).state for each in (needed, dependent, last)]
        retry(db, world.contributor, needed)
    with transaction(world.sessions) as db:
        revived = [one_job(db, each).state for each in (needed, dependent, last)]
        with pytest.raises(JobNotEndedError):
            retry(db, world.contributor, needed)

    assert fallen == ["cancelled", "failed", "failed"]
    assert revived == ["queued", "waiting", "waiting"]


def test_it_cancels_nothing_that_has_ended(world):
    job = world.job()
    world.finish(world.claimed())

    with transaction(world.sessions) as db, pytest.raises(JobEndedError):
        cancel(db, world.contributor, job)


def test_it_makes_nothing_current_under_a_stale_fence_and_reaps_it(fresh_world):
    world = fresh_world
    asset = world.asset(world.subject("stale"))
    done = world.uploaded(asset)
    world.verify()
    world.inspect()
    lost = world.claimed("tile-version")
    outputs = Outputs(derivatives=[made(world, lost, "tileset", "tile")])
    expire(world)
    with transaction(world.sessions) as db:
        requeue_expired(db)
    tiled(world)

    with pytest.raises(LostLeaseError):
        world.finish(lost, outputs)
    with transaction(world.sessions) as db:
        kept = list_derivatives(db, world.curator, done.version.id)
        assert lost_derivatives(db) == [outputs.derivatives[0].id]
        assert reap(db, world.store, outputs.derivatives[0].id) == 1
        assert lost_derivatives(db) == []

    assert len(kept) == 1
    assert [item.key for item in world.store.list("derivatives/")] == [object_key(kept[0].id, "index.json")]


def test_it_numbers_the_inputs_of_a_job(world, asset):
    upload = world.open(asset, {"a.ply": b"o", "a.mtl": b"m"})
    world.send(upload, {"a.ply": b"o", "a.mtl": b"m"})
    world.complete(upload)
    with transaction(world.sessions) as db:
        verify = inputs_of(db, world.claimed("verify-upload"))
        inspect = inputs_of(db, world.claimed("inspect-version"))

    assert [file.path for file in verify] == [file.path for file in inspect] == ["a.ply", "a.mtl"]
    assert all(file.file_id is not None for file in verify)


def test_it_stores_what_a_hostile_name_left_of_itself_and_refuses_what_is_no_number(world, asset):
    done = world.uploaded(asset)
    claim = world.claimed("inspect-version")
    with pytest.raises(OutputRefusedError):
        world.finish(claim, Outputs(results={"inspect": {**INSPECTED, "bounds": [[float("nan")]]}}))
    results = {"inspect": {**INSPECTED, "stations": [{"name": "S\x001"}]}}
    world.finish(claim, Outputs(results=results, account=Account(log_tail="a\x00b")))
    with transaction(world.sessions) as db:
        stations = get_version(db, world.curator, done.version.id).stations

    assert stations == [{"name": "S\ufffd1"}]


def test_it_tells_every_step_the_crs_of_the_capture(world):
    subject = world.subject("crs")
    with transaction(world.sessions) as db:
        made_of = {
            crs: create_capture(
                db, world.contributor, subject.id, code=code, method="tls", date_edtf="2024", crs=crs
            ).id
            for code, crs in (("a", "EPSG:3405"), ("b", None))
        }
    asset = world.asset(subject)
    told = {}
    for crs, capture_id in made_of.items():
        done = world.uploaded(asset, b"the same points", capture_id=capture_id)
        world.inspect()
        world.verify()
        with transaction(world.sessions) as db:
            jobs = {job.operation: job for job in jobs_of_version(db, world.curator, done.version.id)}
        told[crs] = [jobs[name].arguments.get("crs") for name in ("inspect-version", "tile-version")]

    assert told == {"EPSG:3405": ["EPSG:3405", "EPSG:3405"], None: [None, None]}
