"""Versions: list, show, publish, withdraw; placements and what people decide on them."""

from __future__ import annotations

from typing import Annotated

import typer

from heritwin import display
from heritwin.api import Json
from heritwin.commands.context import AsJson, Server, asset, connect, subject, version

app = typer.Typer()


@app.command("add-capture")
def add_capture(
    code: Annotated[str, typer.Argument(help="Subject code.")],
    name: Annotated[str, typer.Argument(help="Short code of the campaign, e.g. tls-2022.")],
    date: Annotated[str, typer.Option(help="When, in EDTF, e.g. 2022-04/2022-05.")],
    method: Annotated[str, typer.Option(help="e.g. terrestrial-laser-scanning, photogrammetry.")],
    sensor: Annotated[str | None, typer.Option(help="Instrument.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Record a survey campaign of a subject."""
    with connect(server) as api:
        owner = subject(api, code)
        body = {"code": name, "method": method, "date_edtf": date, "sensor": sensor}
        made = api.post(f"/v1/subjects/{owner['id']}/captures", body)
    _say(made, f"Made capture {name}.", as_json=as_json)


@app.command()
def versions(
    address: Annotated[str, typer.Argument(help="subject/asset")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List the versions of an asset."""
    with connect(server) as api:
        rows = list(api.items(f"/v1/assets/{asset(api, address)['id']}/versions"))
    if as_json:
        display.print_json({"items": rows})
        return
    display.print_table(
        address,
        ["version", "state", "format", "points / triangles", "placement", "id"],
        [
            (
                f"v{row['number']}" if row["number"] else "draft",
                row["state"],
                row["format"],
                f"{row['points'] or row['triangles'] or 0:,}",
                (row["placement"] or {}).get("state", "none"),
                row["id"],
            )
            for row in rows
        ],
    )


@app.command("version")
def show(
    address: Annotated[str, typer.Argument(help="Version id, or subject/asset/v3")],
    server: Server = None,
) -> None:
    """Everything the server says of one version, as JSON."""
    with connect(server) as api:
        display.print_json(api.get(f"/v1/versions/{version(api, address)['id']}"))


@app.command()
def publish(
    address: Annotated[str, typer.Argument(help="Version id")], server: Server = None, as_json: AsJson = False
) -> None:
    """Give a draft its number and its manifest; it never changes afterwards (curators)."""
    with connect(server) as api:
        made = api.post(f"/v1/versions/{version(api, address)['id']}/publish")
    _say(made, f"Published as v{made['number']}.", as_json=as_json)


@app.command()
def withdraw(
    address: Annotated[str, typer.Argument(help="Version id, or subject/asset/v3")],
    reason: Annotated[str, typer.Option(help="Why; it is shown in its place.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Take a published version back; a tombstone stays (curators)."""
    with connect(server) as api:
        made = api.post(f"/v1/versions/{version(api, address)['id']}/withdraw", {"reason": reason})
    _say(made, "Withdrawn. Copies in other people's caches cannot be called back.", as_json=as_json)


@app.command()
def decide(
    placement: Annotated[str, typer.Argument(help="Placement id")],
    state: Annotated[str, typer.Argument(help="accepted, ambiguous or rejected")],
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    alternative: Annotated[
        int | None, typer.Option(help="Take this alternative of an ambiguous placement (from 0).")
    ] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Decide on a placement in your name (curators)."""
    body: Json = {"state": state, "reason": reason}
    if alternative is not None:
        body["alternative"] = alternative
    with connect(server) as api:
        made = api.post(f"/v1/placements/{placement}/decisions", body)
    _say(made, f"Recorded: {made['state']}.", as_json=as_json)


def _say(value: Json, text: str, *, as_json: bool) -> None:
    if as_json:
        display.print_json(value)
    else:
        display.people.print(text, highlight=False)
