"""What the supervisor writes down about its run, for `heritwin status` and for the run after a crash."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stack.folder import DataFolder


@dataclass(frozen=True, kw_only=True)
class ProgramState:
    """One program now; `started` is the kernel's start time (psutil), which with the pid names a process."""

    name: str
    state: str
    pid: int | None
    started: float | None
    restarts: int
    last_exit: int | None
    log: str


@dataclass(frozen=True, kw_only=True)
class RunState:
    """The whole run; `phase` is starting, ready or stopping."""

    phase: str
    supervisor_pid: int
    address: str
    api: str
    s3_bucket: str
    ca_certificate: str | None
    ports: dict[str, int]
    programs: tuple[ProgramState, ...]


def write_state(folder: DataFolder, state: RunState) -> None:
    """Replace the state file in one step."""
    partial = folder.state_file.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(state), indent=1))
    os.replace(partial, folder.state_file)


def read_state(folder: DataFolder) -> RunState | None:
    """The last state written, None before the first."""
    if not folder.state_file.exists():
        return None
    content: dict[str, Any] = json.loads(folder.state_file.read_text())
    programs = tuple(ProgramState(**program) for program in content.pop("programs"))
    return RunState(programs=programs, **content)


def log_path(folder: DataFolder, name: str) -> Path:
    """Where a program's output goes."""
    return folder.logs / f"{name}.log"
