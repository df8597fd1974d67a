"""What the database refuses of statements, and what it stamps."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.chronology.commands import NewStatement, correct_statement, make_statement
from storage.chronology.errors import (
    ExclusiveConflictError,
    HistoryScopeNeededError,
    InvalidRecordError,
    RecordCodeTakenError,
    StatementSupersededError,
    UnknownCodeError,
)
from storage.chronology.importing.file import RecordFile
from storage.chronology.queries import Question, ask
from storage.clock import now
from storage.db import transaction
from storage.errors import ForbiddenError
from tests.storage.chronology.conftest import take_in


def said(**more):
    return NewStatement(
        **{
            "predicate": "location",
            "value": {"place": "here"},
            "edtf": "1900/..",
            "basis": "source",
            "certainty": 3,
        }
        | more
    )


def make(world, subject, **more):
    with transaction(world.sessions) as db:
        return make_statement(db, world.contributor, subject.id, said(**more))


def refused(world, statement, **values):
    with (
        pytest.raises(IntegrityError, match=r"refused|only|contradict|conflict"),
        transaction(world.sessions) as db,
    ):
        db.execute(text(statement), values)


def test_it_refuses_to_delete_a_statement(world):
    made = make(world, world.subject("kept"))
    refused(world, "DELETE FROM statement WHERE id = :id", id=made.id)
    refused(world, "TRUNCATE statement CASCADE")


@pytest.mark.parametrize(
    "change",
    [
        "value = '{}'",
        "edtf = '1901'",
        "day_from = 0",
        "certainty = 5",
        "supersedes_id = id",
        "recorded = tstzrange(lower(recorded) - interval '1 day', NULL)",
        "recorded = tstzrange(lower(recorded), clock_timestamp() + interval '1 day')",
    ],
)
def test_it_refuses_to_change_a_statement(world, change):
    made = make(world, world.subject(f"unchanged-{abs(hash(change))}"))
    refused(world, f"UPDATE statement SET {change} WHERE id = :id", id=made.id)


def test_it_closes_a_statement_once(world):
    made = make(world, world.subject("closed"))
    close = "UPDATE statement SET recorded = tstzrange(lower(recorded), clock_timestamp()) WHERE id = :id"
    with transaction(world.sessions) as db:
        db.execute(text(close), {"id": made.id})
    refused(world, close, id=made.id)


def test_it_refuses_two_exclusive_statements_of_the_same_days(world):
    subject = world.subject("exclusive")
    make(world, subject)

    with pytest.raises(ExclusiveConflictError):
        make(world, subject, value={"place": "there"}, edtf="1950")


@pytest.mark.parametrize(
    "more",
    [
        {"edtf": "1800/1899"},
        {"exclusive": False},
        {"predicate": "function"},
    ],
)
def test_it_lets_stand_what_does_not_exclude(world, more):
    subject = world.subject(f"beside-{abs(hash(str(more)))}")
    make(world, subject)

    assert make(world, subject, **more).code


def test_it_takes_exclusivity_from_the_predicate(world):
    subject = world.subject("default")

    assert make(world, subject).is_exclusive
    assert not make(world, subject, predicate="material", value={"wood": "old"}).is_exclusive


def test_it_stamps_a_statement_with_the_present(world):
    before = now()
    made = make(world, world.subject("stamped"))

    assert before - timedelta(seconds=5) <= made.recorded_from <= now() + timedelta(seconds=5)
    assert made.recorded_to is None


def test_it_stamps_a_statement_whatever_is_said_of_its_time(world):
    made = make(world, world.subject("backdated"))
    copied = (
        "INSERT INTO statement (id, organisation_id, code, subject_id, predicate_id, value, edtf, basis,"
        " certainty, source_ids, is_exclusive, recorded) SELECT gen_random_uuid(),"
        " organisation_id, 'back', subject_id,"
        " predicate_id, value, edtf, basis, certainty, '{}', false, tstzrange('2000-01-01', NULL)"
        " FROM statement WHERE id = :id RETURNING lower(recorded)"
    )
    with transaction(world.sessions) as db:
        stamped = db.scalars(text(copied), {"id": made.id}).one()

    assert stamped >= made.recorded_from


def test_it_corrects_at_one_instant(world):
    old = make(world, world.subject("corrected"))
    with transaction(world.sessions) as db:
        new = correct_statement(
            db, world.curator, old.id, said(value={"place": "beside"}, edtf="1901/.."), reason="a year later"
        )

    with transaction(world.sessions) as db:

        def held(at):
            question = Question(subject_id=old.subject.id, known_at=at)
            return [each.code for each in ask(db, world.curator, question).items]

        assert held(old.recorded_from) == [old.code]
        assert held(new.recorded_from - timedelta(microseconds=1)) == [old.code]
        assert held(new.recorded_from) == [new.code]
        assert held(None) == [new.code]
    assert (new.supersedes, new.code) == (old.code, f"{old.code}~2")


def test_it_corrects_a_statement_once(world):
    old = make(world, world.subject("twice-corrected"))
    with transaction(world.sessions) as db:
        correct_statement(db, world.curator, old.id, said(), reason="first")

    with pytest.raises(StatementSupersededError), transaction(world.sessions) as db:
        correct_statement(db, world.curator, old.id, said(code="other"), reason="second")


def test_it_lets_contributors_state_and_only_curators_correct(world):
    old = make(world, world.subject("roles"))

    with pytest.raises(ForbiddenError), transaction(world.sessions) as db:
        correct_statement(db, world.contributor, old.id, said(), reason="mine")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"predicate": "colour"}, "colour"),
        ({"concept": "kryptonite"}, "kryptonite"),
        ({"sources": ["nobody", "no-book"]}, "nobody, no-book"),
        ({"hypothesis": "no-idea"}, "no-idea"),
        ({"began_by": "no-event"}, "no-event"),
    ],
)
def test_it_names_unknown_codes(world, more, named):
    subject = world.subject(f"unknown-{named.split(',')[0]}")
    with pytest.raises(UnknownCodeError, match=named):
        make(world, subject, **more)


def test_it_refuses_a_statement_that_says_nothing(world):
    with pytest.raises(InvalidRecordError):
        make(world, world.subject("silent"), value={})


def told(recorded, **more):
    statement = {
        "code": "told",
        "subject": "told",
        "predicate": "function",
        "value": {"use": "tea"},
        "edtf": "1900",
        "basis": "source",
        "certainty": 1,
        "recorded": recorded,
    }
    subject = {"code": "told", "kind": "site", "name": {"vi": "Kể"}}
    return {"schema": "heritage-records/1", "subjects": [subject], "statements": [statement | more]}


def test_it_lets_only_history_say_when_it_was_recorded(world):
    with pytest.raises(HistoryScopeNeededError):
        take_in(world, world.curator, told("2020-01-01T00:00:00Z"))


def test_it_refuses_to_have_recorded_in_the_future(world, historian):
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    with pytest.raises(InvalidRecordError, match="future"):
        take_in(world, historian, told(later))


def test_it_lets_an_import_state_history_only_while_it_runs(world, historian):
    made = take_in(world, historian, told("2020-01-01T00:00:00Z"))
    late = (
        "INSERT INTO statement (id, organisation_id, code, subject_id, predicate_id, value, edtf, basis,"
        " certainty, source_ids, is_exclusive, recorded, import_id)"
        " SELECT gen_random_uuid(), organisation_id, 'late',"
        " subject_id, predicate_id, value, edtf, basis, certainty, '{}', false,"
        " tstzrange('2000-01-01', NULL), :id"
        " FROM statement WHERE code = 'told' RETURNING lower(recorded)"
    )
    with transaction(world.sessions) as db:
        stamped = db.scalars(text(late), {"id": made.id}).one()

    assert stamped > made.created_at


def test_it_takes_nothing_in_when_one_record_is_wrong(world, historian):
    content = told("2020-01-01T00:00:00Z", sources=["no-such-book"])
    content["subjects"][0]["code"] = content["statements"][0]["subject"] = "half"

    with pytest.raises(UnknownCodeError, match="no-such-book"):
        take_in(world, historian, content)

    with transaction(world.sessions) as db:
        assert db.scalar(text("SELECT count(*) FROM subject WHERE path = 'half'")) == 0


def test_it_refuses_a_code_that_says_something_else(world, historian):
    first = told(None)
    first["statements"][0]["code"] = "once"
    first["statements"][0]["subject"] = first["subjects"][0]["code"] = "once"
    take_in(world, historian, first)
    first["statements"][0]["value"] = {"use": "coffee"}

    with pytest.raises(RecordCodeTakenError, match="value"):
        take_in(world, historian, first)


def test_it_refuses_unknown_fields(world):
    content = told(None) | {"statement": []}

    with pytest.raises(ValueError, match="statement"):
        RecordFile.model_validate(content)
