"""Keep the logs of a run from filling the disk."""

import shutil
from pathlib import Path

LARGEST_BYTES = 10 * 1024 * 1024
KEPT = 3


def rotate(log: Path, largest_bytes: int = LARGEST_BYTES, kept: int = KEPT) -> bool:
    """Copy a grown log aside and empty it; True if that was due.

    The writer keeps its descriptor: logs are opened for appending, so it goes on at the new end. Lines
    written between the copy and the cut are lost; a pipe through the supervisor would instead stop every
    program when the supervisor hangs.
    """
    if log.stat().st_size < largest_bytes:
        return False
    for number in range(kept, 1, -1):
        older = log.with_suffix(f".log.{number - 1}")
        if older.exists():
            older.replace(log.with_suffix(f".log.{number}"))
    shutil.copyfile(log, log.with_suffix(".log.1"))
    with log.open("r+b") as file:
        file.truncate(0)
    return True


def rotate_all(folder: Path) -> None:
    """Rotate every log of the folder that has grown."""
    for log in folder.glob("*.log"):
        rotate(log)
