"""The demo's own stack: a process like any operator's, on a fresh folder, ended with the demo."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heritwin.settings import Settings
from stack.errors import ProgramFailedError
from stack.folder import DataFolder
from stack.state import read_state

# Two cores: one worker reads and encodes while the other registers.
WORKERS = 2
STOP_S = 60


@contextmanager
def running_stack(data: Path, *, port: int | None) -> Iterator[Settings]:
    """Start ``heritwin up`` on ``data``; gives the administrator's connection once it is ready."""
    command = [sys.executable, "-m", "heritwin", "up", "--data", str(data), "--workers", str(WORKERS)]
    if port is not None:
        command += ["--port", str(port)]
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
    try:
        yield _wait_until_ready(process, DataFolder(data), log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], folder: DataFolder, log: Path) -> Settings:
    pause = threading.Event()
    while process.poll() is None:
        state = read_state(folder)
        if state is not None and state.phase == "ready":
            return Settings(
                server=state.address,
                key=folder.admin_key.read_text().strip(),
                ca_file=state.ca_certificate,
            )
        pause.wait(0.2)
    raise ProgramFailedError(
        f"the servers did not start: {log.read_text(errors='replace')[-600:]}", "run: heritwin doctor"
    )
