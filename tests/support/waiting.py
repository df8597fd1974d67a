"""Wait for something that gives no event of its own."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
EVERY_S = 0.05


def until(question: Callable[[], Found], longest_s: float, what: str) -> Found:
    """Ask until the answer is true, and return it; fail with `what` after `longest_s`."""
    deadline = time.monotonic() + longest_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {longest_s:.0f} s in vain for {what}"
        time.sleep(EVERY_S)
