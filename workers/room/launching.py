"""Builds the launcher's command, in a sandbox and without one."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from workers.room.limits import Limits
from workers.room.sandbox import JOB, LAUNCHER, LAUNCHER_INSIDE, NUMBA_INSIDE, Identity


def launcher_command(
    command: Sequence[str],
    *,
    limits: Limits,
    identity: Identity,
    keep: Sequence[int],
    numba_cache: Path | None,
) -> list[str]:
    """Return the launcher's command for the inside of a sandbox."""
    config = {
        "uid": identity.own_uid,
        "folder": str(JOB),
        "rlimits": limits.as_rlimits(),
        "keep": list(keep),
        "copy": [] if numba_cache is None else [[str(NUMBA_INSIDE), "/tmp/numba"]],
        "unshare_network": False,
    }
    return [sys.executable, "-I", "-S", str(LAUNCHER_INSIDE), json.dumps(config), *command]


def bare_command(
    command: Sequence[str],
    *,
    limits: Limits,
    keep: Sequence[int],
    numba_cache: Path | None,
    temporary: Path,
) -> list[str]:
    """Return the launcher's command where there is no sandbox: limits, filter, no network if possible.

    RLIMIT_NPROC is left to the watchdog: without a uid or namespace of its own the kernel would count
    every process of the worker's user.
    """
    rlimits = {
        number: pair for number, pair in limits.as_rlimits().items() if number != resource.RLIMIT_NPROC
    }
    config = {
        "uid": None,
        "folder": ".",
        "rlimits": rlimits,
        "keep": list(keep),
        "copy": [] if numba_cache is None else [[str(numba_cache), str(temporary / "numba")]],
        "unshare_network": True,
    }
    return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(config), *command]
