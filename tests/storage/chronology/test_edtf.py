"""EDTF dates mean the days they say, in the proleptic Gregorian calendar."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.chronology.days import day_number
from storage.chronology.edtf import span_of
from storage.chronology.errors import InvalidDateError

# 1833 and 2000 and the day of Unix are published figures; day 0 is the origin of the count itself.
DAYS = {
    (1833, 1, 1): 2390550,
    (2000, 1, 1): 2451545,
    (1970, 1, 1): 2440588,
    (1582, 10, 15): 2299161,
    (1, 1, 1): 1721426,
    (0, 1, 1): 1721060,
    (-4713, 11, 24): 0,
    (-299, 1, 1): 1611853,
}


@pytest.mark.parametrize("date", DAYS)
def test_it_numbers_the_day(date):
    assert day_number(*date) == DAYS[date]


@given(st.dates())
def test_it_numbers_days_as_the_calendar_of_python_does(date: datetime.date):
    assert day_number(date.year, date.month, date.day) == date.toordinal() + 1721425


@pytest.mark.parametrize(
    ("edtf", "first", "last"),
    [
        ("1833", (1833, 1, 1), (1833, 12, 31)),
        ("1833~", (1833, 1, 1), (1833, 12, 31)),
        ("1833?", (1833, 1, 1), (1833, 12, 31)),
        ("1833%", (1833, 1, 1), (1833, 12, 31)),
        ("1833-02", (1833, 2, 1), (1833, 2, 28)),
        ("1900-02", (1900, 2, 1), (1900, 2, 28)),
        ("2000-02", (2000, 2, 1), (2000, 2, 29)),
        ("1990-12-31", (1990, 12, 31), (1990, 12, 31)),
        ("1805-10/1833-02", (1805, 10, 1), (1833, 2, 28)),
        ("1833/1916~", (1833, 1, 1), (1916, 12, 31)),
        ("-0299", (-299, 1, 1), (-299, 12, 31)),
        ("-0257~/-0207", (-257, 1, 1), (-207, 12, 31)),
        ("0000", (0, 1, 1), (0, 12, 31)),
        ("18XX", (1800, 1, 1), (1899, 12, 31)),
        ("189X", (1890, 1, 1), (1899, 12, 31)),
        ("1833-03-XX", (1833, 3, 1), (1833, 3, 31)),
        ("{1970,1981..1982}", (1970, 1, 1), (1982, 12, 31)),
        ("1500-02-29/1600", None, None),
    ],
)
def test_it_spans_the_days_strictly_meant(edtf, first, last):
    if first is None:
        with pytest.raises(InvalidDateError):
            span_of(edtf)
        return
    span = span_of(edtf)
    assert (span.day_from, span.day_to) == (day_number(*first), day_number(*last))


@pytest.mark.parametrize(
    ("edtf", "bounds"),
    [
        ("../1805", (None, day_number(1805, 12, 31))),
        ("1833-03/..", (day_number(1833, 3, 1), None)),
        ("../..", (None, None)),
    ],
)
def test_it_leaves_an_open_side_open(edtf, bounds):
    span = span_of(edtf)
    assert (span.day_from, span.day_to) == bounds


@pytest.mark.parametrize(("edtf", "instead"), [("/1805", "../1805"), ("1805/", "1805/.."), ("/", "../")])
def test_it_refuses_an_empty_side_and_says_what_to_write(edtf, instead):
    with pytest.raises(InvalidDateError) as refused:
        span_of(edtf)
    assert refused.value.hint is not None
    assert instead in refused.value.hint


@pytest.mark.parametrize(
    "edtf",
    [
        "",
        "..",
        "unknown",
        "circa 1833",
        "1833-02-30",
        "1833-13",
        "1833/1805",
        "21/02/1805",
        "Y170000002E9",
        "x" * 101,
    ],
)
def test_it_refuses_what_is_no_date(edtf):
    with pytest.raises(InvalidDateError):
        span_of(edtf)


years = st.integers(-9998, 9998)


@given(years, st.integers(1, 12), st.integers(1, 28))
def test_it_counts_every_day_once(year, month, day):
    written = f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}"
    span = span_of(written)
    assert span.day_from == span.day_to == day_number(year, month, day)
    assert day_number(year, 12, 31) + 1 == day_number(year + 1, 1, 1)


@given(years, years)
def test_it_begins_intervals_with_their_first_year(one, other):
    first, last = sorted((one, other))
    span = span_of("/".join(f"{'-' if year < 0 else ''}{abs(year):04}" for year in (first, last)))
    assert (span.day_from, span.day_to) == (day_number(first, 1, 1), day_number(last, 12, 31))


@given(st.text(max_size=30))
def test_it_answers_any_text_with_a_span_or_a_refusal(text):
    try:
        span = span_of(text)
    except InvalidDateError:
        return
    assert span.day_from is None or span.day_to is None or span.day_from <= span.day_to
