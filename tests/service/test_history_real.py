"""The questions that come with the real records are answered exactly over HTTP, by somebody who may read."""

import json
import time
from urllib.parse import urlencode

import pytest

from tests.service.test_history import historian  # noqa: F401 - a fixture

PATHS = {
    "search_subjects": "/v1/search",
    "statements": "/v1/statements",
    "events": "/v1/events",
    "relations": "/v1/relations",
}
NAMES = {"valid_at": "as_of", "text": "q"}
MOST_SECONDS = 60


@pytest.fixture(scope="module")
def palace(world, historian, shared_data):  # noqa: F811 - the fixture imported above
    """The records of the palace, sent as one request."""
    records = json.loads((shared_data / "records" / "thai-hoa.json").read_text("utf-8"))
    begun = time.perf_counter()
    made = world.post("historian", "/v1/imports", {"organisation_id": world.organisation, "records": records})
    return made, time.perf_counter() - begun


def found(world, asked):
    """The answer to one `ask`, in its own words."""
    op, form = asked["op"], asked.get("return", "codes")
    query = {NAMES.get(k, k): v for k, v in asked.items() if k not in ("op", "return", "order", "root")}
    path = (
        PATHS.get(op)
        or f"/v1/subjects/{world.get('viewer', '/v1/subjects/by-code/' + asked['root'])['id']}/parts"
    )
    items = world.get("viewer", f"{path}?{urlencode({**query, 'limit': 200}).replace('True', 'true')}")[
        "items"
    ]
    match op, form:
        case "search_subjects", _:
            return [each["path"] for each in items]
        case "tree", "count":
            return len(items)
        case "tree", _:
            return [each["subject"]["path"] for each in items]
        case "relations", _:
            side = "from_subject" if "to" in asked else "to_subject"
            return [each[side]["path"] for each in items]
        case _, "amounts":
            return [each["value"]["amount"] for each in items]
        case _, "subjects":
            return sorted({each["subject"]["path"] for each in items})
    return [each["code"] for each in items]


def test_it_takes_in_all_statements_in_one_request(palace):
    made, seconds = palace

    assert made["counts"]["statements"] == {"added": 233, "kept": 0}
    assert seconds < MOST_SECONDS


def test_it_answers_every_question_over_http(world, palace, shared_data, subtests):
    questions = json.loads((shared_data / "records" / "queries.json").read_text("utf-8"))["questions"]
    for question in questions:
        for number, part in enumerate(question["parts"]):
            with subtests.test(f"{question['id']} {number}"):
                answer, expected = found(world, part["ask"]), part["expect"]
                if isinstance(expected, list) and not part["ordered"]:
                    answer, expected = sorted(answer), sorted(expected)
                assert answer == expected
