"""Bytes on their way in, through breaks and lies."""

from datetime import timedelta

import pytest

from storage.captures.commands import create_capture
from storage.clock import now
from storage.db import transaction
from storage.errors import ForbiddenError, NotFoundError, QuotaExceededError
from storage.jobs.records import Outputs
from storage.organisations.tables import OrganisationRow
from storage.subjects.commands import create_subject
from storage.uploads.commands import abandon, open_upload, reap_idle, sign_parts
from storage.uploads.completing import complete
from storage.uploads.errors import (
    InvalidUploadError,
    UnknownPartError,
    UploadNotOpenError,
    UploadPartsMismatchError,
)
from storage.uploads.plan import MIB, part_size, parts_of, size_of_part
from storage.uploads.queries import get_upload, idle_uploads, list_uploads, parts_there
from storage.uploads.quota import used_bytes
from storage.uploads.reaping import deleted_blobs, reap_blob
from storage.uploads.records import NewFile, PartToSign
from storage.versions.assets import create_asset
from storage.versions.queries import get_version
from tests.storage.world import SHIFTED, sha256

REJECTED = {"state": "rejected", "fixed_from_moving": SHIFTED, "method": "none"}
TWO_PARTS = bytes(17 * MIB)


@pytest.fixture
def asset(world, request):
    """An asset of a subject of this test."""
    return world.asset(world.subject(request.node.name.replace("[", "-").replace("]", "")[:60]))


@pytest.mark.parametrize(
    ("size", "part", "parts"),
    [
        (1, 16 * MIB, 1),
        (16 * MIB, 16 * MIB, 1),
        (16 * MIB + 1, 16 * MIB, 2),
        (9000 * 16 * MIB, 16 * MIB, 9000),
        (1024**4, -(-(1024**4) // 9000), 9000),
    ],
)
def test_it_plans_parts_by_size(size, part, parts):
    assert (part_size(size), parts_of(size)) == (part, parts)
    assert (parts - 1) * part + size_of_part(size, parts, part) == size


def test_it_takes_a_file_in_parts_and_makes_a_draft_with_its_first_jobs(world, asset):
    upload = world.open(asset, {"scan.las": TWO_PARTS})
    world.send(upload, {"scan.las": TWO_PARTS})
    done = world.complete(upload)

    assert done.upload.state == "received"
    assert (done.version.state, done.version.number) == ("draft", None)
    assert done.version.size_bytes == 17 * MIB
    assert [(job.operation, job.state) for job in done.jobs] == [
        ("verify-upload", "queued"),
        ("inspect-version", "queued"),
    ]
    assert world.store.get(done.version.files[0].object_key) == TWO_PARTS
    assert done.version.files[0].object_key.startswith("blobs/")


def test_it_completes_twice_with_one_answer(world, asset):
    first = world.uploaded(asset, b"twice")
    second = world.complete(first.upload)

    assert second.version.id == first.version.id
    assert [job.id for job in second.jobs] == [job.id for job in first.jobs]


def test_it_completes_after_the_store_did_and_the_transaction_was_lost(world, asset):
    upload = world.open(asset, {"scan.las": b"lost answer"})
    world.send(upload, {"scan.las": b"lost answer"})
    with world.sessions() as db:  # closed without a commit
        complete(db, world.contributor, world.store, upload.id)

    assert world.complete(upload).upload.state == "received"


def test_it_says_which_parts_are_there(world, asset):
    upload = world.open(asset, {"scan.las": TWO_PARTS})
    file = upload.files[0]
    world.send_part(upload, file.id, 2, TWO_PARTS[16 * MIB :])
    with transaction(world.sessions) as db:
        there = parts_there(db, world.contributor, world.store, upload.id)

    assert [(part.number, part.size_bytes) for part in there[file.id]] == [(2, MIB)]


def test_it_refuses_to_complete_when_a_part_is_missing_and_goes_on_after(world, asset):
    upload = world.open(asset, {"scan.las": TWO_PARTS})
    file = upload.files[0]
    world.send_part(upload, file.id, 1, TWO_PARTS[: 16 * MIB])

    with pytest.raises(UploadPartsMismatchError) as refused:
        world.complete(upload)
    world.send_part(upload, file.id, 2, TWO_PARTS[16 * MIB :])

    assert refused.value.details["missing"] == [2]
    assert refused.value.details["found"]
    assert world.complete(upload).upload.state == "received"


def test_it_refuses_parts_that_are_not_those_last_signed_with_both_digests(world, asset):
    upload = world.open(asset, {"scan.las": b"right"})
    file = upload.files[0]
    world.send_part(upload, file.id, 1, b"right")
    with transaction(world.sessions) as db:
        other = PartToSign(file_id=file.id, number=1, size_bytes=5, sha256=sha256(b"other"))
        sign_parts(db, world.contributor, world.store, upload.id, [other])

    with pytest.raises(UploadPartsMismatchError) as refused:
        world.complete(upload)

    assert refused.value.kind == "upload-parts-mismatch"
    assert refused.value.details["promised"]
    assert set(refused.value.details) >= {"path", "promised", "found"}


def test_it_takes_captures_of_the_same_site_only(world, asset):
    other = world.subject("captured-elsewhere", visibility="public")
    with transaction(world.sessions) as db:
        capture = create_capture(
            db, world.contributor, other.id, code="c1", method="terrestrial_laser", date_edtf="2022"
        )

    with pytest.raises(InvalidUploadError):
        world.open(asset, {"scan.las": b"x"}, capture_id=capture.id)


def test_it_signs_no_part_twice_at_once(world, asset):
    upload = world.open(asset, {"scan.las": b"right"})
    parts = [
        PartToSign(file_id=upload.files[0].id, number=1, size_bytes=5, sha256=sha256(data))
        for data in (b"right", b"wrong")
    ]

    with transaction(world.sessions) as db, pytest.raises(InvalidUploadError):
        sign_parts(db, world.contributor, world.store, upload.id, parts)


@pytest.mark.parametrize(("number", "size"), [(0, 5), (2, 5), (1, 4), (1, 6)])
def test_it_signs_only_the_planned_parts(world, asset, number, size):
    upload = world.open(asset, {"scan.las": b"right"})
    part = PartToSign(file_id=upload.files[0].id, number=number, size_bytes=size, sha256="0" * 64)

    with transaction(world.sessions) as db, pytest.raises(UnknownPartError):
        sign_parts(db, world.contributor, world.store, upload.id, [part])


@pytest.mark.parametrize(
    "files",
    [
        [],
        [NewFile(path="a", size_bytes=0)],
        [NewFile(path="../a", size_bytes=1)],
        [NewFile(path="/a", size_bytes=1)],
        [NewFile(path="a//b", size_bytes=1)],
        [NewFile(path="a\\b", size_bytes=1)],
        [NewFile(path="a\x00", size_bytes=1)],
        [NewFile(path="A", size_bytes=1), NewFile(path="a", size_bytes=1)],
        [NewFile(path="caf\u00e9", size_bytes=1), NewFile(path="cafe\u0301", size_bytes=1)],
        [
            NewFile(path="\u0110i\u1ec7n.obj", size_bytes=1),
            NewFile(path="\u0111ie\u0323\u0302n.obj", size_bytes=1),
        ],
        [NewFile(path="a", size_bytes=1), NewFile(path="A/b", size_bytes=1)],
        [NewFile(path="b/c/d", size_bytes=1), NewFile(path="b/c", size_bytes=1)],
        [NewFile(path="a/" + "x" * 256, size_bytes=1)],
        [NewFile(path="\u1ec7" * 100, size_bytes=1)],
        [NewFile(path="/".join(["x" * 99] * 10), size_bytes=1)],
        [NewFile(path="a", size_bytes=1, sha256="no")],
        [NewFile(path="a", size_bytes=6 * 1024**4)],
    ],
)
def test_it_refuses_promises_that_cannot_be_kept(world, asset, files):
    with transaction(world.sessions) as db, pytest.raises(InvalidUploadError):
        open_upload(db, world.contributor, world.store, asset_id=asset, files=files)


def test_it_verifies_what_the_server_hashed(world, asset):
    done = world.uploaded(asset, b"all true")
    job = world.verify()
    with transaction(world.sessions) as db:
        upload = get_upload(db, world.contributor, done.upload.id)
        version = get_version(db, world.contributor, done.version.id)

    assert (job.state, upload.state) == ("succeeded", "verified")
    assert version.files[0].sha256 == sha256(b"all true")
    assert version.verified_at is not None


def test_it_refuses_a_file_whose_digest_differs_with_both_and_keeps_the_bytes(world, asset):
    upload = world.open(asset, {"scan.las": b"found"}, promised={"scan.las": sha256(b"promised")})
    world.send(upload, {"scan.las": b"found"})
    done = world.complete(upload)
    job = world.verify()
    with transaction(world.sessions) as db:
        refused = get_upload(db, world.contributor, upload.id)
        version = get_version(db, world.contributor, done.version.id)

    assert (job.state, job.error.kind) == ("failed", "checksum-mismatch")
    assert refused.state == "refused"
    assert refused.refusal["files"][0]["promised_sha256"] == sha256(b"promised")
    assert refused.refusal["files"][0]["found_sha256"] == sha256(b"found")
    assert (version.state, version.verified_at) == ("draft", None)
    assert world.store.get(version.files[0].object_key) == b"found"


def test_it_keeps_the_same_bytes_once_in_an_organisation(fresh_world):
    world = fresh_world
    asset = world.asset(world.subject("once"))
    first = world.uploaded(asset, b"same bytes")
    world.verify()
    second = world.uploaded(asset, b"same bytes")
    world.verify()
    with transaction(world.sessions) as db:
        one = get_version(db, world.contributor, first.version.id).files[0].object_key
        two = get_version(db, world.contributor, second.version.id).files[0].object_key
        still_read = deleted_blobs(db)
        assert used_bytes(db, world.hue) == len(b"same bytes")
    world.inspect()
    while (claim := world.claim()) is not None:
        world.finish(claim, Outputs(results={"register": REJECTED}))
    with transaction(world.sessions) as db:
        reaped = [reap_blob(db, world.store, blob) for blob in deleted_blobs(db)]

    assert one == two
    assert still_read == []
    assert reaped == [True]
    assert [item.key for item in world.store.list("blobs/")] == [one]


def test_it_never_tells_one_organisation_what_another_holds(fresh_world):
    world = fresh_world
    stranger = world.callers["stranger"]
    with transaction(world.sessions) as db:
        theirs = create_subject(
            db, stranger, kind="monument", code="theirs", name={"vi": "x"}, organisation_id=world.hanoi
        )
        asset = create_asset(db, stranger, theirs.id, kind="point_cloud", name="scan").id
    ours = world.uploaded(world.asset(world.subject("ours")), b"same bytes")
    world.verify()
    before = world.open(asset, {"scan.las": b"same bytes"}, by=stranger)
    world.send(before, {"scan.las": b"same bytes"}, by=stranger)
    done = world.complete(before, by=stranger)
    world.verify()
    with transaction(world.sessions) as db:
        one = get_version(db, world.contributor, ours.version.id).files[0]
        two = get_version(db, stranger, done.version.id).files[0]
        used = [used_bytes(db, world.hue), used_bytes(db, world.hanoi)]

    # Sent whole, kept whole, counted whole: nothing tells that it was there already.
    assert one.sha256 == two.sha256
    assert one.object_key != two.object_key
    assert used == [10, 10]
    assert world.store.get(two.object_key) == b"same bytes"


def test_it_reserves_the_organisations_room(fresh_world):
    world = fresh_world
    asset = world.asset(world.subject("quota"))
    with transaction(world.sessions) as db:
        db.get_one(OrganisationRow, world.hue).quota_bytes = 10
    first = world.open(asset, {"a": b"123456"})
    with pytest.raises(QuotaExceededError):
        world.open(asset, {"b": b"12345"})
    with transaction(world.sessions) as db:
        abandon(db, world.contributor, world.store, first.id)

    assert world.open(asset, {"b": b"12345"}).state == "open"


def test_it_gives_up_an_upload_once_and_takes_no_more_parts(world, asset):
    upload = world.open(asset, {"scan.las": b"gone"})
    world.send(upload, {"scan.las": b"gone"})
    with transaction(world.sessions) as db:
        assert abandon(db, world.contributor, world.store, upload.id).state == "abandoned"
        assert abandon(db, world.contributor, world.store, upload.id).state == "abandoned"

    with pytest.raises(UploadNotOpenError):
        world.send(upload, {"scan.las": b"gone"})
    with pytest.raises(UploadNotOpenError):
        world.complete(upload)


def test_it_finds_and_reaps_idle_uploads(world, asset):
    upload = world.open(asset, {"scan.las": b"idle"})
    with transaction(world.sessions) as db:
        assert idle_uploads(db, before=now() - timedelta(days=7)) == []
        assert upload.id in idle_uploads(db, before=now() + timedelta(seconds=1))
        assert reap_idle(db, world.store, upload.id) is True
        assert reap_idle(db, world.store, upload.id) is False
        assert get_upload(db, world.contributor, upload.id).state == "abandoned"


def test_it_lets_only_curators_ask_for_publication(world, asset):
    with pytest.raises(ForbiddenError):
        world.open(asset, {"a": b"1"}, publish=True)

    assert world.open(asset, {"a": b"1"}, publish=True, by=world.curator).publish


def test_it_hides_uploads_from_others(world, asset):
    upload = world.open(asset, {"a": b"1"})
    other = world.callers["other contributor"]

    with transaction(world.sessions) as db:
        with pytest.raises(NotFoundError):
            get_upload(db, other, upload.id)
        assert list_uploads(db, other).items == ()
        assert upload.id in [each.id for each in list_uploads(db, world.curator, state="open").items]
