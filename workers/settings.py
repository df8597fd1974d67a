"""What a worker and the dispatcher must be told at start."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.jobs.kinds import OPERATIONS
from storage.jobs.sharing import Sharing

# Two workers on one machine, each with a job, still leave a fifth of it to databases and the system.
SHARE_OF_MEMORY = 0.4
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


class WorkerSettings(BaseSettings):
    """Read once at start from ``HERITWIN_…``; rows and bytes are ``storage.settings``' matter."""

    model_config = SettingsConfigDict(env_prefix="HERITWIN_", frozen=True, extra="ignore")

    broker_url: str
    data_dir: Path = Path("var")
    worker_name: str = Field(default_factory=socket.gethostname, pattern=r"^[A-Za-z0-9._-]{1,100}$")
    log_level: str = "INFO"

    lease_s: float = Field(default=60.0, gt=0)
    heartbeat_s: float = Field(default=15.0, gt=0)
    # How often the dispatcher sends each worker a hint of its own, whose taking shows that it consumes.
    canary_s: float = Field(default=10.0, gt=0)
    # How long a running job may still take once the worker is told to stop.
    drain_s: float = Field(default=5.0, ge=0)

    room: Literal["strict", "best-effort"] = "strict"
    # Where set-up compiled the kernels ahead; rooms start with a copy, or compile for themselves.
    numba_cache: Path = Path(sys.prefix) / "numba"
    room_memory_mib: int = Field(default_factory=lambda: int(machine_memory_mib() * SHARE_OF_MEMORY), gt=0)
    room_disk_mib: int | None = Field(default=None, gt=0)
    room_wall_s: float = Field(default=6 * 3600.0, gt=0)
    room_threads: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), gt=0)

    # What this worker does, names of operations with commas between; everything if empty.
    operations: str = ""
    # From how many points several workers tile a cloud together, and how many points one part may hold.
    spread_points: int = Field(default=100_000_000, gt=0)
    group_points: int = Field(default=25_000_000, gt=0)

    # How long an upload nobody goes on with is kept, and what a failed shared tiling left to try again from.
    idle_upload_days: float = Field(default=7.0, gt=0)

    @field_validator("operations")
    @classmethod
    def _known(cls, names: str) -> str:
        unknown = set(filter(None, names.split(","))) - set(OPERATIONS)
        if unknown:
            raise ValueError(f"there is no {', '.join(sorted(unknown))}; known are {', '.join(OPERATIONS)}")
        return names

    @property
    def own_operations(self) -> tuple[str, ...]:
        """The operations this worker does."""
        return tuple(filter(None, self.operations.split(","))) or OPERATIONS

    @property
    def sharing(self) -> Sharing:
        """Which clouds are shared, and how they are cut."""
        return Sharing(spread_points=self.spread_points, group_points=self.group_points)

    @property
    def rooms_dir(self) -> Path:
        """Where jobs' folders are."""
        return self.data_dir / "rooms"

    def disk_mib(self) -> int:
        """Return the disk a job may use: as set, or four fifths of what is free now."""
        if self.room_disk_mib is not None:
            return self.room_disk_mib
        self.rooms_dir.mkdir(parents=True, exist_ok=True)
        return int(shutil.disk_usage(self.rooms_dir).free * 0.8) >> 20


def machine_memory_mib() -> int:
    """Return the memory of this machine or container in MiB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in CGROUP_LIMITS:
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total >> 20
