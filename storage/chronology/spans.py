"""Spans of days in SQL."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, func, literal
from sqlalchemy.dialects.postgresql import INT4RANGE

from storage.chronology.edtf import span_of


def shares_a_day(span: Any, as_of: str | None) -> ColumnElement[bool]:
    """Return the condition that a column of spans and an EDTF date share at least one day."""
    if as_of is None:
        return literal(True)
    asked = span_of(as_of)
    days = func.int4range(
        literal(asked.day_from, Integer), literal(asked.day_to, Integer), "[]", type_=INT4RANGE
    )
    overlaps: ColumnElement[bool] = span.op("&&", is_comparison=True)(days)
    return overlaps


def bounds_share_a_day(day_from: Any, day_to: Any, as_of: str | None) -> ColumnElement[bool]:
    """Return the same condition for two columns of bounds, NULL being open."""
    span = func.int4range(func.cast(day_from, Integer), func.cast(day_to, Integer), "[]", type_=INT4RANGE)
    return shares_a_day(span, as_of)
