"""The line to the store: how many parts at once, and how fast at most."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# A change in throughput below this is the line's own noise.
NOTICEABLE = 1.05
HALVE_EVERY_S = 5.0
PROBE_EVERY = 8
FREE_PIECE_BYTES, LIMITED_PIECE_BYTES = 512 << 10, 128 << 10

Clock = Callable[[], float]


class Lanes:
    """How many parts are under way at once: one more while that helps, half as many after a failure.

    Additive increase, multiplicative decrease (Chiu and Jain 1989), on the throughput of whole parts.
    """

    def __init__(self, *, most: int, begin: int = 2, clock: Clock = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self.open = min(begin, most)
        self._free = threading.Condition()
        self._busy = 0
        self._best = 0.0
        self._halved_at_s = float("-inf")
        self._rounds = 0
        self._begin_round()

    def _begin_round(self) -> None:
        self._round_bytes, self._round_parts, self._round_at_s = 0, 0, self._clock()

    def enter(self, stop: threading.Event) -> bool:
        """Wait for a free lane; False if everything is to stop."""
        with self._free:
            while self._busy >= self.open and not stop.is_set():
                self._free.wait(0.2)
            if stop.is_set():
                return False
            self._busy += 1
            return True

    def leave(self) -> None:
        """Give the lane back."""
        with self._free:
            self._busy -= 1
            self._free.notify_all()

    def arrived(self, size_bytes: int) -> None:
        """A part arrived. After as many parts as there are lanes, see whether one more would help."""
        with self._free:
            self._round_bytes += size_bytes
            self._round_parts += 1
            if self._round_parts < self.open:
                return
            rate = self._round_bytes / max(1e-6, self._clock() - self._round_at_s)
            self._rounds += 1
            if rate > self._best * NOTICEABLE:
                self._best = rate
                self._set(self.open + 1)
            elif rate * NOTICEABLE * NOTICEABLE < self._best:
                # More lanes than the line carries, or a slower line than before.
                self._best = rate
                self._set(self.open - 1)
            elif self._rounds % PROBE_EVERY == 0:
                self._best = rate
                self._set(self.open + 1)
            self._begin_round()

    def failed(self) -> None:
        """A connection broke: half as many, once in a while however many break together."""
        with self._free:
            now_s = self._clock()
            if now_s - self._halved_at_s < HALVE_EVERY_S:
                return
            self._halved_at_s = now_s
            self._best = 0.0
            self._set(self.open // 2)
            self._begin_round()

    def _set(self, lanes: int) -> None:
        self.open = max(1, min(self._most, lanes))
        self._free.notify_all()


class Limit:
    """At most so many bytes a second, over all lanes together; None is no limit."""

    def __init__(self, bytes_per_s: float | None, *, clock: Clock = time.monotonic) -> None:
        self._rate, self._clock = bytes_per_s, clock
        self._lock = threading.Lock()
        self._free_at_s = clock()

    @property
    def piece_bytes(self) -> int:
        """What goes into the socket at once: little for a steady limit, much where each piece only costs."""
        return FREE_PIECE_BYTES if self._rate is None else LIMITED_PIECE_BYTES

    def take(self, size_bytes: int) -> float:
        """Book so many bytes; the answer is how many seconds to wait before sending them."""
        if self._rate is None:
            return 0.0
        with self._lock:
            now_s = self._clock()
            begin_s = max(now_s, self._free_at_s)
            self._free_at_s = begin_s + size_bytes / self._rate
            return begin_s - now_s
