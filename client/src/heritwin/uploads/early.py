"""Heads and tails of all files first: what the server makes of them while the rest is on its way."""

from __future__ import annotations

from heritwin.api import Json
from heritwin.uploads.files import LocalFile
from heritwin.uploads.persisting import Persistence


class EarlyWord:
    """Asks for the early word in the background."""

    def __init__(
        self, persistence: Persistence, upload: Json, files: list[LocalFile], *, stops_on_problem: bool
    ) -> None:
        self._persistence, self._upload, self._files = persistence, upload, files
        self._stops_on_problem = stops_on_problem

    def ask(self) -> None:
        """Send heads and tails."""

    def close(self) -> None:
        """Stop asking."""

    def require(self) -> None:
        """Raise what the early word was stopped for."""
