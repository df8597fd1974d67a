"""Versions: drafts, numbers, manifests, withdrawal."""

import hashlib
import json
import threading
from uuid import UUID

import pytest
from sqlalchemy import select

from storage.clock import now
from storage.db import transaction
from storage.errors import ForbiddenError, InvalidError
from storage.versions.commands import publish, withdraw
from storage.versions.errors import (
    VersionNotPublishedError,
    VersionNotVerifiedError,
    VersionWithdrawnError,
)
from storage.versions.manifests import canonical, manifest_digest, manifest_key, manifest_of
from storage.versions.queries import get_version, latest_published, list_versions, version_by_number
from storage.versions.records import Version, VersionFile
from storage.versions.tables import PublicationRow

GOLDEN = Version(
    id=UUID("0190b3a0-0000-7000-8000-000000000001"),
    asset_id=UUID("0190b3a0-0000-7000-8000-000000000002"),
    subject_id=UUID("0190b3a0-0000-7000-8000-000000000003"),
    organisation_id=UUID("0190b3a0-0000-7000-8000-000000000004"),
    capture_id=UUID("0190b3a0-0000-7000-8000-000000000005"),
    number=None,
    state="draft",
    represents_edtf="2022",
    size_bytes=12,
    stated={},
    kind="point_cloud",
    format="laz",
    points=2_000_000,
    vertices=None,
    triangles=None,
    bounds=[[0.0, -0.5, 1e-7], [44.25, 30.5, 11.8]],
    crs={"declared": None, "name": "Điện Thái Hòa"},
    own_frame={"kind": "free", "origin_geodetic": None},
    units="metre",
    attributes=["intensity", "rgb"],
    stations=[],
    textures=None,
    warnings=[{"kind": "no-crs", "message": "not part of the manifest"}],
    publish_on_finish=False,
    manifest_sha256=None,
    created_by=UUID("0190b3a0-0000-7000-8000-000000000006"),
    created_at=now(),
    verified_at=None,
    published_at=None,
    withdrawn_at=None,
    withdrawn_reason=None,
    files=(
        VersionFile(
            path="quét/điện.laz",
            size_bytes=12,
            sha256="ab" * 32,
            media_type="application/vnd.laszip",
            role="master",
            object_key="blobs/0190b3a0-0000-7000-8000-000000000007",
        ),
    ),
)
GOLDEN_SHA256 = "f89c8e4b35430efef8fccfd07236317fffc9fdd7a13eb04841279214920a95e6"


def test_it_writes_the_manifest_the_same_for_ever():
    data = canonical(manifest_of(GOLDEN, 3))

    assert manifest_digest(data) == GOLDEN_SHA256
    assert data.startswith(b'{"asset":"0190b3a0-0000-7000-8000-000000000002","files":[{"bytes":12,"key":')
    assert json.loads(data)["metadata"]["bounds"][0] == [0, -0.5, 1e-7]


@pytest.fixture
def asset(world, request):
    """An asset of a subject of this test."""
    return world.asset(world.subject(request.node.name[:60]))


def verified(world, asset, data: bytes) -> UUID:
    """A verified draft that was looked into."""
    done = world.uploaded(asset, data)
    world.verify()
    world.inspect()
    return done.version.id


def published(world, version_id: UUID) -> Version:
    """Publish as a curator."""
    with transaction(world.sessions) as db:
        return publish(db, world.curator, world.store, version_id)


def test_it_gives_number_and_manifest_at_publication(world, asset):
    version = published(world, verified(world, asset, b"first"))
    data = world.store.get(manifest_key(asset, 1))

    assert (version.state, version.number) == ("published", 1)
    assert version.manifest_sha256 == hashlib.sha256(data).hexdigest()
    assert json.loads(data)["files"][0]["sha256"] == hashlib.sha256(b"first").hexdigest()


def test_it_publishes_once(world, asset):
    version_id = verified(world, asset, b"once")

    assert published(world, version_id) == published(world, version_id)


def test_it_numbers_versions_published_at_once_without_gap_or_double(world, asset):
    drafts = [verified(world, asset, f"at once {n}".encode()) for n in range(4)]
    threads = [threading.Thread(target=published, args=(world, draft)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with transaction(world.sessions) as db:
        numbers = sorted(each.number for each in list_versions(db, world.curator, asset).items)
        for number in numbers:
            version = version_by_number(db, world.curator, asset, number)
            data = world.store.get(manifest_key(asset, number))
            assert json.loads(data)["version"] == str(version.id)

    assert numbers == [1, 2, 3, 4]


def test_it_publishes_nothing_that_the_server_has_not_hashed(world, asset):
    done = world.uploaded(asset, b"not hashed")

    with pytest.raises(VersionNotVerifiedError):
        published(world, done.version.id)
    world.verify()


def test_it_overwrites_a_manifest_left_by_a_lost_transaction(world, asset):
    version_id = verified(world, asset, b"again")
    with world.sessions() as db:  # closed without a commit
        publish(db, world.curator, world.store, version_id)
    other = verified(world, asset, b"another takes the number")

    assert published(world, other).number == 1
    assert json.loads(world.store.get(manifest_key(asset, 1)))["version"] == str(other)


@pytest.mark.parametrize("role", ["contributor", "viewer"])
def test_it_lets_only_curators_publish_and_withdraw(world, role):
    asset = world.asset(world.subject(f"only-{role}"))
    version = published(world, verified(world, asset, role.encode()))
    with transaction(world.sessions) as db:
        with pytest.raises(ForbiddenError):
            publish(db, world.callers[role], world.store, version.id)
        with pytest.raises(ForbiddenError):
            withdraw(db, world.callers[role], version.id, reason="because")


def test_it_leaves_a_tombstone_and_never_gives_the_number_again(world, asset):
    first = published(world, verified(world, asset, b"to go"))
    with transaction(world.sessions) as db:
        gone = withdraw(db, world.curator, first.id, reason="wrong hall")
        assert withdraw(db, world.curator, first.id, reason="again").withdrawn_reason == "wrong hall"
        assert latest_published(db, world.curator, asset) is None
        recorded = db.scalars(
            select(PublicationRow.recorded).where(PublicationRow.version_id == first.id)
        ).one()
    second = published(world, verified(world, asset, b"to stay"))

    assert (gone.state, gone.number, gone.withdrawn_reason) == ("withdrawn", 1, "wrong hall")
    assert recorded.upper is not None
    assert second.number == 2
    with pytest.raises(VersionWithdrawnError):
        published(world, first.id)


def test_it_withdraws_no_draft_and_nothing_without_a_reason(world, asset):
    draft = verified(world, asset, b"draft")
    with transaction(world.sessions) as db:
        with pytest.raises(VersionNotPublishedError):
            withdraw(db, world.curator, draft, reason="why not")
        with pytest.raises(InvalidError):
            withdraw(db, world.curator, draft, reason=" ")
        assert get_version(db, world.curator, draft).state == "draft"
