"""What the machine brings: python, system, memory, disk, sandbox, browser."""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from stack.doctor.check import Check, failed, noted, passed

GLIBC = (2, 35)
ROOM = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--ro-bind", "/", "/")
DISK_GIB, MEMORY_GIB = 10, 4
SLOW_FSYNC_MS = 50.0


def examine_machine(folder: Path) -> Iterator[Check]:
    """Everything outside the environment; `folder` is where data would lie."""
    yield python()
    yield system()
    yield memory()
    yield from disk(folder)
    yield bubblewrap()
    yield program(
        "node", ("node",), "builds the pages; set-up brings its own where it is missing", "make setup"
    )
    yield program(
        "chromium",
        ("chromium", "chromium-browser", "google-chrome"),
        "only the browser tests need it",
        "apt-get install chromium",
    )


def python() -> Check:
    """3.11 or 3.12: some wheels exist for no other."""
    version = platform.python_version()
    if (3, 11) <= sys.version_info < (3, 13):
        return passed("python", version)
    return failed(
        "python", f"{version}; 3.11 or 3.12 is needed", "apt-get install python3.12, then make setup"
    )


def system() -> Check:
    """Linux x86-64 with a recent glibc is complete; elsewhere some wheels are missing."""
    where = f"{platform.system()} {platform.machine()}"
    if where != "Linux x86_64":
        missing = "no open3d-cpu, kiss-matcher, py4dgeo: no registration, no ray casting"
        return noted("system", f"{where}: {missing}", "use Linux x86-64 for a server")
    name, version = platform.libc_ver()
    if name == "glibc" and tuple(int(part) for part in version.split(".")[:2]) >= GLIBC:
        return passed("system", f"{where}, {name} {version}")
    return failed(
        "system", f"{where}, {name or 'another libc'} {version}", "use Debian 12, Ubuntu 22.04 or newer"
    )


def memory() -> Check:
    """One worker wants 4 GiB."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    if found >= MEMORY_GIB:
        return passed("memory", f"{found:.0f} GiB, {cores} cores")
    return noted("memory", f"{found:.1f} GiB: large files will be refused", f"give it {MEMORY_GIB} GiB")


def disk(folder: Path) -> Iterator[Check]:
    """Room, and a real fsync: an acknowledged upload is only as safe as that."""
    there = next(path for path in [folder.absolute(), *folder.absolute().parents] if path.is_dir())
    free = shutil.disk_usage(there).free / 2**30
    if free >= DISK_GIB:
        yield passed("disk", f"{free:.0f} GiB free at {there}")
    else:
        yield noted("disk", f"{free:.1f} GiB free at {there}", "give --data a folder on a larger disk")
    try:
        elapsed_ms = fsync_ms(there)
    except OSError as error:
        yield failed("fsync", f"{there}: {error.strerror}", "give --data a folder you may write")
        return
    if elapsed_ms > SLOW_FSYNC_MS:
        yield noted(
            "fsync", f"{elapsed_ms:.0f} ms a write at {there}: uploads will be slow", "use a local SSD"
        )
    elif filesystem(there) == "tmpfs":
        yield noted(
            "fsync", f"{there} is in memory (tmpfs): all is lost at a reboot", "use a folder on a disk"
        )
    else:
        yield passed("fsync", f"{elapsed_ms:.1f} ms a write of 4 KiB (median of 16)")


def fsync_ms(folder: Path) -> float:
    """Median of 16 small writes brought to the disk, in milliseconds."""
    elapsed: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(16):
            began = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            elapsed.append(1000 * (time.perf_counter() - began))
    return statistics.median(elapsed)


def filesystem(folder: Path) -> str:
    """Type of the file system a folder lies on, from the longest mount point above it."""
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, found, *_ = line.split()
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def bubblewrap() -> Check:
    """Whether the processing room can be closed."""
    mend = "apt-get install bubblewrap; on Ubuntu 24.04 also allow it: apt-get install apparmor-profiles"
    path = shutil.which("bwrap")
    lesser = "jobs run with limits and no network only (HERITWIN_ROOM=strict refuses them)"
    if path is None:
        return noted("bubblewrap", f"not installed: {lesser}", mend)
    done = subprocess.run([path, *ROOM, "true"], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode == 0:
        return passed("bubblewrap", f"{path} closes the room")
    return noted("bubblewrap", f"does not run here ({done.stderr.strip()[:120]}): {lesser}", mend)


def program(name: str, commands: tuple[str, ...], use: str, mend: str) -> Check:
    """Something the product runs without."""
    for command in commands:
        path = shutil.which(command)
        if path is not None:
            return passed(name, path)
    return noted(name, f"not found; {use}", mend)
