"""What a child's end means: exit code, signal or warden's verdict to a kind people can act on."""

from __future__ import annotations

import signal
from collections import deque
from dataclasses import dataclass

from workers.errors import KINDS, JobFailedError
from workers.room.intake import Result
from workers.room.limits import Limits

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_KNOWN_ERROR = 65

HINTS = {
    "memory-limit": "split the file, or run a worker with more memory (HERITWIN_ROOM_MEMORY_MIB)",
    "time-limit": "split the file, or raise HERITWIN_ROOM_WALL_S",
    "disk-limit": "free disk space on the worker, or split the file",
    "parser-crash": "the file is probably damaged: export it again, or open and re-save it in the program it "
    "came from",
}
CRASHES = frozenset({"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP"})

# What runtimes print when an allocation fails: Python, C++, Rust.
OUT_OF_MEMORY = ("MemoryError", "std::bad_alloc", "memory allocation of", "Unable to allocate")


class Log:
    """The head and the tail of a child's stderr; the middle of a long one is dropped and counted."""

    def __init__(self, *, half_bytes: int = 16 << 10) -> None:
        self._half = half_bytes
        self._head: list[str] = []
        self._head_bytes = 0
        self._tail: deque[str] = deque()
        self._tail_bytes = 0
        self._dropped = 0

    def add(self, line: str) -> None:
        """Keep one line, at the head while there is room, else at the tail."""
        if self._head_bytes + len(line) <= self._half and not self._tail:
            self._head.append(line)
            self._head_bytes += len(line)
            return
        line = line[-self._half :]
        self._tail.append(line)
        self._tail_bytes += len(line)
        while self._tail_bytes > self._half:
            self._tail_bytes -= len(self._tail.popleft())
            self._dropped += 1

    @property
    def head(self) -> str:
        """The first lines."""
        return "\n".join(self._head)

    @property
    def tail(self) -> str:
        """The last lines, with the number of lines left out before them."""
        gap = [f"… {self._dropped} lines left out …"] if self._dropped else []
        return "\n".join([*gap, *self._tail])

    def mentions(self, words: tuple[str, ...]) -> bool:
        """Say whether any of the words stands in what was kept."""
        return any(word in line for line in (*self._head, *self._tail) for word in words)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Why the warden ended a child before it ended itself."""

    kind: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one run in the room went, with its evidence."""

    result: Result | None
    failure: JobFailedError | None
    exit_code: int | None
    signal_name: str | None
    seconds: float
    peak_bytes: int
    isolation: str
    limits: Limits
    log_head: str
    log_tail: str


# The watchdog looks five times a second: a job that was killed for its size was seen near its limit.
MUCH_MEMORY = 0.7


def ended_by(returncode: int) -> str | None:
    """Return the name of the signal a child died of, as seen directly or through bubblewrap (128 + n)."""
    number = -returncode if returncode < 0 else returncode - 128 if returncode > 128 else 0
    try:
        return signal.Signals(number).name if number else None
    except ValueError:
        return None


def explain(
    *,
    returncode: int,
    result: Result | None,
    verdict: Verdict | None,
    store_failure: Exception | None,
    log: Log,
    memory_share: float,
) -> JobFailedError | None:
    """Return why the job failed, None if it succeeded; `memory_share`: its peak, of what it might use."""
    if verdict is not None:
        return _failed(verdict.kind, verdict.message)
    if store_failure is not None:
        return _failed("storage-unavailable", f"an input could not be read: {store_failure}")
    if returncode == EXIT_OK and result is not None and result.ok:
        return None
    name = ended_by(returncode)
    if log.mentions(OUT_OF_MEMORY) and returncode != EXIT_KNOWN_ERROR:
        return _failed("memory-limit", "the job ran out of the memory it may use")
    if name is not None:
        return _by_signal(name, memory_share)
    if returncode == EXIT_KNOWN_ERROR and result is not None and result.error is not None:
        error = result.error
        if error.kind not in KINDS:
            return JobFailedError("internal", f"unknown kind {error.kind!r}: {error.message[:2000]}")
        return JobFailedError(error.kind, error.message[:2000], hint=error.hint or HINTS.get(error.kind))
    return _failed("internal", f"the room ended with exit code {returncode} and no valid result")


def _by_signal(name: str, memory_share: float) -> JobFailedError:
    if name in CRASHES:
        return _failed("parser-crash", f"the parser crashed ({name})")
    if name == "SIGXCPU":
        return _failed("time-limit", "the job used up the processor time it may use")
    if name == "SIGXFSZ":
        return _failed("disk-limit", "the job wrote a larger file than it may")
    if name == "SIGKILL" and memory_share < MUCH_MEMORY:
        # Not by its own size: an operator, or the machine short of memory. Tried again, three times in all.
        share = f"{memory_share:.0%} of the memory it might use"
        return _failed("worker-lost", f"the job's process was killed from outside, at {share}")
    if name == "SIGKILL":
        return _failed("memory-limit", "the system killed the job, most likely because memory ran out")
    return _failed("internal", f"the job was ended by {name}")


def _failed(kind: str, message: str) -> JobFailedError:
    return JobFailedError(kind, message, hint=HINTS.get(kind))
