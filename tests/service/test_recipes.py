"""Recipes over the API: asked for, made once by their parameters, fetched; nonsense is refused at once."""

from typing import Any

import pytest

from storage.db import transaction
from storage.jobs.inputs import inputs_of
from tests.service.world import World, derivative_of


@pytest.mark.parametrize(
    ("what", "operation", "body", "other"),
    [
        ("measures", "measure-version", {"cell_m": 0.5}, {"cell_m": 0.25}),
        ("cleanings", "clean-version", {"ratio": 2.0}, {"ratio": 2.0, "voxel_m": 0.01}),
    ],
)
def test_it_makes_a_recipe_once_for_its_parameters(
    world: World, what: str, operation: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    version = world.make_published("public")
    where = f"/v1/versions/{version['id']}/{what}"
    first = world.ask("contributor", "POST", where, body)
    again = world.ask("curator", "POST", where, body | {"neighbours": 16})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["job"]["id"] == again.json()["job"]["id"]
    assert first.json()["job"]["operation"] == operation
    world.work()
    answer = world.ask("contributor", "POST", where, body)
    assert (answer.status_code, answer.json()["job"]) == (200, None)
    (file,) = answer.json()["derivative"]["files"]
    assert world.ask(None, "GET", file["url"]).status_code == 200
    assert world.ask("contributor", "POST", where, other).status_code == 202
    world.work()
    assert len(world.get(None, where)["items"]) == 2


def test_it_reads_the_copc_file_and_keeps_its_parameters(world: World) -> None:
    version = world.make_worked_draft()
    world.post("contributor", f"/v1/versions/{version['id']}/cleanings", {"voxel_m": 0.02})
    claim = world.claim("clean-version")
    assert claim is not None
    with transaction(world.sessions) as db:
        (file,) = inputs_of(db, claim)
    assert file.object_key == f"derivatives/{derivative_of(version, 'copc')}/cloud.copc.laz"
    assert claim.arguments == {"neighbours": 16, "voxel_m": 0.02, "normals": False}
    world.fail(claim, "empty-result", "none of the points stays")


@pytest.fixture(scope="module")
def draft(world: World) -> dict[str, Any]:
    """A version that is only asked about."""
    return world.make_worked_draft()


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("measures", {"neighbours": 0}),
        ("measures", {"cell_m": 0}),
        ("measures", {"sample": 0}),
        ("cleanings", {}),
        ("cleanings", {"ratio": 0}),
        ("cleanings", {"ratio": 2, "neighbours": -1}),
        ("cleanings", {"voxel_m": 0}),
        ("cleanings", {"voxel_m": -0.1}),
        ("cleanings", {"voxel": 0.1}),
    ],
)
def test_it_refuses_at_once_what_makes_no_sense(
    world: World, draft: dict[str, Any], what: str, body: dict[str, Any]
) -> None:
    answer = world.ask("contributor", "POST", f"/v1/versions/{draft['id']}/{what}", body)
    assert (answer.status_code, answer.json()["kind"]) == (422, "invalid-request")
