"""Two chunks worked on at once, answered in their order, no more held than needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

WORKERS = 2
R = TypeVar("R")


def in_turn(work: Callable[[int], R], numbers: Iterable[int]) -> Iterator[R]:
    """Answer the work of each number, in their order."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[R]] = deque()
        for number in numbers:
            waiting.append(pool.submit(work, number))
            # One more waits, so that no thread does.
            if len(waiting) > WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
