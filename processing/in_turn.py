"""Some pieces worked on at once, answered in their order, no more held than needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

WORKERS = 2
T = TypeVar("T")
R = TypeVar("R")


def in_turn(work: Callable[[T], R], pieces: Iterable[T], *, at_once: int = WORKERS) -> Iterator[R]:
    """Answer the work of each piece, in their order; it is done in ``at_once`` threads."""
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[Future[R]] = deque()
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            # One more waits, so that no thread does.
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
