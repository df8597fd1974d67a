"""Who you are to which server: login, whoami, and a link that opens the pages."""

from __future__ import annotations

from typing import Annotated

import typer

from heritwin import display, settings
from heritwin.api import Api
from heritwin.commands.context import AsJson, Server, connect

app = typer.Typer()


@app.command()
def login(
    server: Annotated[str, typer.Argument(help="Address of the server, e.g. https://twin.example.org")],
    key: Annotated[
        str, typer.Option(prompt="Key", hide_input=True, help="The key your administrator gave you (ht_…).")
    ],
    ca_file: Annotated[
        str | None, typer.Option(help="The server's own authority, when it has one (a .crt file).")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--lang", help="vi or en for the server's messages.")
    ] = None,
) -> None:
    """Remember a server and a key for all later commands."""
    found = settings.Settings(server=server.rstrip("/"), key=key.strip(), ca_file=ca_file, language=language)
    with Api(found) as api:
        person = api.get("/v1/me")["person"]
    path = settings.save(found)
    display.people.print(f"Hello {person['name']}. Server and key are kept in {path}.", highlight=False)


@app.command()
def whoami(server: Server = None, as_json: AsJson = False) -> None:
    """Say who you are to the server, and what you may do."""
    with connect(server) as api:
        me = api.get("/v1/me")
    if as_json:
        display.print_json(me)
        return
    rows = [(o["name"], o["code"], o["role"]) for o in me["organisations"]]
    display.print_table(me["person"]["name"], ["organisation", "code", "role"], rows)


@app.command("open")
def open_pages(server: Server = None, as_json: AsJson = False) -> None:
    """Open the pages in the browser by a one-time login link."""
    with connect(server) as api:
        link = api.post("/v1/login-links")
    if as_json:
        display.print_json(link)
        return
    display.people.print(f"This link works once, for ten minutes:\n{link['url']}", highlight=False)
    typer.launch(link["url"])
