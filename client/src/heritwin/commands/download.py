"""Fetching scans as they were received: ``heritwin download``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heritwin import display
from heritwin.commands.context import AsJson, Server, connect, version
from heritwin.downloading import fetch
from heritwin.errors import PausedError

app = typer.Typer()


@app.command()
def download(
    address: Annotated[str, typer.Argument(help="Version id, or subject/asset/v3")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for its files.")] = Path(),
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the files of a version as they were received, each held to its SHA-256.

    Run again after a break: what is there whole is left as it is, and the rest goes on where it was.
    """
    try:
        with connect(server) as api, display.upload_bars(quiet=as_json) as bars:
            found = version(api, address)
            saved = fetch(api, found, output, bars)
    except KeyboardInterrupt as stop:
        raise PausedError(
            "Stopped. What arrived is kept.", hint="Run the same command again to go on."
        ) from stop
    if as_json:
        display.print_json({"version": found["id"], "files": saved})
        return
    for file in saved:
        was = "was there" if file["was_there"] else "fetched"
        display.people.print(f"{file['file']}: {was}, {file['bytes']:,} bytes, verified.", highlight=False)
