"""Structure and time: take a record file in, show a subject's timeline and statements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from heritwin import display
from heritwin.api import Api, Json
from heritwin.commands.context import AsJson, Server, connect, organisation, subject
from heritwin.errors import ClientError

app = typer.Typer()

AsOf = Annotated[str | None, typer.Option("--as-of", help="EDTF date, e.g. 1833 or 1990/1999.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="Moment, e.g. 2020-01-01T00:00:00Z.")]


@app.command("import")
def import_records(
    file: Annotated[Path, typer.Argument(help="Record file: JSON of schema heritage-records/1.")],
    organisation_code: Annotated[
        str | None, typer.Option("--organisation", help="Organisation code; yours, if there is one.")
    ] = None,
    public: Annotated[bool, typer.Option(help="Anyone may see the roots it makes.")] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Take a record file in: all of it or nothing, and the same content only once (curators)."""
    content = file_content(file)
    with connect(server) as api, display.working(f"Taking in {file.name}", quiet=as_json):
        made = send(api, content, organisation(api, organisation_code), public=public)
    if as_json:
        display.print_json(made)
        return
    if made["was_there"]:
        display.people.print("This content was taken in before; nothing was done.", highlight=False)
    rows = [(sort, count["added"], count["kept"]) for sort, count in made["counts"].items()]
    display.print_table(file.name, ["records", "added", "there already"], rows)


def file_content(file: Path) -> Any:
    """The JSON of a record file."""
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise ClientError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ClientError(f"{file} is no JSON: {error}", hint="A record file is one JSON object.") from error


def send(api: Api, content: Any, organisation_id: str, *, public: bool) -> Json:
    """Send a record file; a broken line may be tried again, it is taken in once."""
    body = {
        "organisation_id": organisation_id,
        "visibility": "public" if public else "private",
        "records": content,
    }
    return api.post("/v1/imports", body)


@app.command()
def timeline(
    code: Annotated[str, typer.Argument(help="Subject code.")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Events, statements, captures and versions of a subject, in the order of their dates."""
    with connect(server) as api:
        owner = subject(api, code)
        found = api.get(f"/v1/subjects/{owner['id']}/timeline", as_of=as_of, known_at=known_at)
    if as_json:
        display.print_json(found)
        return
    display.print_table(
        f"{code}, as known at {found['known_at']}",
        ["date", "what", "", "certainty", "code"],
        [
            (row["edtf"] or "no date", row["entry"], _text(row["title"]), row["certainty"], row["code"])
            for row in found["items"]
        ],
    )


@app.command()
def statements(
    code: Annotated[str, typer.Argument(help="Subject code; itself and all below it.")],
    predicate: Annotated[str | None, typer.Option(help="material, condition, dimension…")] = None,
    concept: Annotated[str | None, typer.Option(help="With narrower concepts, e.g. wood.")] = None,
    hypothesis: Annotated[str, typer.Option(help="none, any, or a code.")] = "none",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """What is held of a subject and its parts: at a date, as known at a moment."""
    query = {
        "under": code,
        "predicate": predicate,
        "concept": concept,
        "narrower": "true" if concept else None,
        "hypothesis": hypothesis,
        "as_of": as_of,
        "known_at": known_at,
    }
    with connect(server) as api:
        used = api.get("/v1/statements", **query, limit=1)["known_at"]
        found = list(api.items("/v1/statements", **{**query, "known_at": known_at or None}))
    if as_json:
        display.print_json({"items": found, "known_at": used})
        return
    display.print_table(
        f"{code}, as known at {used}",
        ["subject", "what", "", "date", "certainty", "code"],
        [
            (
                row["subject"]["path"],
                row["predicate"]["code"],
                _said(row),
                row["edtf"],
                row["certainty"],
                row["code"],
            )
            for row in found
        ],
    )


def _text(name: Json | None) -> str:
    return str((name or {}).get("en") or (name or {}).get("vi") or "")


def _said(row: Json) -> str:
    words = [_text(row["concept"]["label"])] if row["concept"] else []
    return ", ".join([*words, *(f"{key} {value}" for key, value in row["value"].items())])
