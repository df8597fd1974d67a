"""EDTF dates (ISO 8601-2) as spans of days: parsed once, when something is written or asked."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException

from storage.chronology.days import day_number, days_in_month
from storage.chronology.errors import InvalidDateError

LONGEST = 100
# PostgreSQL's int4range holds these; they reach five million years back and forth.
_EARLIEST, _LATEST = -(2**31) + 1, 2**31 - 2
_PLAIN = re.compile(r"(-?\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?[~?%]?")
_OPEN = ".."
Bound = int | None


@dataclass(frozen=True, kw_only=True)
class Span:
    """A date as written, and the closed span of days it strictly means; None: open on that side."""

    edtf: str
    day_from: Bound
    day_to: Bound


@lru_cache(maxsize=4096)
def span_of(edtf: str) -> Span:
    """Return the span of an EDTF date: strict bounds, `~ ? %` do not widen it.

    Raises
    ------
    InvalidDateError
        If it is no EDTF, ends before it begins, or is an interval with an empty side, whose meaning
        (unknown) is easily taken for an open end.
    """
    if not edtf or len(edtf) > LONGEST:
        raise _invalid(edtf, "a date has 1 to 100 characters")
    if edtf.startswith("/") or edtf.endswith("/"):
        open_ended = f"{_OPEN}{edtf}" if edtf.startswith("/") else f"{edtf}{_OPEN}"
        raise InvalidDateError(
            f"{edtf!r} leaves one side of the interval empty", hint=f"write {open_ended} for an open side"
        )
    day_from, day_to = _fast(edtf) or _by_package(edtf)
    if day_from is not None and day_to is not None and day_from > day_to:
        raise InvalidDateError(f"{edtf!r} ends before it begins", hint="write the earlier date first")
    for day in (day_from, day_to):
        if day is not None and not _EARLIEST <= day <= _LATEST:
            raise _invalid(edtf, "it is more than five million years away")
    return Span(edtf=edtf, day_from=day_from, day_to=day_to)


def _fast(edtf: str) -> tuple[Bound, Bound] | None:
    """Return the bounds of YYYY, YYYY-MM, YYYY-MM-DD and intervals of them, None for other forms.

    The package takes about 12 ms for each.
    """
    first, slash, last = edtf.partition("/")
    lower = _fast_side(first, alone=not slash)
    upper = _fast_side(last, alone=False) if slash else lower
    return None if lower is None or upper is None else (lower[0], upper[1])


def _fast_side(text: str, *, alone: bool) -> tuple[Bound, Bound] | None:
    if text == _OPEN and not alone:
        return None, None
    match = _PLAIN.fullmatch(text)
    if match is None or match[1] == "-0000":
        return None
    year, month, day = int(match[1]), match[2], match[3]
    first, last = int(month or 1), int(month or 12)
    if day is not None and int(day) > days_in_month(year, last):
        # The package would take 1500-02-29: its calendar is Julian before October 1582.
        raise _invalid(text, "that month has no such day")
    return (
        day_number(year, first, int(day or 1)),
        day_number(year, last, int(day or days_in_month(year, last))),
    )


def _by_package(edtf: str) -> tuple[Bound, Bound]:
    try:
        parsed: Any = parse_edtf(edtf)
        return _bound(parsed.lower_strict()), _bound(parsed.upper_strict())
    except (EDTFParseException, ValueError, TypeError, AttributeError, OverflowError, IndexError) as error:
        raise _invalid(edtf, "it is no EDTF date") from error


def _bound(value: Any) -> Bound:
    # The package answers a struct_time, whose numbers are as written, or an infinity.
    if isinstance(value, float):
        return None
    last = days_in_month(value.tm_year, value.tm_mon)
    return day_number(value.tm_year, value.tm_mon, min(value.tm_mday, last))


def _invalid(edtf: str, why: str) -> InvalidDateError:
    return InvalidDateError(
        f"{edtf[:LONGEST]!r} cannot be used: {why}",
        hint="for example 1833, 1833-03, 1833-03-01, 1833~, 189X, 1833/1916, ../1805, -0299 for 300 BCE",
    )
