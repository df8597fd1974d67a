"""Stable names of worker slots, so that a worker started again knows its own leases."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

MOST_SLOTS = 1000


class Slot:
    """A name no other living worker of this machine has, held until the process ends.

    The lock is the kernel's: it falls with the process however that dies, and a worker started again takes
    the lowest free name, which is the one it had.
    """

    def __init__(self, name: str, lock: IO[str]) -> None:
        self.name = name
        self._lock = lock

    def release(self) -> None:
        """Give the name back."""
        self._lock.close()


def take_slot(folder: Path, worker_name: str) -> Slot:
    """Take the lowest free slot ``<worker name>-<n>``, n from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, MOST_SLOTS + 1):
        name = f"{worker_name}-{number}"
        lock = (folder / f"{name}.lock").open("a", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return Slot(name, lock)
    raise RuntimeError(f"all {MOST_SLOTS} worker slots of {worker_name!r} are taken in {folder}")
