"""One entry of the catalogue."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """What is said about a kind: a title always, a sentence with values and a way out where there are."""

    title: str
    hint: str | None = None
    detail: str | None = None
