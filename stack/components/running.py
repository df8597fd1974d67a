"""Start one program and stop it again, for set-up steps and tests; the supervisor has its own loop."""

import subprocess
import time
from pathlib import Path

from stack.components.program import Program
from stack.errors import ProgramFailedError, ProgramMissingError


class Running:
    """A started program with its log."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        with log.open("ab") as out:
            try:
                self.process = subprocess.Popen(
                    program.launch_command(),
                    cwd=program.folder,
                    env=program.launch_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise ProgramMissingError(f"{program.name}: {error.filename} is not there") from error

    def wait_ready(self) -> None:
        """Return once the program answers; raise with the end of its log if it ends or takes too long."""
        deadline = time.monotonic() + self.program.start_s
        while not self.program.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ProgramFailedError(
                    f"{self.program.name} did not become ready (exit {self.process.returncode})",
                    tail(self.log),
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask, wait, and kill if asking does not help."""
        if self.process.poll() is None:
            self.process.send_signal(self.program.stop_signal)
            try:
                self.process.wait(self.program.stop_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def run_once(program: Program, log: Path, stdin: bytes = b"") -> None:
    """Run a step that ends by itself (initdb, weed shell); raise with the end of its log on failure."""
    with log.open("ab") as out:
        done = subprocess.run(
            program.launch_command(),
            cwd=program.folder,
            env=program.launch_environment(),
            input=stdin,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=program.start_s,
            check=False,
        )
    if done.returncode != 0:
        raise ProgramFailedError(f"{program.name} failed (exit {done.returncode})", tail(log))


def tail(log: Path, size_bytes: int = 2000) -> str:
    """The last lines of a log, to show beside a failure."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size_bytes))
        return file.read().decode("utf-8", "replace")
