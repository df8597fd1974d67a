"""`heritwin backup` and `heritwin restore`."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

Data = Annotated[Path, typer.Option(help="Folder that holds everything this machine keeps.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def backup(
    destination: Annotated[Path, typer.Argument(help="Folder of backups, on another disk; made if need be.")],
    data: Data = Path("var"),
    verify: Annotated[
        bool, typer.Option("--verify", help="Also hash again what earlier backups copied.")
    ] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Save what there is, though objects are missing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Save rows and objects of the running stack; copies only what no earlier backup there holds."""
    from stack.backup.servers import servers_of
    from stack.backup.taking import take

    hear = _progress("objects saved", as_json)
    taken = take(servers_of(data), destination, hear=hear, verify=verify, allow_missing=allow_missing)
    _tell(asdict(taken), as_json)
    if not as_json:
        typer.echo(
            f"Saved {taken.rows} rows and {taken.objects} objects ({taken.bytes} bytes) as {taken.folder}; "
            f"{taken.copied} of them copied ({taken.copied_bytes} bytes), {taken.seconds:.1f} s."
        )
        for why in taken.missing:
            typer.echo(f"  NOT saved: {why}", err=True)


def restore(
    source: Annotated[Path, typer.Argument(help="Folder of backups.")],
    data: Annotated[Path, typer.Option(help="An empty or new folder.")],
    name: Annotated[
        str | None, typer.Option("--backup", help="Name of one backup; the newest by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty folder, and compare every row and every object with it."""
    from stack.backup.restoring import restore as restore_backup

    done = restore_backup(source, data, name=name, hear=_progress("objects restored", as_json))
    _tell(asdict(done), as_json)
    if not as_json:
        typer.echo(
            f"Restored {done.backup}: {done.rows} rows of {done.tables} tables and {done.objects} objects, "
            f"each compared ({done.seconds:.1f} s). Start it: heritwin up --data {data}"
        )
        if done.revision != done.revision_before:
            typer.echo(f"  its schema was {done.revision_before} and is now {done.revision}")
        if done.open_uploads:
            typer.echo(f"  {done.open_uploads} uploads were under way: their senders send them again")
        for why in done.missing:
            typer.echo(f"  was missing already when it was saved: {why}", err=True)


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, default=str))


def _progress(what: str, as_json: bool) -> Callable[[int, int], None]:
    """A line that counts, on a terminal; nothing elsewhere."""
    is_shown = sys.stderr.isatty() and not as_json

    def hear(done: int, total: int) -> None:
        if is_shown:
            sys.stderr.write(f"\r{done} of {total} {what}" + ("\n" if done == total else ""))

    return hear
