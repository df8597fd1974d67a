"""What is documented: list, show and make subjects."""

from __future__ import annotations

from typing import Annotated

import typer

from heritwin import display
from heritwin.api import Api, Json
from heritwin.commands.context import AsJson, Server, connect, subject
from heritwin.commands.context import organisation as find_organisation

app = typer.Typer()


def _name(row: Json) -> str:
    name = row["name"]
    return str(name.get("en") or name.get("vi") or row["code"])


@app.command()
def subjects(
    code: Annotated[str | None, typer.Argument(help="Show this subject and what is below it.")] = None,
    query: Annotated[
        str | None, typer.Option("--find", help="Part of a name, with or without accents.")
    ] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List subjects, or show one with its assets and versions."""
    with connect(server) as api:
        if code is None:
            found = list(api.items("/v1/subjects", q=query))
            if as_json:
                display.print_json({"items": found})
                return
            rows = [(row["path"], row["kind"], _name(row), row["local_code"]) for row in found]
            display.print_table("", ["code", "kind", "name", "local code"], rows)
            return
        _show(api, subject(api, code), as_json=as_json)


def _show(api: Api, row: Json, *, as_json: bool) -> None:
    assets = list(api.items(f"/v1/subjects/{row['id']}/assets"))
    versions = {asset["id"]: list(api.items(f"/v1/assets/{asset['id']}/versions")) for asset in assets}
    below = list(api.items("/v1/subjects", under=row["path"]))
    if as_json:
        display.print_json({"subject": row, "assets": assets, "versions": versions, "below": below})
        return
    display.print_table(
        f"{_name(row)} ({row['path']})",
        ["asset", "kind", "version", "state", "points / triangles", "placement"],
        [
            (
                asset["name"],
                asset["kind"],
                f"v{version['number']}" if version["number"] else version["id"],
                version["state"],
                f"{version['points'] or version['triangles'] or 0:,}",
                (version["placement"] or {}).get("state", "none"),
            )
            for asset in assets
            for version in versions[asset["id"]]
        ],
    )
    parts = [other for other in below if other["id"] != row["id"]]
    if parts:
        display.print_table(
            "below", ["code", "kind", "name"], [(r["path"], r["kind"], _name(r)) for r in parts]
        )


@app.command("add-subject")
def add_subject(
    path: Annotated[
        str, typer.Argument(help="Dotted code path; its parent must be there (or none: a root).")
    ],
    kind: Annotated[
        str, typer.Option(help="site, complex, monument, component, artefact, practice or document.")
    ],
    name: Annotated[str, typer.Option(help="Name, in the language of --lang.")],
    lang: Annotated[str, typer.Option(help="vi or en.")] = "vi",
    local_code: Annotated[str | None, typer.Option(help="Your own inventory code.")] = None,
    public: Annotated[bool, typer.Option("--public", help="A root that anyone may see.")] = False,
    organisation: Annotated[str | None, typer.Option(help="Organisation code, for a root.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Make a subject: a site, a monument, a part of it."""
    parent, _, code = path.rpartition(".")
    body: Json = {"kind": kind, "code": code, "name": {lang: name}, "local_code": local_code}
    with connect(server) as api:
        if parent:
            body["parent_id"] = subject(api, parent)["id"]
        else:
            body["organisation_id"] = find_organisation(api, organisation)
            body["visibility"] = "public" if public else "private"
        made = api.post("/v1/subjects", body)
    if as_json:
        display.print_json(made)
    else:
        display.people.print(f"Made {made['path']}.", highlight=False)
