"""The ``heritwin`` command: the client's own verbs, and those that installed packages add."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from heritwin import display
from heritwin.commands import (
    account,
    cuts,
    download,
    jobs,
    recipes,
    records,
    subjects,
    upload,
    verify,
    versions,
)
from heritwin.errors import ClientError

OWN = (
    account.app,
    subjects.app,
    upload.app,
    versions.app,
    download.app,
    cuts.app,
    recipes.app,
    jobs.app,
    verify.app,
    records.app,
)


def build() -> typer.Typer:
    """One flat command from the client's own apps and the entry points ``heritwin.commands``."""
    app = typer.Typer(
        name="heritwin",
        help="Digital twins of heritage: send scans, follow the work on them, see what there is.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for part in OWN:
        app.registered_commands.extend(part.registered_commands)
        app.registered_groups.extend(part.registered_groups)
    for entry in entry_points(group="heritwin.commands"):
        try:
            added: typer.Typer = entry.load()
        except ImportError:
            # A server's verbs where its parts do not run, as on Windows: the client's own still do.
            continue
        app.registered_commands.extend(added.registered_commands)
        app.registered_groups.extend(added.registered_groups)
    return app


def main() -> None:
    """Run the command; a known failure is one or two lines and exit code 1, never a trace."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console in cp1258 must not stop an upload over one letter of a name.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        build()()
    except ClientError as error:
        display.print_error(error)
        sys.exit(error.exit_code)
