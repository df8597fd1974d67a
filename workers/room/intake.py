"""Takes a job's outputs out of the room, trusting nothing about them."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.errors import OutputRefusedError

RESULT_NAME = "result.json"
RESULT_BYTES = 16 << 20

# What each kind of file must begin with. Packs are our own container of many, so nothing is asked of them
# here; they are served with the media types of the index, never with one a browser would run.
MAGIC: dict[str, tuple[bytes, ...]] = {
    "image/webp": (b"RIFF",),
    "model/gltf-binary": (b"glTF",),
    "application/json": (b"{", b"["),
    "application/vnd.laszip+copc": (b"LASF",),
    "application/vnd.laszip": (b"LASF",),
    "application/octet-stream": (b"",),
}


# A zero character as JSON writes it, not a backslash that somebody wrote before the letters u0000.
_ZERO = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OutputFile(_Model):
    """A file as the child names it."""

    path: str = Field(min_length=1, max_length=400)
    role: str = Field(pattern=r"^[a-z][a-z-]{0,30}$")
    media_type: str = Field(max_length=100)
    bytes: int = Field(ge=0)


class StepResult(_Model):
    """What one step of the request came to."""

    id: str = Field(max_length=60)
    verb: str = Field(max_length=60)
    seconds: float = 0.0
    peak_mib: float = 0.0
    result: dict[str, Any] = Field(default_factory=dict)
    files: tuple[OutputFile, ...] = ()


class ChildError(_Model):
    """Why the child gave up."""

    kind: str = Field(max_length=60)
    message: str = Field(max_length=20_000)
    hint: str | None = Field(default=None, max_length=20_000)
    step: str | None = Field(default=None, max_length=60)


class Result(_Model):
    """The child's whole ``result.json``."""

    ok: bool
    seconds: float = 0.0
    peak_mib: float = 0.0
    steps: tuple[StepResult, ...] = ()
    error: ChildError | None = None

    def step(self, name: str) -> StepResult:
        """Return the step with this id."""
        for step in self.steps:
            if step.id == name:
                return step
        raise OutputRefusedError(f"the result has no step {name!r}")


@dataclass(frozen=True, kw_only=True)
class IntakeCaps:
    """How much one job may hand out."""

    files: int = 4096
    file_bytes: int = 16 << 30
    total_bytes: int = 64 << 30


def open_inside(folder: Path, name: str) -> BinaryIO:
    """Open a regular file below ``folder`` for reading, following no link at any level.

    Raises
    ------
    OutputRefusedError
        If the name is not plain, or leads to anything but a regular file with one name.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\0" in name or ".." in parts or str(PurePosixPath(name)) != name:
        raise OutputRefusedError(f"output name {name!r} is not a plain relative path")
    here = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        # O_NONBLOCK: opening a FIFO would otherwise wait for a writer that never comes.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(parts[-1], flags, dir_fd=here)
    except OSError as error:
        raise OutputRefusedError(f"output {name!r} cannot be taken: {error.strerror}") from error
    finally:
        os.close(here)
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
        os.close(descriptor)
        raise OutputRefusedError(f"output {name!r} is not a plain file with one name")
    return os.fdopen(descriptor, "rb")


def read_result(folder: Path) -> Result | None:
    """Read ``result.json``; None when the child left none."""
    try:
        os.lstat(folder / RESULT_NAME)
    except FileNotFoundError:
        return None
    with open_inside(folder, RESULT_NAME) as file:
        raw = file.read(RESULT_BYTES + 1)
    if len(raw) > RESULT_BYTES:
        raise OutputRefusedError(f"{RESULT_NAME} is larger than {RESULT_BYTES} bytes")
    try:
        content = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
        _refuse_unstorable(content)
        return Result.model_validate(content)
    except (ValueError, RecursionError, ValidationError) as error:
        raise OutputRefusedError(f"{RESULT_NAME} is not a valid result: {str(error)[:500]}") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _refuse_unstorable(content: object) -> None:
    """Refuse text PostgreSQL cannot hold: lone surrogates and the zero character."""
    text = json.dumps(content, ensure_ascii=False)
    text.encode("utf-8")
    if _ZERO.search(text):
        raise ValueError("text holds a zero character")


def check_outputs(folder: Path, result: Result, caps: IntakeCaps) -> dict[str, list[OutputFile]]:
    """Check every named file and return them by step.

    Call only when no process of the room is left, so that nothing changes between check and use.
    """
    files = [file for step in result.steps for file in step.files]
    if len(files) > caps.files:
        raise OutputRefusedError(f"{len(files)} files are named, at most {caps.files} are taken")
    if len({file.path for file in files}) != len(files):
        raise OutputRefusedError("a file is named twice")
    total = 0
    for step in result.steps:
        for file in step.files:
            total += _check_one(folder, step.id, file, caps)
    if total > caps.total_bytes:
        raise OutputRefusedError(f"outputs come to {total} bytes, at most {caps.total_bytes} are taken")
    return {step.id: list(step.files) for step in result.steps}


def _check_one(folder: Path, step: str, file: OutputFile, caps: IntakeCaps) -> int:
    if not file.path.startswith(f"out/{step}/"):
        raise OutputRefusedError(f"output {file.path!r} does not lie under 'out/{step}/'")
    beginnings = MAGIC.get(file.media_type)
    if beginnings is None:
        raise OutputRefusedError(f"output {file.path!r} has the type {file.media_type!r}, which is not taken")
    with open_inside(folder, file.path) as opened:
        size = os.fstat(opened.fileno()).st_size
        head = opened.read(8)
    if size != file.bytes:
        raise OutputRefusedError(f"output {file.path!r} has {size} bytes, the result says {file.bytes}")
    if size > caps.file_bytes:
        raise OutputRefusedError(
            f"output {file.path!r} has {size} bytes, at most {caps.file_bytes} are taken"
        )
    if not head.startswith(beginnings):
        raise OutputRefusedError(f"output {file.path!r} does not begin like {file.media_type}")
    return size
