"""The description holds: whatever is sent, no 5xx and no answer that is not written down."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.service.arranging import Arranging
from tests.service.test_roles import TABLE
from tests.service.world import World, derivative_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Requests per operation: with some sixty operations a run stays under a minute.
EXAMPLES = 8
# Answers 503 here because no worker runs: written down, and meant.
NOT_READY = "GET /readyz"


@pytest.fixture(scope="module")
def arranging(world: World) -> Arranging:
    return Arranging(world)


@pytest.fixture(scope="module")
def seeds(world: World, arranging: Arranging) -> dict[str, str]:
    """Ids of things that are there, by the names of parameters and of fields."""
    shown = arranging.shown
    return {
        "organisation_id": world.organisation,
        "subject_id": arranging.part,
        "parent_id": arranging.part,
        "asset_id": shown["asset_id"],
        "version_id": shown["id"],
        "fixed_version_id": arranging.read["id"],
        "capture_id": arranging.capture,
        "placement_id": arranging.placement,
        "placement": arranging.placement,
        "derivative_id": str(derivative_of(shown, "picture")),
        "derivative": str(derivative_of(arranging.public, "tileset")),
        "job_id": arranging.job,
        "upload_id": world.open_upload(shown["asset_id"], b"0 0 0\n")["id"],
        "name": "picture.webp",
        "statement_id": arranging.statement,
        "event_id": arranging.event,
        "import_id": arranging.terms,
    }


def operations(schema: schemathesis.BaseSchema) -> Iterator[Any]:
    """Yield every operation of the description."""
    for result in schema.get_all_operations():
        yield result.ok()


def seeded(values: Any, seeds: dict[str, str]) -> Any:
    """Return generated values with ids of things that are there."""
    if isinstance(values, dict):
        return {
            name: seeds[name] if name.endswith("_id") and name in seeds else seeded(value, seeds)
            for name, value in values.items()
        }
    return values


def test_it_answers_as_described_whatever_is_sent(
    world: World, arranging: Arranging, seeds: dict[str, str], subtests: pytest.Subtests
) -> None:
    schema = schemathesis.openapi.from_url(f"{world.api.url}/openapi.json")
    headers = {"Authorization": f"Bearer {world.keys['root']}"}
    answered: dict[str, set[int]] = {}

    def probe(operation: Any) -> None:
        label = operation.label
        answered[label] = set()
        turns = itertools.cycle([True, False])

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case: Any) -> None:
            turn = next(turns)
            if turn and case.path_parameters:
                case.path_parameters |= {n: v for n, v in seeds.items() if n in case.path_parameters}
            if turn:
                case.body = seeded(case.body, seeds)
            if label.endswith("/events"):
                case.query = {**(case.query or {}), "once": "true"}
            response = case.call(headers=headers)
            answered[label].add(response.status_code)
            if label != NOT_READY:
                case.validate_response(response, checks=CHECKS)

        send()

    for operation in operations(schema):
        with subtests.test(operation.label):
            probe(operation)
        answered[operation.label].add(asked(world, arranging, operation.label).status_code)
    good = [label for label, statuses in answered.items() if any(200 <= s < 300 for s in statuses)]
    assert len(good) >= 0.8 * len(answered), sorted(set(answered) - set(good))


def asked(world: World, arranging: Arranging, label: str) -> httpx.Response:
    """Ask for a thing that is there, as a person who may."""
    path, body = getattr(arranging, TABLE[label][0])()
    return world.ask("root", label.split()[0], path, body)


def test_it_gives_an_example_of_every_body(world: World) -> None:
    described = world.get(None, "/openapi.json")
    schemas = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            text = json.dumps(content["schema"])
            name = text.partition("#/components/schemas/")[2].partition('"')[0]
            assert schemas[name].get("examples"), f"{method} {path}"


def test_it_writes_down_every_problem_as_a_problem(world: World) -> None:
    described = world.get(None, "/openapi.json")
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                if int(status) >= 400 and path != "/readyz":
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
