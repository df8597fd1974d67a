"""Bounded caches: least recently used goes first, by weight; entries may also grow old."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class WeightedCache(Generic[K, V]):
    """Keeps values up to a total weight, and each for at most `max_age_s` where that is given."""

    def __init__(
        self, limit: int, *, max_age_s: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self.weight = 0
        self._max_age_s = max_age_s
        self._clock = clock
        self._entries: OrderedDict[K, tuple[V, int, float]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return the value if it is held and young enough."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, weight, born = entry
        if self._max_age_s is not None and self._clock() - born > self._max_age_s:
            del self._entries[key]
            self.weight -= weight
            return None
        self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Hold the value, letting the least used go; one heavier than the whole cache is not held."""
        old = self._entries.pop(key, None)
        if old is not None:
            self.weight -= old[1]
        if weight > self.limit:
            return
        self._entries[key] = (value, weight, self._clock())
        self.weight += weight
        while self.weight > self.limit:
            _, (_, gone, _) = self._entries.popitem(last=False)
            self.weight -= gone

    def __len__(self) -> int:
        return len(self._entries)
