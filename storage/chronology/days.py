"""Days as integers: Julian day numbers of the proleptic Gregorian calendar, astronomical years."""

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def day_number(year: int, month: int, day: int) -> int:
    """Return the Julian day number of a date; 300 BCE is the year -299, 2000-01-01 is 2451545.

    Notes
    -----
    The usual arithmetic on a year that begins in March (Richards 2013, Explanatory Supplement to the
    Astronomical Almanac, 15.11), with floor division, so that it holds for every year.
    """
    before_march = (14 - month) // 12
    y, m = year + 4800 - before_march, month + 12 * before_march - 3
    return day + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045


def days_in_month(year: int, month: int) -> int:
    """Return how many days a month has."""
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and is_leap else _LENGTHS[month - 1]
