"""How a command of this machine says a known failure."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import typer

from stack.errors import StackError

P = ParamSpec("P")


@contextmanager
def known_failures() -> Iterator[None]:
    """Say a known failure in two lines and exit 1, without a trace."""
    try:
        yield
    except StackError as error:
        typer.echo(f"{error.kind}: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        raise typer.Exit(1) from error


def failing_known(command: Callable[P, None]) -> Callable[P, None]:
    """A command that says its known failures so."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        with known_failures():
            command(*arguments, **options)

    return run
