"""Models of several files are looked through first; a zip's files become the version's; refused is freed."""

from datetime import timedelta

import pytest

from storage.clock import now
from storage.db import transaction
from storage.errors import QuotaExceededError
from storage.jobs.digests import input_digests
from storage.jobs.finishing import fail
from storage.jobs.records import MadeMember, Outputs
from storage.organisations.tables import OrganisationRow
from storage.uploads.orphans import orphan_multiparts
from storage.uploads.queries import get_upload
from storage.uploads.quota import used_bytes
from storage.uploads.reaping import deleted_blobs, drop_refused, drop_unused, reap_blob
from storage.versions.members import begin_members
from storage.versions.queries import get_version
from tests.storage.world import World, sha256

MODEL = {"hall/hall.obj": b"mtllib hall.mtl\n", "hall/hall.mtl": b"newmtl a\n"}


def sent(world: World, files: dict[str, bytes]):
    """A received upload of files."""
    asset = world.asset(world.subject("bundle-" + world.job().hex[-12:]))
    world.empty_queue()
    upload = world.open(asset, files)
    world.send(upload, files)
    return world.complete(upload)


def unpacked(world: World, claim, model: dict[str, bytes] = MODEL) -> tuple[MadeMember, ...]:
    """Store what an archive holds, as the worker does."""
    with transaction(world.sessions) as db:
        places = begin_members(db, claim, [len(data) for data in model.values()])
    made = []
    for (path, data), place in zip(model.items(), places, strict=True):
        world.store.put(place.object_key, data, media_type="application/octet-stream")
        made.append(MadeMember(path=path, blob_id=place.blob_id, size_bytes=len(data), sha256=sha256(data)))
    return tuple(made)


def test_it_looks_a_model_through_before_it_is_inspected(quiet_world: World):
    done = sent(quiet_world, MODEL)
    claim = quiet_world.claimed("bundle-version")
    before = quiet_world.claim("inspect-version")
    quiet_world.finish(claim, Outputs(results={"bundle": {}}))

    assert {job.operation for job in done.jobs} == {"verify-upload", "bundle-version"}
    assert before is None
    assert quiet_world.claimed("inspect-version").version_id == done.version.id


def test_it_refuses_a_model_that_is_not_whole_and_frees_its_room(fresh_world: World):
    world = fresh_world
    done = sent(world, MODEL)
    claim = world.claimed("bundle-version")
    with transaction(world.sessions) as db:
        before = used_bytes(db, world.hue)
        fail(db, claim, kind="missing-reference", message="hall.mtl refers to 'roof.jpg'", hint="send it")
    world.verify()
    with transaction(world.sessions) as db:
        upload = get_upload(db, world.contributor, done.upload.id)
        freed = used_bytes(db, world.hue)
        kept = drop_refused(db, before=now() - timedelta(days=7))
        dropped = drop_refused(db, before=now() + timedelta(seconds=1))
    with transaction(world.sessions) as db:
        reaped = [reap_blob(db, world.store, blob) for blob in deleted_blobs(db)]

    assert (upload.state, upload.refusal["kind"]) == ("refused", "missing-reference")
    assert (before, freed) == (sum(map(len, MODEL.values())), 0)
    assert (kept, dropped) == (0, 2)
    assert reaped == [True, True]
    assert world.claim("inspect-version") is None


def test_it_keeps_an_upload_whose_bundle_may_be_looked_through_another_time(quiet_world: World):
    done = sent(quiet_world, MODEL)
    with transaction(quiet_world.sessions) as db:
        fail(db, quiet_world.claimed("bundle-version"), kind="memory-limit", message="too little", hint=None)
        assert get_upload(db, quiet_world.contributor, done.upload.id).state == "received"


def test_it_makes_the_files_of_an_archive_the_versions_once_it_is_verified(fresh_world: World):
    world = fresh_world
    done = sent(world, {"hall.zip": b"PK all of it"})
    assert world.claim("bundle-version") is None
    world.verify()
    claim = world.claimed("bundle-version")
    members = unpacked(world, claim)
    world.finish(claim, Outputs(results={"bundle": {}}, members=members))
    with transaction(world.sessions) as db:
        version = get_version(db, world.contributor, done.version.id)
        held = used_bytes(db, world.hue)

    assert [(file.path, file.sha256) for file in version.files] == [
        (path, sha256(data)) for path, data in MODEL.items()
    ]
    assert version.size_bytes == held == sum(map(len, MODEL.values()))
    assert world.claimed("inspect-version").version_id == version.id


def test_it_tells_unpacked_models_apart_by_their_bytes(fresh_world: World):
    world = fresh_world
    keys = []
    for content in (b"PK one", b"PK two"):
        model = {**MODEL, "hall/hall.mtl": content}
        sent(world, {"hall.zip": content})
        world.verify()
        claim = world.claimed("bundle-version")
        members = unpacked(world, claim, model)
        world.finish(claim, Outputs(results={"bundle": {}}, members=members))
        with transaction(world.sessions) as db:
            keys.append(input_digests(db, claim.version_id))

    assert keys[0][0] == keys[1][0]
    assert keys[0][1] != keys[1][1]


def test_it_unpacks_nothing_beyond_the_quota_and_lets_go_of_what_a_lost_attempt_left(fresh_world: World):
    world = fresh_world
    sent(world, {"hall.zip": b"PK"})
    world.verify()
    claim = world.claimed("bundle-version")
    with transaction(world.sessions) as db:
        begin_members(db, claim, [30])
        db.get_one(OrganisationRow, world.hue).quota_bytes = 40
    with transaction(world.sessions) as db, pytest.raises(QuotaExceededError):
        begin_members(db, claim, [30])
    with transaction(world.sessions) as db:
        assert drop_unused(db, before=now() - timedelta(days=7)) == 0
        assert drop_unused(db, before=now() + timedelta(seconds=1)) == 1
        assert used_bytes(db, world.hue) == 2


def test_it_finds_multipart_uploads_that_no_row_knows(fresh_world: World):
    world = fresh_world
    asset = world.asset(world.subject("orphans"))
    world.open(asset, {"scan.las": b"known"})
    lost = world.store.create_multipart("blobs/lost", media_type="application/octet-stream")
    with transaction(world.sessions) as db:
        young = orphan_multiparts(db, world.store, before=now() - timedelta(hours=1))
        found = orphan_multiparts(db, world.store, before=now() + timedelta(seconds=1))

    assert young == []
    assert [each.multipart_id for each in found] == [lost]
