"""The tree of subjects, and what it remembers."""

import pytest

from storage.clock import now
from storage.db import transaction
from storage.errors import ForbiddenError, InvalidError, NotFoundError
from storage.subjects.commands import create_subject, move_subject, update_subject
from storage.subjects.errors import CodeTakenError, InvalidCodeError, LocalCodeTakenError
from storage.subjects.queries import get_by_path, get_subject, list_subjects, name_at, place_at, tree


@pytest.fixture(scope="module")
def hall(world):
    """A root with columns A1, A10 and a roof with a ridge."""
    root = world.subject("thai-hoa", visibility="public")
    columns = world.subject("columns", parent=root)
    for code in ("a1", "a10"):
        world.subject(code, parent=columns)
    world.subject("ridge", parent=world.subject("roof", parent=root))
    return root


def test_it_builds_dotted_paths(world, hall):
    with transaction(world.sessions) as db:
        listed = [each.path for each in list_subjects(db, world.curator, under="thai-hoa").items]

    assert listed == [
        "thai-hoa",
        "thai-hoa.columns",
        "thai-hoa.columns.a1",
        "thai-hoa.columns.a10",
        "thai-hoa.roof",
        "thai-hoa.roof.ridge",
    ]


def test_it_follows_labels_and_not_letters(world, hall):
    with transaction(world.sessions) as db:
        under = [each.path for each in list_subjects(db, world.curator, under="thai-hoa.columns.a1").items]

    assert under == ["thai-hoa.columns.a1"]


@pytest.mark.parametrize("path", ["", "no such", "a..b", "a.", "'; DROP TABLE subject", "*.a"])
def test_it_finds_nothing_under_what_is_no_path(world, path):
    with transaction(world.sessions) as db:
        assert list_subjects(db, world.curator, under=path).items == ()


def test_it_returns_the_tree(world, hall):
    with transaction(world.sessions) as db:
        whole = tree(db, world.curator, hall.id)
        shallow = tree(db, world.curator, hall.id, depth=1)

    assert [node.subject.code for node in whole.children] == ["columns", "roof"]
    assert [node.subject.code for node in whole.children[0].children] == ["a1", "a10"]
    assert [node.children for node in shallow.children] == [(), ()]


def test_it_gives_parts_the_visibility_of_their_root(world, hall):
    with transaction(world.sessions) as db:
        part = get_by_path(db, world.callers["anonymous"], "thai-hoa.roof.ridge")

    assert part.subject.visibility == "public"


@pytest.mark.parametrize("q", ["dien thai hoa", "ĐIỆN Hoà", "thái điện", "inv-7"])
def test_it_finds_names_without_their_marks(world, q):
    with transaction(world.sessions) as db, db.begin_nested() as kept:
        made = create_subject(
            db,
            world.curator,
            kind="monument",
            code="searched",
            name={"vi": "Điện Thái Hòa", "en": "Hall"},
            organisation_id=world.hue,
            local_code="INV-7",
        )
        found = [each.id for each in list_subjects(db, world.curator, q=q).items]
        nothing = list_subjects(db, world.curator, q="100%").items
        kept.rollback()

    assert found == [made.id]
    assert nothing == ()


def test_it_pages_through_everything_once(world, hall):
    with transaction(world.sessions) as db:
        seen, cursor = [], None
        while True:
            page = list_subjects(db, world.curator, under="thai-hoa", cursor=cursor, limit=2)
            seen += [each.path for each in page.items]
            cursor = page.next
            if cursor is None:
                break
        everything = [each.path for each in list_subjects(db, world.curator, under="thai-hoa").items]

    assert seen == everything


def test_it_refuses_a_foreign_cursor(world):
    with transaction(world.sessions) as db, pytest.raises(InvalidError):
        list_subjects(db, world.curator, cursor="!!")


def test_it_remembers_old_names(world):
    subject = world.subject("named")
    before = now()
    with transaction(world.sessions) as db:
        update_subject(db, world.curator, subject.id, name={"vi": "mới", "en": "new"})

    with transaction(world.sessions) as db:
        assert name_at(db, world.curator, subject.id, before) == {"vi": "named"}
        assert name_at(db, world.curator, subject.id, now()) == {"vi": "mới", "en": "new"}
        assert name_at(db, world.curator, subject.id, subject.created_at.replace(year=2000)) is None


def test_it_renames_twice_in_one_transaction(world):
    subject = world.subject("twice")
    with transaction(world.sessions) as db:
        update_subject(db, world.curator, subject.id, name={"vi": "một"})
        update_subject(db, world.curator, subject.id, name={"vi": "hai"})
        assert get_subject(db, world.curator, subject.id).name == {"vi": "hai"}


def test_it_moves_a_branch_and_old_paths_lead_to_it(world):
    root = world.subject("moving")
    old, new = world.subject("old", parent=root), world.subject("new", parent=root)
    part = world.subject("part", parent=old)
    leaf = world.subject("leaf", parent=part)
    before = now()
    with transaction(world.sessions) as db:
        moved = move_subject(db, world.curator, part.id, parent_id=new.id, code="piece")

    with transaction(world.sessions) as db:
        found = get_by_path(db, world.curator, "moving.old.part.leaf")
        assert moved.path == "moving.new.piece"
        assert (found.subject.path, found.moved) == ("moving.new.piece.leaf", True)
        assert get_by_path(db, world.curator, "moving.new.piece").moved is False
        assert place_at(db, world.curator, leaf.id, before) == "moving.old.part.leaf"
        assert place_at(db, world.curator, leaf.id, now()) == "moving.new.piece.leaf"


def test_it_moves_nothing_below_itself(world):
    root = world.subject("circle")
    part = world.subject("part", parent=root)
    inner = world.subject("inner", parent=part)

    with transaction(world.sessions) as db, pytest.raises(InvalidError):
        move_subject(db, world.curator, part.id, parent_id=inner.id)


def test_it_keeps_codes_and_local_codes_unique(world):
    root = world.subject("unique")
    world.subject("part", parent=root)
    with transaction(world.sessions) as db, pytest.raises(CodeTakenError):
        create_subject(db, world.curator, kind="component", code="part", name={"vi": "x"}, parent_id=root.id)
    with transaction(world.sessions) as db:
        update_subject(db, world.curator, root.id, local_code="HT-1")
    with transaction(world.sessions) as db, pytest.raises(LocalCodeTakenError):
        create_subject(
            db,
            world.curator,
            kind="component",
            code="twin",
            name={"vi": "x"},
            parent_id=root.id,
            local_code="HT-1",
        )


def test_it_keeps_root_codes_unique_on_the_server(world):
    world.subject("root-code")

    with transaction(world.sessions) as db, pytest.raises(CodeTakenError):
        create_subject(
            db,
            world.callers["stranger"],
            kind="site",
            code="root-code",
            name={"en": "x"},
            organisation_id=world.hanoi,
        )


@pytest.mark.parametrize("code", ["a.b", "", "điện", "-a", "a b"])
def test_it_refuses_what_is_not_one_label(world, code):
    with transaction(world.sessions) as db, pytest.raises(InvalidCodeError):
        create_subject(db, world.curator, kind="site", code=code, name={"vi": "x"}, organisation_id=world.hue)


def test_it_lets_contributors_make_parts_but_no_roots(world):
    root = world.subject("roles")
    with transaction(world.sessions) as db:
        create_subject(db, world.contributor, kind="component", code="p", name={"vi": "p"}, parent_id=root.id)
        with pytest.raises(ForbiddenError):
            create_subject(
                db, world.contributor, kind="site", code="r", name={"vi": "r"}, organisation_id=world.hue
            )
        with pytest.raises(ForbiddenError):
            create_subject(
                db,
                world.callers["viewer"],
                kind="component",
                code="v",
                name={"vi": "v"},
                parent_id=root.id,
            )
        with pytest.raises(NotFoundError):
            create_subject(
                db,
                world.callers["stranger"],
                kind="component",
                code="s",
                name={"vi": "s"},
                parent_id=root.id,
            )
