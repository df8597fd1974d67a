"""Start a whole stack as a child of this process and use it: for the demo, the tests and measurements."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack.components.program import Program
from stack.components.running import Running
from stack.errors import ProgramFailedError
from stack.folder import DataFolder
from stack.plan import answers_ok
from stack.state import RunState, read_state

START_S = 240.0


@dataclass(frozen=True, kw_only=True)
class Started:
    """A running stack, as seen from outside."""

    folder: DataFolder
    running: Running

    @property
    def state(self) -> RunState:
        """What the supervisor wrote down last."""
        state = read_state(self.folder)
        if state is None:
            raise ProgramFailedError(f"{self.folder.root} has no state yet")
        return state

    @property
    def address(self) -> str:
        """The public origin."""
        return self.state.address

    @property
    def admin_key(self) -> str:
        """The first admin's key."""
        return self.folder.admin_key.read_text().strip()

    def is_ready(self) -> bool:
        """Whether everything answers, now."""
        state = read_state(self.folder)
        mine = state is not None and state.supervisor_pid == self.running.process.pid
        return mine and state is not None and state.phase == "ready" and answers_ok(f"{state.api}/readyz")


def launch(data: Path, arguments: Sequence[str] = ()) -> Started:
    """Start `heritwin up` on a folder and return at once; it dies with this thread."""
    folder = DataFolder(data)
    folder.prepare()
    program = Program(
        name="heritwin up",
        command=(sys.executable, "-P", "-m", "stack", "up", "--data", str(folder.root), *arguments),
        is_ready=lambda: started.is_ready(),
        folder=folder.root,
        stop_s=90.0,
        start_s=START_S,
    )
    started = Started(folder=folder, running=Running(program, folder.logs / "up.log"))
    return started


@contextmanager
def stack_on(data: Path, arguments: Sequence[str] = ()) -> Iterator[Started]:
    """A ready stack on a folder, stopped in order at the end."""
    started = launch(data, arguments)
    try:
        started.running.wait_ready()
        yield started
    finally:
        started.running.stop()
