"""What an upload tells while it runs."""

from __future__ import annotations

from heritwin.api import Json


class Listener:
    """Hears how far an upload is; the command draws bars from it."""

    def begin(self, stage: str, total_bytes: int) -> None:
        """A stage (``comparing``, ``sending`` or ``fetching``) of so many bytes begins."""

    def advance(self, size_bytes: int) -> None:
        """So many more bytes of the stage are done; fewer (below zero) when a part must go again."""

    def note(self, text: str) -> None:
        """Something a person should read (a retry, a resume)."""

    def early(self, upload: Json) -> None:
        """The server's early word on the files of an upload, from their heads and tails."""
