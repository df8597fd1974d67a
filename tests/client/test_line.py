"""More parts at once while that helps, half as many when the line breaks, and never faster than asked."""

import threading

from heritwin.uploads.line import HALVE_EVERY_S, Lanes, Limit


class Clock:
    """A clock that is told how late it is."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def carry(lanes: Lanes, clock: Clock, *, rounds: int, rate_of: dict[int, float]) -> None:
    """Let parts of a million bytes arrive at the rate the line has with so many lanes open."""
    for _ in range(rounds):
        parts = lanes.open
        clock.now_s += parts * 1e6 / rate_of[parts]
        for _ in range(parts):
            lanes.arrived(1_000_000)


def test_it_opens_lanes_while_more_of_them_carry_more():
    clock = Clock()
    lanes = Lanes(most=8, begin=2, clock=clock)
    # Each connection carries 1 MB/s, the line 5 MB/s.
    carry(lanes, clock, rounds=5, rate_of={n: min(n, 5) * 1e6 for n in range(1, 9)})

    assert lanes.open in (5, 6)


def test_it_never_opens_more_lanes_than_allowed():
    clock = Clock()
    lanes = Lanes(most=3, clock=clock)
    carry(lanes, clock, rounds=10, rate_of={n: n * 1e6 for n in range(1, 9)})

    assert lanes.open == 3


def test_it_halves_once_for_connections_that_break_together_and_comes_back():
    clock = Clock()
    lanes = Lanes(most=8, begin=8, clock=clock)
    for _ in range(8):
        lanes.failed()
    broken = lanes.open
    clock.now_s += HALVE_EVERY_S
    lanes.failed()
    again = lanes.open
    carry(lanes, clock, rounds=8, rate_of={n: n * 1e6 for n in range(1, 9)})

    assert (broken, again) == (4, 2)
    assert lanes.open == 8


def test_it_keeps_one_lane_open_whatever_breaks():
    clock = Clock()
    lanes = Lanes(most=8, clock=clock)
    for _ in range(9):
        clock.now_s += HALVE_EVERY_S
        lanes.failed()

    assert lanes.open == 1
    assert lanes.enter(threading.Event())


def test_it_lets_nobody_in_once_all_is_to_stop():
    stop = threading.Event()
    stop.set()

    assert not Lanes(most=1).enter(stop)


def test_it_holds_bytes_back_to_the_limit_over_all_lanes_together():
    clock = Clock()
    limit = Limit(1_000_000, clock=clock)
    waits = [limit.take(500_000) for _ in range(3)]
    clock.now_s += 10

    assert waits == [0.0, 0.5, 1.0]
    assert limit.take(500_000) == 0.0
    assert Limit(None).take(10**12) == 0.0
