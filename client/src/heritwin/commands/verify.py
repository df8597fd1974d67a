"""Have a result done again by the server, and say how far the two agree."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from heritwin import display
from heritwin import jobs as waiting
from heritwin.api import Api, Json
from heritwin.commands.context import AsJson, Server, connect
from heritwin.errors import ApiError, ClientError

app = typer.Typer()

KINDS = ("derivatives", "placements")


@app.command("verify")
def verify(
    result_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a derivative or of a placement.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Do a derivative or a registration again from its record and compare; exits 1 where they differ."""
    with connect(server) as api:
        job = _ended(api, _asked(api, result_id))
    found = job["attempts"][-1]["result"]["verify"]
    if as_json:
        display.print_json({"id": result_id, "job": job["id"], **found})
    else:
        display.people.print(f"{result_id}: {found['verdict']}", highlight=False)
        for name, value in found["figures"].items():
            display.people.print(f"  {name}: {value}", highlight=False)
    if found["verdict"] == "different":
        raise typer.Exit(1)


def _asked(api: Api, result_id: str) -> Json:
    for kind in KINDS:
        try:
            answer: dict[str, Any] = api.post(f"/v1/{kind}/{result_id}/verify")
        except ApiError as error:
            if error.status != 404:
                raise
            continue
        return dict(answer["job"])
    raise ClientError(
        f"{result_id} is no derivative or placement you may see", hint="See: heritwin versions --help"
    )


def _ended(api: Api, job: Json) -> Json:
    waiting.wait(api, job["version_id"])
    found: Json = api.get(f"/v1/jobs/{job['id']}")
    waiting.refuse_failures([found])
    return found
