"""The bubblewrap command line: what the room's child can see, and as whom it runs."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

JOB = Path("/job")
LAUNCHER = Path(__file__).with_name("launch.py")
LAUNCHER_INSIDE = Path("/room/launch.py")
NUMBA_INSIDE = Path("/room/numba")

# Above every range that distributions, systemd and container engines hand out (up to 1 879 048 191), so
# that the uid is nobody else's; the worker's pid makes it unique among the rooms of a machine.
ROOM_UID_BASE = 1_900_000_000
NOBODY = 65534

SYSTEM_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")


@dataclass(frozen=True)
class Identity:
    """As whom the child runs.

    ``own_uid`` is a uid of its own, taken inside by the launcher, when the worker is root: with a user
    namespace root's child would stay kernel uid 0, for which RLIMIT_NPROC is never enforced and every file
    of root's is readable. Otherwise (None) a user namespace maps the worker's own uid to nobody.
    """

    own_uid: int | None


def room_uid() -> int:
    """Return the uid of this worker process's room."""
    return ROOM_UID_BASE + os.getpid()


def python_folders() -> list[Path]:
    """Return the folders the interpreter and its packages live in, as they are and as links resolve."""
    found: dict[Path, None] = {}
    for prefix in (sys.prefix, sys.base_prefix):
        for folder in (Path(prefix), Path(prefix).resolve()):
            if not folder.is_relative_to("/usr"):
                found[folder] = None
    return list(found)


def package_folder(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"package {name!r} is not installed beside the worker")
    return Path(spec.origin).resolve().parent


def system_arguments() -> list[str]:
    """Return the read-only system: programs and libraries, no configuration, no homes."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in SYSTEM_LINKS:
        path = Path("/", name)
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    for name in SYSTEM_FILES:
        arguments += ["--ro-bind-try", name, name]
    return arguments


def bwrap_command(
    inner: Sequence[str],
    *,
    folder: Path,
    read_only: Sequence[Path],
    identity: Identity,
    tmp_bytes: int,
    numba_cache: Path | None,
    info_fd: int | None = None,
) -> list[str]:
    """Return the command that runs ``inner`` in a room of its own, with ``folder`` as ``/job``."""
    command = ["bwrap", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if identity.own_uid is None:
        command += ["--unshare-all", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    else:
        command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
        command += ["--unshare-cgroup-try", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    command += system_arguments()
    # Before what lies below it: code may be checked out under /tmp.
    command += ["--perms", "1777", "--size", str(tmp_bytes), "--tmpfs", "/tmp"]
    for parent in dict.fromkeys(parent for path in read_only for parent in reversed(path.parents[:-1])):
        # Left to itself bubblewrap makes parents that only root may pass.
        command += ["--perms", "0755", "--dir", str(parent)]
    for path in read_only:
        command += ["--ro-bind", str(path), str(path)]
    command += ["--perms", "0755", "--dir", str(LAUNCHER_INSIDE.parent)]
    command += ["--ro-bind", str(LAUNCHER), str(LAUNCHER_INSIDE)]
    if numba_cache is not None:
        command += ["--ro-bind", str(numba_cache), str(NUMBA_INSIDE)]
    command += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(64 << 20)]
    command += ["--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    command += ["--bind", str(folder), str(JOB), "--chdir", "/", "--remount-ro", "/"]
    if info_fd is not None:
        command += ["--info-fd", str(info_fd)]
    return [*command, "--", *inner]


def clean_environment(*, temporary: Path, python_path: Sequence[Path], threads: int) -> dict[str, str]:
    """Return the child's whole environment; nothing of the worker's own is passed on."""
    count = str(threads)
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "USER": "room",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, python_path)),
        "NUMBA_CACHE_DIR": str(temporary / "numba"),
        "NUMBA_NUM_THREADS": count,
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "RAYON_NUM_THREADS": count,
        "MALLOC_ARENA_MAX": "2",  # glibc arenas count against RLIMIT_DATA whether touched or not
    }
