"""What a running child and all it started use of the machine, read from /proc."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """Memory and tasks of a family of processes at one moment."""

    pss_bytes: int
    tasks: int


def _stat_fields(pid: str) -> list[str] | None:
    """Return /proc/PID/stat after the name: state, parent, group, session… (proc_pid_stat(5))."""
    try:
        text = Path("/proc", pid, "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def family(root: int) -> dict[int, int]:
    """Return threads by pid of ``root`` and everything below it.

    In a pid namespace orphans fall to its first process, so nothing leaves the tree; without one, the
    session that ``root`` leads is counted too.
    """
    rows: dict[int, tuple[int, int, int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        fields = _stat_fields(name)
        if fields is not None and fields[0] != "Z":
            rows[int(name)] = (int(fields[1]), int(fields[3]), int(fields[17]))
    children: dict[int, list[int]] = {}
    for pid, (parent, _, _) in rows.items():
        children.setdefault(parent, []).append(pid)
    found: dict[int, int] = {}
    pending = [root, *(pid for pid, row in rows.items() if row[1] == root)]
    while pending:
        pid = pending.pop()
        if pid in rows and pid not in found:
            found[pid] = rows[pid][2]
            pending += children.get(pid, [])
    return found


def proportional_bytes(pid: int) -> int:
    """Return the proportional set size of one process in bytes; 0 when it has just ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def measure(root: int, *, tasks_limit: int) -> Usage:
    """Measure the family; memory is left out (0) once there are more tasks than allowed."""
    members = family(root)
    tasks = sum(members.values())
    if tasks > tasks_limit:
        return Usage(pss_bytes=0, tasks=tasks)
    return Usage(pss_bytes=sum(proportional_bytes(pid) for pid in members), tasks=tasks)


def kill_family(root: int, *, first_inside: int | None) -> None:
    """Kill ``root``, its process group and everything below it.

    Killing the first process of a pid namespace kills the whole namespace in the kernel, which no fork
    bomb outruns; the rest is for rooms without one.
    """
    if first_inside is not None:
        # Before anything is looked up: on a machine full of processes looking takes long.
        with contextlib.suppress(ProcessLookupError):
            os.kill(first_inside, signal.SIGKILL)
    for pid in family(root):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(root, signal.SIGKILL)


def disk_bytes(folder: Path) -> int:
    """Return the bytes the job's folder takes on disk, never following links."""
    total = 0
    pending = [str(folder)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total
