"""How full the disks are on which rows and bytes are kept, and when new bytes are no longer let in."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import DiskFullError

MIB = 1024 * 1024
# A twentieth, as file systems keep for themselves; never so little that PostgreSQL's log of a few minutes
# (64 MiB at most on a small disk) finds no room, never so much that a large disk lies idle.
SHARE, LEAST_MIB, MOST_MIB = 0.05, 64, 10 * 1024


@dataclass(frozen=True, kw_only=True)
class Room:
    """What is free on the fullest of the watched disks, and what must stay so."""

    folder: Path
    free_bytes: int
    total_bytes: int
    floor_bytes: int

    @property
    def is_low(self) -> bool:
        """Whether less is free than must stay so."""
        return self.free_bytes < self.floor_bytes

    def figures(self) -> str:
        """What is free, of what, and what must stay free."""
        free, total, floor = (n // MIB for n in (self.free_bytes, self.total_bytes, self.floor_bytes))
        return f"{free} MiB of {total} MiB are free, {floor} MiB must stay so"


class DiskWatch:
    """Looks at the disks each time it is asked; where none of them is this machine's, nothing is watched."""

    def __init__(self, folders: Sequence[Path], floor_mib: int | None) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._floor_mib = floor_mib

    def room(self) -> Room | None:
        """Return the room on the disk that is nearest to its floor; None if none is watched."""
        rooms = [self._room_on(folder) for folder in self._folders]
        return min(rooms, key=lambda room: room.free_bytes - room.floor_bytes, default=None)

    def require(self, wanted_bytes: int) -> None:
        """Refuse bytes that would bring a disk below its floor.

        Raises
        ------
        DiskFullError
            With the figures.
        """
        room = self.room()
        if room is not None and room.free_bytes - wanted_bytes < room.floor_bytes:
            raise DiskFullError(
                f"{room.figures()}, and {-(-wanted_bytes // MIB)} MiB were to come",
                free_bytes=room.free_bytes,
                floor_bytes=room.floor_bytes,
                total_bytes=room.total_bytes,
                wanted_bytes=wanted_bytes,
            )

    def _room_on(self, folder: Path) -> Room:
        usage = shutil.disk_usage(folder)
        floor_mib = self._floor_mib
        if floor_mib is None:
            floor_mib = int(max(LEAST_MIB, min(MOST_MIB, usage.total * SHARE / MIB)))
        return Room(
            folder=folder, free_bytes=usage.free, total_bytes=usage.total, floor_bytes=floor_mib * MIB
        )
