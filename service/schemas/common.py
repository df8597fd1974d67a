"""Shapes that many answers share."""

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints

T = TypeVar("T")

# PostgreSQL text holds no NUL; nothing people name needs control characters.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Words = Annotated[
    str, StringConstraints(min_length=1, max_length=2_000, pattern=_PRINTABLE, strip_whitespace=True)
]
ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=_PRINTABLE, strip_whitespace=True)
]
Edtf = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z?~%./:\[\]{},+-]+$")
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$")]
Point = Annotated[list[FiniteFloat], Field(min_length=3, max_length=3)]
Matrix4 = Annotated[
    list[Annotated[list[FiniteFloat], Field(min_length=4, max_length=4)]], Field(min_length=4, max_length=4)
]


class Body(BaseModel):
    """The base of request bodies: an unknown field is a mistake, and is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """The base of answers, filled from storage's records."""

    model_config = ConfigDict(from_attributes=True)


class Page(Answer, Generic[T]):
    """One page of a list; `next` is the cursor of the following one, or null at the end."""

    items: list[T]
    next: str | None = None


class Name(BaseModel):
    """A name in one or both languages."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    vi: ShortText | None = None
    en: ShortText | None = None


class ErrorText(Answer):
    """Why something failed: the kind for machines, the text for people."""

    kind: str
    message: str | None = None
    hint: str | None = None
    text: str | None = Field(None, description="The catalogue's text, in the language asked.")


class ControlPoint(Body):
    """One mark seen in both: `moving` in the version's own frame, `fixed` in the site's, metres."""

    name: ShortText
    moving: Point
    fixed: Point


Json = dict[str, Any]

_PATH = r"^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*$"
PathQuery = Annotated[
    str | None,
    Query(max_length=2_000, pattern=_PATH, description="A dotted code path; itself and all below it."),
]
SearchQuery = Annotated[
    str | None,
    Query(min_length=1, max_length=200, pattern=_PRINTABLE, description="Words; accents do not matter."),
]
LocalCodeQuery = Annotated[str | None, Query(min_length=1, max_length=200, pattern=_PRINTABLE)]
