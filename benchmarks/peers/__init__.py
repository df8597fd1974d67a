"""Other people's tools, each in an environment of its own, locked by hashes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import REPOSITORY

ENVIRONMENTS = REPOSITORY / ".venv-peers"


def environment(peer: str) -> Path:
    """Make the environment of ``benchmarks/peers/<peer>.lock`` by uv, or find it; answer its bin folder."""
    lock = REPOSITORY / "benchmarks" / "peers" / f"{peer}.lock"
    home = ENVIRONMENTS / peer
    stamp = home / "lock.txt"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return home / "bin"
    uv = shutil.which("uv") or str(REPOSITORY / ".venv-uv" / "bin" / "uv")
    make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)]
    python = str(home / "bin" / "python")
    fill = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(lock)]
    for command in (make, fill):
        subprocess.run(command, check=True, stdout=sys.stderr)
    stamp.write_bytes(lock.read_bytes())
    return home / "bin"
