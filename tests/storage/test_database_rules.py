"""What the database itself refuses, whatever a program asks of it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.db import transaction
from storage.subjects.commands import update_subject
from storage.versions.commands import publish, withdraw


def refused(world, statement: str) -> None:
    """The statement must fail in the database."""
    with pytest.raises(IntegrityError), transaction(world.sessions) as db:
        db.execute(text(statement))


@pytest.fixture(scope="module")
def subject(world):
    """A subject with a name and a place."""
    return world.subject("kept")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'nothing.happened'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM subject_name",
        "UPDATE subject_name SET name = '{}'",
        "UPDATE subject_name SET recorded = tstzrange('2001-01-01', NULL)",
        "UPDATE subject_name SET recorded = tstzrange(lower(recorded), now() + interval '1 hour')",
        "DELETE FROM subject_place",
        "UPDATE subject_place SET path = 'elsewhere'",
    ],
)
def test_it_keeps_audit_names_and_places_as_they_were_written(world, subject, statement):
    refused(world, statement)


def test_it_closes_a_recorded_range_only_once(world):
    subject = world.subject("closed")
    with transaction(world.sessions) as db:
        update_subject(db, world.curator, subject.id, name={"vi": "khác"})

    refused(
        world,
        "UPDATE subject_name SET recorded = tstzrange(lower(recorded), clock_timestamp())"
        " WHERE NOT upper_inf(recorded)",
    )


def test_it_lets_no_two_names_hold_at_one_time(world):
    subject = world.subject("double")

    refused(
        world,
        "INSERT INTO subject_name (id, subject_id, name) VALUES"
        f" (gen_random_uuid(), '{subject.id}', '{{\"vi\": \"hai\"}}')",
    )


@pytest.fixture(scope="module")
def published(world):
    """A published version."""
    done = world.uploaded(world.asset(world.subject("published")))
    world.verify()
    world.inspect()
    with transaction(world.sessions) as db:
        return publish(db, world.curator, world.store, done.version.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE version SET points = 1",
        "UPDATE version SET number = 7",
        "UPDATE version SET state = 'draft', number = NULL",
        "DELETE FROM version",
        "UPDATE version_file SET path = 'other.las'",
        "DELETE FROM version_file",
        "UPDATE blob SET sha256 = repeat('0', 64)",
        "UPDATE blob SET object_key = 'blobs/elsewhere'",
        "DELETE FROM publication",
        "UPDATE publication SET number = 2",
        "UPDATE placement SET rms_m = 0.5",
        "DELETE FROM placement",
        "UPDATE placement_decision SET state = 'rejected'",
        "UPDATE frame SET kind = 'tangent', origin_geodetic = '{107.5,16.4,5}'",
    ],
)
def test_it_keeps_what_was_published_and_decided(world, published, statement):
    refused(world, statement)


def test_it_keeps_a_withdrawn_version_withdrawn(fresh_world):
    world = fresh_world
    done = world.uploaded(world.asset(world.subject("withdrawn")))
    world.verify()
    world.inspect()
    with transaction(world.sessions) as db:
        published = publish(db, world.curator, world.store, done.version.id)
    with transaction(world.sessions) as db:
        withdraw(db, world.curator, published.id, reason="wrong hall")

    refused(world, "UPDATE version SET state = 'published'")


def test_it_folds_names_whatever_their_marks_and_composition(world):
    with transaction(world.sessions) as db:
        folded = db.execute(
            text("SELECT fold(:composed), fold(:decomposed), fold('HOÀ'), fold('Hòa')"),
            {"composed": "Điện Thái Hòa", "decomposed": "Điện Thái Hòa"},
        ).one()

    assert folded == ("dien thai hoa", "dien thai hoa", "hoa", "hoa")
