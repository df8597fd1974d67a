"""Reads as of a date, as known at a moment."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from storage.chronology.commands import NewEvent, NewStatement, make_event, make_statement
from storage.chronology.events import list_events, list_relations
from storage.chronology.history import list_parts, search_subjects, subject_known, tree_known
from storage.chronology.known import known
from storage.chronology.queries import Question, ask
from storage.chronology.timeline import timeline, version_representing
from storage.clock import now
from storage.db import transaction
from storage.errors import NotFoundError
from storage.subjects.commands import move_subject, update_subject
from storage.subjects.queries import get_by_path
from storage.versions.commands import publish, withdraw
from tests.storage.chronology.conftest import RECORDS, take_in

PILLARS = "temple.pillars"


def on(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def codes(world, caller=None, **question):
    with transaction(world.sessions) as db:
        found = ask(db, caller or world.curator, Question(**question), limit=200)
    return sorted(each.code for each in found.items)


def test_it_loads_the_records(temple):
    assert temple.counts["statements"] == {"added": 7, "kept": 0}
    assert temple.counts["subjects"] == {"added": 5, "kept": 0}


def test_it_takes_the_same_content_in_once(world, temple, historian):
    again = take_in(world, historian, RECORDS)

    assert (again.id, again.was_there) == (temple.id, True)


def test_it_keeps_what_says_the_same(world, temple, historian):
    more = RECORDS | {"site": {"note": "sent again"}}

    assert take_in(world, historian, more).counts["statements"] == {"added": 0, "kept": 7}


@pytest.mark.parametrize(
    ("known_at", "expected"),
    [
        (on(2019), []),
        (on(2020, 2), ["stands"]),
        (on(2023, 5), ["stands"]),
        (on(2023, 7), ["burnt", "stood"]),
        (None, ["burnt", "stood"]),
    ],
)
def test_it_answers_as_known_then(world, temple, known_at, expected):
    assert codes(world, subject="temple", predicate="existence", known_at=known_at) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("1832", []),
        ("1833", ["stood"]),
        ("2023-05-31", ["stood"]),
        ("2023-06-01", ["burnt"]),
        ("2023", ["burnt", "stood"]),
        ("../1834", ["stood"]),
    ],
)
def test_it_answers_what_shares_a_day(world, temple, as_of, expected):
    assert codes(world, subject="temple", predicate="existence", as_of=as_of) == expected


@pytest.mark.parametrize(
    ("hypothesis", "expected"),
    [
        ("none", ["burnt", "stood"]),
        ("two-tiers", ["eaves-guess"]),
        ("any", ["burnt", "eaves-guess", "stood"]),
        ("another", []),
    ],
)
def test_it_keeps_hypotheses_apart(world, temple, hypothesis, expected):
    assert codes(world, subject="temple", predicate="existence", hypothesis=hypothesis) == expected


def test_it_shows_no_hypothesis_in_a_timeline_unasked(world, temple):
    with transaction(world.sessions) as db:
        subject = get_by_path(db, world.curator, "temple").subject
        plain = [each.code for each in timeline(db, world.curator, subject.id).items]
        guessed = timeline(db, world.curator, subject.id, hypothesis="two-tiers").items

    assert plain == ["propped", "stood", "re-roofed", "tls-2021", "burnt", "undated"]
    assert "eaves-guess" in [each.code for each in guessed]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"under": PILLARS, "predicate": "material"}, ["a1-lim", "a10-timber"]),
        ({"under": f"{PILLARS}.a1"}, ["a1-height", "a1-lim"]),
        ({"under": f"{PILLARS}.a1", "known_at": on(2021, 2)}, ["a1-lim"]),
        ({"under": "temple", "concept": "timber"}, ["a10-timber"]),
        ({"under": "temple", "concept": "timber", "narrower": True}, ["a1-lim", "a10-timber"]),
        ({"under": "temple", "concept": "timber", "scheme": "condition"}, []),
        ({"under": "temple", "measure": "height"}, ["a1-height"]),
        ({"under": PILLARS, "best_source_max": 2}, ["a1-lim"]),
        ({"under": PILLARS, "best_source_max": 4}, ["a1-lim", "a10-timber"]),
        ({"under": "nowhere"}, []),
    ],
)
def test_it_answers_by_place_and_vocabulary(world, temple, question, expected):
    assert codes(world, **question) == expected


def test_it_shows_strangers_the_public_and_nothing_else(world, temple):
    hidden = world.subject("hidden")
    said = {
        "predicate": "function",
        "value": {"use": "store"},
        "edtf": "1900",
        "basis": "source",
        "certainty": 1,
    }
    with transaction(world.sessions) as db:
        make_statement(db, world.curator, hidden.id, NewStatement(**said))
        event = NewEvent(
            kind="repair", title={"vi": "Sửa"}, edtf="1900", certainty=1, subject_ids=[hidden.id]
        )
        make_event(db, world.curator, event)

    for who, seen in (("anonymous", 0), ("stranger", 0), ("viewer", 1)):
        caller = world.callers[who]
        assert len(codes(world, caller, under="hidden")) == seen
        assert len(codes(world, caller, subject="temple", predicate="existence")) == 2
        with transaction(world.sessions) as db:
            assert len(list_events(db, caller, under="hidden").items) == seen
            assert len(search_subjects(db, caller, "hidden").items) == seen


def test_it_lists_events_in_order_page_by_page(world, temple):
    with transaction(world.sessions) as db:
        first = list_events(db, world.curator, under="temple", limit=1)
        second = list_events(db, world.curator, under="temple", limit=1, cursor=first.next)

    assert [each.code for each in (*first.items, *second.items)] == ["propped", "re-roofed"]
    assert second.next is None


def test_it_knows_an_event_since_it_was_recorded(world, temple):
    with transaction(world.sessions) as db:
        then = list_events(db, world.curator, under="temple", known_at=on(2020)).items

    assert [each.code for each in then] == ["propped"]


def test_it_lists_relations_from_both_sides(world, temple):
    with transaction(world.sessions) as db:
        to = list_relations(db, world.curator, to_path="temple", role="performed_at").items
        other = list_relations(db, world.curator, from_path="temple").items

    assert [each.from_subject.path for each in to] == ["temple.rite"]
    assert other == ()


def test_it_lists_parts_by_type(world, temple):
    with transaction(world.sessions) as db:
        top = get_by_path(db, world.curator, "temple").subject.id
        parts = list_parts(db, world.curator, top, type_code="pillar").items
        early = list_parts(db, world.curator, top, known_at=on(2020, 6)).items

    assert [(each.subject.path, each.depth) for each in parts] == [
        (f"{PILLARS}.a1", 2),
        (f"{PILLARS}.a10", 2),
    ]
    assert parts[0].local_codes == {"grid": "A1"}
    assert [each.subject.path for each in early] == [PILLARS, f"{PILLARS}.a1"]


def test_it_remembers_names_and_places_as_known_then(world):
    root = world.subject("moved-root", visibility="public")
    hall, store = (world.subject(code, parent=root) for code in ("hall", "store"))
    throne = world.subject("throne", parent=hall)
    before = now()
    with transaction(world.sessions) as db:
        update_subject(db, world.curator, throne.id, name={"vi": "ngai", "en": "Throne"})
        move_subject(db, world.curator, throne.id, parent_id=store.id)
        make_statement(
            db,
            world.curator,
            throne.id,
            NewStatement(predicate="form", value={"steps": 3}, edtf="1900", basis="source", certainty=1),
        )

    with transaction(world.sessions) as db:
        then, used = subject_known(db, world.curator, throne.id, before)
        old_tree, _ = tree_known(db, world.curator, root.id, before)
        new_tree, _ = tree_known(db, world.curator, root.id, now())
        found_then = search_subjects(db, world.curator, "ngai", known_at=before).items
        found_now = search_subjects(db, world.curator, "NGÀI").items

    assert (then.path, then.name, used) == ("moved-root.hall.throne", {"vi": "throne"}, before)
    assert [[leaf.subject.code for leaf in each.children] for each in old_tree.children] == [["throne"], []]
    assert [[leaf.subject.code for leaf in each.children] for each in new_tree.children] == [[], ["throne"]]
    assert found_then == ()
    assert [each.path for each in found_now] == ["moved-root.store.throne"]
    assert len(codes(world, under="moved-root.store", known_at=now())) == 1
    assert codes(world, under="moved-root.hall", known_at=now()) == []
    with transaction(world.sessions) as db, pytest.raises(NotFoundError):
        subject_known(db, world.curator, throne.id, on(2000))


def test_it_clamps_the_moment_before_a_write_still_running(world):
    subject = world.subject("slow")
    written, may_end = threading.Event(), threading.Event()

    def write_slowly():
        with transaction(world.sessions) as db:
            make_statement(
                db,
                world.curator,
                subject.id,
                NewStatement(predicate="form", value={"n": 1}, edtf="1900", basis="source", certainty=1),
            )
            written.set()
            may_end.wait(60)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert written.wait(60)
    try:
        with transaction(world.sessions) as db:
            first = ask(db, world.curator, Question(subject_id=subject.id))
            future = known(db, datetime(2999, 1, 1, tzinfo=UTC))
    finally:
        may_end.set()
        writer.join(60)
    with transaction(world.sessions) as db:
        again = ask(db, world.curator, Question(subject_id=subject.id, known_at=first.known_at))
        later = ask(db, world.curator, Question(subject_id=subject.id))

    assert first.items == again.items == ()
    assert again.known_at == first.known_at
    assert future.at == first.known_at
    assert len(later.items) == 1
    assert later.items[0].recorded_from > first.known_at


def test_it_shows_the_version_that_represents_a_day_as_known_then(quiet_world):
    world = quiet_world
    subject = world.subject("versioned", visibility="public")
    asset = world.asset(subject)

    def published(represents):
        made = world.uploaded(asset, represents_edtf=represents).version.id
        world.verify()
        world.inspect()
        with transaction(world.sessions) as db:
            publish(db, world.curator, world.store, made)
        return made

    old, at_old = published("2021/2022-03"), now()
    new, at_new = published("2022/2023"), now()
    with transaction(world.sessions) as db:
        withdraw(db, world.curator, new, reason="wrong site")

    def shown(as_of, known_at=None):
        with transaction(world.sessions) as db:
            return version_representing(db, world.curator, subject.id, as_of=as_of, known_at=known_at)[0].id

    assert shown("2022-02", at_old) == old
    assert shown("2022-02", at_new) == new
    assert shown("2022-02") == old
    assert shown("2021", at_new) == old
    with pytest.raises(NotFoundError):
        shown("2023")
    with pytest.raises(NotFoundError):
        shown("2021", on(2020))


def test_it_keeps_an_index_over_subject_predicate_and_both_times(world):
    with transaction(world.sessions) as db:
        indexes = db.scalars(text("SELECT indexdef FROM pg_indexes WHERE tablename = 'statement'")).all()

    assert any("USING gist (subject_id, predicate_id, valid, recorded)" in each for each in indexes)
