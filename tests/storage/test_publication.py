"""What may become public, when, and by whose word."""

import pytest

from storage.callers import Role
from storage.db import transaction
from storage.errors import ForbiddenError
from storage.jobs.control import retry
from storage.jobs.finishing import fail
from storage.jobs.queries import jobs_of_version
from storage.jobs.records import Outputs
from storage.organisations.commands import add_member
from storage.placements.errors import VersionNotInspectedError
from storage.uploads.queries import get_upload
from storage.versions.commands import publish
from storage.versions.queries import get_version
from tests.storage.test_flows import tiled
from tests.storage.world import sha256


@pytest.fixture
def world(quiet_world):
    """An empty queue."""
    return quiet_world


@pytest.fixture
def asset(world, request):
    """An asset to upload to."""
    return world.asset(world.subject(request.node.name[:60]))


def state(world, version_id) -> str:
    with transaction(world.sessions) as db:
        return get_version(db, world.curator, version_id).state


def test_it_publishes_nothing_while_it_is_being_looked_into(world, asset):
    done = world.uploaded(asset)
    world.verify()
    with transaction(world.sessions) as db, pytest.raises(VersionNotInspectedError):
        publish(db, world.curator, world.store, done.version.id)
    world.inspect()
    with transaction(world.sessions) as db:
        published = publish(db, world.curator, world.store, done.version.id)

    assert (published.state, published.kind, published.points) == ("published", "point_cloud", 1000)


def test_it_lets_a_curator_publish_what_no_parser_reads(world, asset):
    done = world.uploaded(asset)
    world.verify()
    claim = world.claimed("inspect-version")
    with transaction(world.sessions) as db:
        fail(db, claim, kind="unknown-format", message="no format is known that begins so")
    with transaction(world.sessions) as db:
        published = publish(db, world.curator, world.store, done.version.id)

    assert (published.state, published.kind) == ("published", None)


def test_it_takes_the_wish_to_publish_from_curators_only(world, asset):
    with pytest.raises(ForbiddenError):
        world.open(asset, {"a.las": b"x"}, publish=True)


def test_it_publishes_nothing_by_the_word_of_somebody_who_may_no_more(world, asset):
    curator = world.member(world.hue, Role.CURATOR)
    done = world.uploaded(asset, publish=True, by=curator)
    with transaction(world.sessions) as db:
        add_member(db, world.root, world.hue, role="contributor", person_id=curator.person_id)
    world.verify()
    world.inspect()
    tiled(world)

    assert state(world, done.version.id) == "draft"


def test_it_does_not_call_a_refused_upload_verified_when_its_job_is_tried_again(world, asset):
    upload = world.open(asset, {"a.las": b"found"}, promised={"a.las": "1" * 64})
    world.send(upload, {"a.las": b"found"})
    done = world.complete(upload)
    failed = world.verify()
    with transaction(world.sessions) as db:
        retry(db, world.curator, failed.id)
    again = world.verify()
    with transaction(world.sessions) as db:
        refused = get_upload(db, world.curator, upload.id)
        version = get_version(db, world.curator, done.version.id)

    assert (again.state, again.error.kind) == ("failed", "checksum-mismatch")
    assert sha256(b"found") in again.error.message
    assert (refused.state, version.verified_at) == ("refused", None)


def test_it_does_not_publish_when_a_job_failed_and_does_when_it_was_tried_again(world, asset):
    done = world.uploaded(asset, publish=True, by=world.curator)
    world.verify()
    world.inspect()
    claim = world.claimed("tile-version")
    with transaction(world.sessions) as db:
        job = fail(db, claim, kind="memory-limit", message="used 3 GiB of 2")
    before = state(world, done.version.id)
    with transaction(world.sessions) as db:
        retry(db, world.curator, job.id)
    tiled(world)

    assert (before, state(world, done.version.id)) == ("draft", "published")


def test_it_cancels_what_waits_for_a_cancelled_job_and_finishes_after_all_were_tried_again(world, asset):
    done = world.uploaded(asset)
    world.verify()
    claim = world.claimed("inspect-version")
    with transaction(world.sessions) as db:
        fail(db, claim, kind="cancelled", message="by hand", outputs=Outputs())
    with transaction(world.sessions) as db:
        (failed,) = [j for j in jobs_of_version(db, world.curator, done.version.id) if j.state == "failed"]
        retry(db, world.curator, failed.id)
    world.inspect()
    tiled(world)
    with transaction(world.sessions) as db:
        states = {j.operation: j.state for j in jobs_of_version(db, world.curator, done.version.id)}

    assert states["tile-version"] == "succeeded"
