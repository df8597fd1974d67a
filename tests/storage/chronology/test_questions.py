"""The questions that come with the real records of Thái Hòa are answered exactly."""

import json

import pytest

from storage.callers import Role
from storage.chronology.importing.file import RecordFile
from storage.chronology.importing.loading import import_records
from storage.db import transaction
from tests.storage.chronology.asking import answer

HISTORIAN = ["read", "write", "curate", "history:import"]


@pytest.fixture(scope="module")
def palace(module_world, shared_data):
    """The world with the records of the palace in it."""
    content = json.loads((shared_data / "records" / "thai-hoa.json").read_text("utf-8"))
    historian = module_world.member(module_world.hue, Role.CURATOR, scopes=HISTORIAN)
    with transaction(module_world.sessions) as db:
        made = import_records(db, historian, module_world.hue, RecordFile.model_validate(content))
    return module_world, made


@pytest.fixture(scope="module")
def questions(shared_data):
    """The questions."""
    return json.loads((shared_data / "records" / "queries.json").read_text("utf-8"))["questions"]


def test_it_loads_every_record_of_the_palace(palace):
    _, made = palace

    assert {sort: count["added"] for sort, count in made.counts.items()} == {
        "agents": 8,
        "sources": 35,
        "concepts": 58,
        "subjects": 120,
        "events": 30,
        "statements": 233,
        "captures": 5,
        "relations": 8,
    }
    assert all(count["kept"] == 0 for count in made.counts.values())


def test_it_answers_every_question_exactly(palace, questions, subtests):
    world, _ = palace
    parts = [(each["id"], number, part) for each in questions for number, part in enumerate(each["parts"])]
    assert len(parts) == 27
    for question, number, part in parts:
        with subtests.test(f"{question} {number}"), transaction(world.sessions) as db:
            found = answer(db, world.curator, part["ask"])
            expected = part["expect"]
            if isinstance(expected, list) and not part["ordered"]:
                found, expected = sorted(found), sorted(expected)
            assert found == expected
