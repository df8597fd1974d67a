"""Who may do what: one table of every route and every kind of caller, every cell asserted."""

import pytest

from tests.service.arranging import Arranging
from tests.service.world import World

CALLERS = ("anonymous", "viewer", "contributor", "curator", "admin", "other", "root")

# What a private thing of an organisation answers: nobody else learns that it is there.
SEEN = (404, 200, 200, 200, 200, 404, 200)
LISTED = (200,) * 7
KNOWN = (401, 200, 200, 200, 200, 200, 200)
KNOWN_MEMBER = (401, 200, 200, 200, 200, 404, 200)
OPEN = (200,) * 7
# A draft, and its jobs: the one who uploaded it (here the contributor) and curators.
WORKED_ON = (404, 404, 200, 200, 200, 404, 200)
SENT = (401, 404, 200, 200, 200, 404, 200)


def contributors(status: int) -> tuple[int, ...]:
    return (401, 403, status, status, status, 404, status)


def curators(status: int) -> tuple[int, ...]:
    return (401, 403, 403, status, status, 404, status)


def admins(status: int) -> tuple[int, ...]:
    return (401, 403, 403, 403, status, 404, status)


TABLE: dict[str, tuple[str, tuple[int, ...]]] = {
    # route: (how it is asked, what each caller gets)
    "POST /v1/sessions": ("open_session", (201,) * 7),
    "DELETE /v1/sessions/current": ("close_session", (401, 204, 204, 204, 204, 204, 204)),
    "POST /v1/login-links": ("login_link", (401, 201, 201, 201, 201, 201, 201)),
    "GET /v1/me": ("me", KNOWN),
    "POST /v1/organisations": ("new_organisation", (401, 403, 403, 403, 403, 403, 201)),
    "GET /v1/organisations": ("organisations", KNOWN),
    "GET /v1/organisations/{organisation_id}": ("organisation", KNOWN_MEMBER),
    "POST /v1/organisations/{organisation_id}/members": ("new_member", admins(201)),
    "GET /v1/organisations/{organisation_id}/members": ("members", KNOWN_MEMBER),
    "DELETE /v1/organisations/{organisation_id}/members/{person_id}": ("remove_member", admins(204)),
    "POST /v1/organisations/{organisation_id}/keys": ("new_key_of_another", admins(201)),
    "GET /v1/organisations/{organisation_id}/keys": ("keys", KNOWN_MEMBER),
    "DELETE /v1/keys/{key_id}": ("key_of_another", (401, 404, 404, 404, 204, 404, 204)),
    "POST /v1/subjects": ("new_root", curators(201)),
    "GET /v1/subjects": ("subjects", LISTED),
    "GET /v1/subjects/by-code/{path}": ("by_code", SEEN),
    "GET /v1/subjects/{subject_id}": ("subject", SEEN),
    "PATCH /v1/subjects/{subject_id}": ("patch_subject", curators(200)),
    "GET /v1/subjects/{subject_id}/tree": ("tree", SEEN),
    "POST /v1/subjects/{subject_id}/frame": ("new_frame", curators(201)),
    "GET /v1/subjects/{subject_id}/frame": ("frame", SEEN),
    "POST /v1/subjects/{subject_id}/captures": ("new_capture", contributors(201)),
    "GET /v1/subjects/{subject_id}/captures": ("captures", SEEN),
    "GET /v1/captures/{capture_id}": ("one_capture", SEEN),
    "POST /v1/subjects/{subject_id}/assets": ("new_asset", contributors(201)),
    "GET /v1/subjects/{subject_id}/assets": ("assets", SEEN),
    "GET /v1/assets/{asset_id}": ("asset", SEEN),
    "GET /v1/assets/{asset_id}/versions": ("versions_of_asset", SEEN),
    "POST /v1/uploads": ("new_upload", contributors(201)),
    "GET /v1/uploads": ("uploads", KNOWN),
    "GET /v1/uploads/{upload_id}": ("upload", SENT),
    "DELETE /v1/uploads/{upload_id}": ("abandon", (401, 404, 204, 204, 204, 404, 204)),
    "POST /v1/uploads/{upload_id}/parts:sign": ("sign", SENT),
    "POST /v1/uploads/{upload_id}/early:sign": ("sign_early", SENT),
    "POST /v1/uploads/{upload_id}/early": ("early", tuple(202 if s == 200 else s for s in SENT)),
    "POST /v1/uploads/{upload_id}/complete": ("complete", SENT),
    "GET /v1/versions/{version_id}": ("draft", WORKED_ON),
    "POST /v1/versions/{version_id}/publish": ("publish", (401, 404, 403, 200, 200, 404, 200)),
    "POST /v1/versions/{version_id}/withdraw": ("withdraw", curators(200)),
    "GET /v1/versions/{version_id}/derivatives": ("derivatives", SEEN),
    "GET /v1/versions/{version_id}/jobs": ("jobs_of_version", SEEN),
    "GET /v1/versions/{version_id}/endpoint": ("endpoint", SEEN),
    "GET /v1/versions/{version_id}/files/{path}": ("original", SEEN),
    "GET /v1/versions/{version_id}/events": ("version_events", WORKED_ON),
    "POST /v1/versions/{version_id}/placements": ("ask_placement", contributors(202)),
    "GET /v1/versions/{version_id}/placements": ("placements", SEEN),
    "POST /v1/versions/{version_id}/cuts": ("ask_cut", contributors(202)),
    "GET /v1/versions/{version_id}/cuts": ("cuts", SEEN),
    "POST /v1/versions/{version_id}/measures": ("ask_measures", contributors(202)),
    "GET /v1/versions/{version_id}/measures": ("measures", SEEN),
    "POST /v1/versions/{version_id}/cleanings": ("ask_cleaning", contributors(202)),
    "GET /v1/versions/{version_id}/cleanings": ("cleanings", SEEN),
    "GET /v1/placements/{placement_id}": ("one_placement", SEEN),
    "POST /v1/placements/{placement_id}/decisions": ("decide", curators(201)),
    # The first version of a frame stands at its origin by rule: there is nothing to compute again.
    "POST /v1/placements/{placement_id}/verify": ("verify_placement", contributors(409)),
    "POST /v1/derivatives/{derivative_id}/verify": ("verify_derivative", contributors(202)),
    "GET /v1/derivatives/{derivative_id}": ("derivative", SEEN),
    "GET /v1/derivatives/{derivative_id}/files/{name}": ("picture", SEEN),
    "GET /v1/jobs": ("jobs", KNOWN),
    "GET /v1/jobs/{job_id}": ("one_job", WORKED_ON),
    "GET /v1/jobs/{job_id}/events": ("job_events", WORKED_ON),
    "POST /v1/jobs/{job_id}/cancel": ("cancel", (401, 404, 202, 202, 202, 404, 202)),
    "POST /v1/jobs/{job_id}/retry": ("retry", (401, 404, 202, 202, 202, 404, 202)),
    "GET /v1/statements": ("statements", LISTED),
    "POST /v1/statements": ("new_statement", contributors(201)),
    "GET /v1/statements/{statement_id}": ("one_statement", SEEN),
    "POST /v1/statements/{statement_id}/corrections": ("correction", curators(201)),
    "GET /v1/subjects/{subject_id}/statements": ("statements_of_subject", SEEN),
    "GET /v1/subjects/{subject_id}/materials": ("materials", SEEN),
    "GET /v1/subjects/{subject_id}/condition": ("condition", SEEN),
    "GET /v1/events": ("events", LISTED),
    "POST /v1/events": ("new_event", contributors(201)),
    "GET /v1/events/{event_id}": ("one_event", SEEN),
    "GET /v1/relations": ("relations", LISTED),
    "GET /v1/subjects/{subject_id}/timeline": ("timeline", SEEN),
    "GET /v1/search": ("search", LISTED),
    "GET /v1/subjects/{subject_id}/parts": ("parts", SEEN),
    "GET /v1/subjects/{subject_id}/version": ("representing_version", SEEN),
    "GET /v1/concepts": ("concepts", LISTED),
    "POST /v1/imports": ("new_import", curators(201)),
    "GET /v1/imports/{import_id}": ("one_import", KNOWN_MEMBER),
    "GET /t/public/{derivative}/{path}": ("public_tile", OPEN),
    "GET /t/public/{derivative}/placed/{placement}/tileset.json": ("public_placed", OPEN),
    "GET /t/s/{derivative}/{path}": ("session_tile", SEEN),
    "GET /t/s/{derivative}/placed/{placement}/tileset.json": ("session_placed", SEEN),
    # The token itself says who: whoever holds the address reads, as the design has it.
    "GET /t/{token}/{derivative}/{path}": ("token_tile", OPEN),
    "GET /t/{token}/{derivative}/placed/{placement}/tileset.json": ("token_placed", OPEN),
    "GET /healthz": ("healthz", OPEN),
    # No worker runs here, and it says so to everybody.
    "GET /readyz": ("readyz", (503,) * 7),
    "GET /metrics": ("metrics", OPEN),
}

CELLS = [
    pytest.param(route, caller, status, id=f"{route} {caller}")
    for route, (_, statuses) in TABLE.items()
    for caller, status in zip(CALLERS, statuses, strict=True)
]


@pytest.fixture(scope="module")
def arranging(world: World) -> Arranging:
    """What the table asks about."""
    return Arranging(world)


@pytest.mark.parametrize(("route", "caller", "status"), CELLS)
def test_it_answers_each_caller_as_the_table_says(
    world: World, arranging: Arranging, route: str, caller: str, status: int
) -> None:
    path, body = getattr(arranging, TABLE[route][0])()
    who = None if caller == "anonymous" else caller
    answer = world.ask(who, route.split()[0], path, body)
    assert answer.status_code == status, answer.text


def test_it_has_a_row_for_every_route(world: World) -> None:
    described = world.get(None, "/openapi.json")["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    assert routes == set(TABLE)
