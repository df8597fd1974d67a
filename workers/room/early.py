"""Takes what one step made out of the room while the steps after it still run."""

from __future__ import annotations

import os
import queue
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from workers.errors import OutputRefusedError
from workers.room.intake import IntakeCaps, Result, StepResult, check_outputs, open_inside, read_result

# What somebody waits for is small; anything larger is taken with the rest, at the end.
CAPS = IntakeCaps(files=64, file_bytes=64 << 20, total_bytes=64 << 20)

OnStep = Callable[[StepResult, Path], None]


class Early:
    """Steps that are taken as soon as the child says they are finished, each once.

    The child lives on, and could change a file between check and use: it is copied out first, and both are
    done on the copy.
    """

    def __init__(self, folder: Path, wanted: Mapping[str, OnStep], caps: IntakeCaps = CAPS) -> None:
        self._folder = folder
        self._copies = folder.with_name(f"{folder.name}-early")
        self._wanted = dict(wanted)
        self._caps = caps
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def __enter__(self) -> Early:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._wake)
        shutil.rmtree(self._copies, ignore_errors=True)

    def fileno(self) -> int:
        """Return the descriptor that is readable once a step may be taken."""
        return self._wake

    def tell(self, step: str) -> None:
        """Note that the child says a step is finished; from any thread."""
        if step in self._wanted:
            self._told.put(step)
            os.eventfd_write(self._wake, 1)

    def take(self) -> None:
        """Take the steps told of.

        Raises
        ------
        OutputRefusedError
            If the child named something that is not taken.
        """
        os.eventfd_read(self._wake)
        while not self._told.empty():
            name = self._told.get()
            on_step = self._wanted.pop(name, None)
            if on_step is None:
                continue
            result = read_result(self._folder)
            if result is None:
                raise OutputRefusedError(f"the step {name!r} is said to be finished, and there is no result")
            step = result.step(name)
            if sum(file.bytes for file in step.files) <= self._caps.total_bytes:
                on_step(step, self._copied(step))

    def _copied(self, step: StepResult) -> Path:
        for file in step.files:
            with open_inside(self._folder, file.path) as source:
                data = source.read(file.bytes + 1)
            copy = self._copies / file.path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
        self._copies.mkdir(exist_ok=True)
        check_outputs(self._copies, Result(ok=True, steps=(step,)), self._caps)
        return self._copies
