"""Finds out what isolation this machine can give the room, by trying it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workers.room.launching import launcher_command
from workers.room.limits import Limits
from workers.room.sandbox import (
    NOBODY,
    Identity,
    bwrap_command,
    clean_environment,
    python_folders,
    room_uid,
)

PROBE_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """What was found: ``name`` is reported in attempts and on /readyz."""

    name: str
    identity: Identity | None
    detail: str

    @property
    def is_strict(self) -> bool:
        """Whether bubblewrap runs here."""
        return self.identity is not None


def probe() -> Isolation:
    """Try the rooms from the strongest down and return the first that works."""
    if shutil.which("bwrap") is None:
        return Isolation(name="rlimits", identity=None, detail="bubblewrap is not installed")
    detail = ""
    for identity in _identities():
        detail = _try(identity)
        if not detail:
            kind = "user-namespace" if identity.own_uid is None else "own-uid"
            return Isolation(name=f"bubblewrap-{kind}", identity=identity, detail="")
    return Isolation(name="rlimits", identity=None, detail=detail)


def _identities() -> list[Identity]:
    if os.geteuid() != 0:
        return [Identity(None)]
    # A uid-mapped container has no such high uid; nobody's is there, but shared.
    own = [Identity(room_uid()), Identity(NOBODY)]
    # In a user namespace of its own the machine's root stays root, whom RLIMIT_NPROC never holds.
    return own if _is_root_of_the_machine() else [*own, Identity(None)]


def _is_root_of_the_machine() -> bool:
    first = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
    return first[:2] == ["0", "0"]


def _try(identity: Identity) -> str:
    """Start a room that does nothing; return what went wrong, or an empty text."""
    with tempfile.TemporaryDirectory(prefix="heritwin-probe-") as name:
        folder = Path(name)
        if identity.own_uid is not None:
            os.chown(folder, identity.own_uid, identity.own_uid)
        limits = Limits()
        inner = launcher_command(
            [sys.executable, "-I", "-S", "-c", "open('/job/proof', 'w').write('1')"],
            limits=limits,
            identity=identity,
            keep=(),
            numba_cache=None,
        )
        command = bwrap_command(
            inner,
            folder=folder,
            read_only=python_folders(),
            identity=identity,
            tmp_bytes=limits.tmp_bytes,
            numba_cache=None,
        )
        environment = clean_environment(temporary=Path("/tmp"), python_path=(), threads=1)
        try:
            run = subprocess.run(command, env=environment, capture_output=True, timeout=PROBE_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if run.returncode == 0 and (folder / "proof").exists():
            return ""
        return run.stderr.decode(errors="replace").strip()[-500:] or f"exit code {run.returncode}"
