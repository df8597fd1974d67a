"""How much of the machine one job in the room may use."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30

# RLIMIT_DATA counts reserved writable memory, touched or not (allocator arenas, thread stacks), so it
# stands above the limit on memory really used, which the watchdog keeps.
DATA_SLACK_BYTES = 2 * GIB


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Ceilings of one child, all of them hard."""

    memory_bytes: int = 4 * GIB
    wall_s: float = 3600.0
    cpu_s: int = 4 * 3600
    file_bytes: int = 16 * GIB
    disk_bytes: int = 32 * GIB
    tmp_bytes: int = 512 * MIB
    open_files: int = 512
    tasks: int = 64 + 8 * (os.cpu_count() or 1)

    def as_rlimits(self) -> dict[int, tuple[int, int]]:
        """Return the limits the kernel keeps, by RLIMIT number: (soft, hard).

        No RLIMIT_AS: it breaks memory maps and WebAssembly's reserved guard pages.
        """
        data = self.memory_bytes + DATA_SLACK_BYTES
        return {
            resource.RLIMIT_DATA: (data, data),
            # SIGXCPU at the soft limit names the cause; SIGKILL at the hard one cannot be ignored.
            resource.RLIMIT_CPU: (self.cpu_s, self.cpu_s + 5),
            resource.RLIMIT_FSIZE: (self.file_bytes, self.file_bytes),
            resource.RLIMIT_NOFILE: (self.open_files, self.open_files),
            resource.RLIMIT_CORE: (0, 0),
            resource.RLIMIT_NPROC: (self.tasks, self.tasks),
        }
