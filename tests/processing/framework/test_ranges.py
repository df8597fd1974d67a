"""Ranges of an input over a socket pair: the same bytes, in as few requests as they are worth."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from processing.room.sources import MAX_RANGE_BYTES, RangeChannel, RangedSource, read_ranges
from tests.processing.framework.test_requests import serve

FILE = random.Random(8).randbytes(6_000_000)


@contextmanager
def ranged(asked: list[tuple[int, int, int]]) -> Iterator[RangedSource]:
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=serve, args=(ours, {3: FILE}, asked), daemon=True)
    server.start()
    yield RangedSource(RangeChannel(theirs), 3, "scan.las", len(FILE))
    theirs.close()
    server.join(10)
    ours.close()


@pytest.mark.parametrize(
    ("every", "length", "most_requests"),
    [(20_000, 18_000, 5), (18_000, 18_000, 5), (1_000_000, 18_000, 6), (5_000_000, 3_000_000, 2)],
)
def test_it_asks_once_for_ranges_that_lie_near(every: int, length: int, most_requests: int) -> None:
    ranges = [(start, length) for start in range(0, len(FILE), every)]
    asked: list[tuple[int, int, int]] = []
    with ranged(asked) as source:
        assert list(read_ranges(source, ranges)) == [FILE[at : at + size] for at, size in ranges]
    assert len(asked) <= most_requests
    assert sum(size for _, _, size in asked) <= 1.2 * sum(size for _, size in ranges)


def test_it_reads_ranges_in_any_order_and_over_each_other() -> None:
    ranges = [(500_000, 70_000), (0, 10), (5, 20), (5_999_990, 100), (400_000, MAX_RANGE_BYTES), (3, 0)]
    asked: list[tuple[int, int, int]] = []
    with ranged(asked) as source:
        assert list(read_ranges(source, ranges)) == [FILE[at : at + size] for at, size in ranges]
    assert all(0 < size <= MAX_RANGE_BYTES for _, _, size in asked if size)
