"""Keep one program running: start it, wait until it is ready, start it again when it ends, stop it."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from stack.components.program import Program
from stack.components.running import tail
from stack.errors import ProgramFailedError
from stack.state import ProgramState

FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
# A program that ran this long was well: the next wait is short again.
WELL_AFTER_S = 30.0
TRIES_BEFORE_FIRST_READY = 3
ASK_EVERY_S = 0.1


class Keeper:
    """One program of the stack.

    Everything that starts a process runs on the event loop's own thread: the kernel ends a child with the
    *thread* that started it.
    """

    def __init__(self, program: Program, log: Path, changed: Callable[[], None]) -> None:
        self.program = program
        self.log = log
        self.changed = changed
        self.ready = asyncio.Event()
        self.asked = asyncio.Event()
        self.phase = "waiting"
        self.restarts = 0
        self.last_exit: int | None = None
        self.process: asyncio.subprocess.Process | None = None
        self.started: float | None = None

    def state(self) -> ProgramState:
        """What `heritwin status` shows."""
        running = self.process is not None and self.process.returncode is None
        return ProgramState(
            name=self.program.name,
            state=self.phase,
            pid=self.process.pid if running and self.process else None,
            started=self.started if running else None,
            restarts=self.restarts,
            last_exit=self.last_exit,
            log=str(self.log),
        )

    async def keep(self) -> None:
        """Run until `stop`; raise if it never becomes ready at all."""
        wait_s, tries = FIRST_WAIT_S, 0
        while not self.asked.is_set():
            began, tries = time.monotonic(), tries + 1
            await self.start()
            if self.asked.is_set() and self.process is not None:
                self.process.kill()
            await self.until_ready_or_ended()
            await self.until_ended()
            if self.asked.is_set():
                return
            if not self.ready.is_set() and tries >= TRIES_BEFORE_FIRST_READY:
                raise ProgramFailedError(
                    f"{self.program.name} ended {tries} times before it was ready (exit {self.last_exit})",
                    f"{self.log}:\n{tail(self.log)}",
                )
            wait_s = FIRST_WAIT_S if time.monotonic() - began > WELL_AFTER_S else wait_s
            self.restarts += 1
            self.enter("restarting")
            await wait_for(self.asked, wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        with self.log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                *self.program.launch_command(),
                cwd=self.program.folder,
                env=self.program.launch_environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.started = psutil.Process(self.process.pid).create_time()
        except psutil.NoSuchProcess:
            self.started = None
        self.enter("starting")

    async def until_ready_or_ended(self) -> None:
        """Ask until it says yes; kill one that says nothing for too long, so that it is started again."""
        process, deadline = self.process, time.monotonic() + self.program.start_s
        while process is not None and process.returncode is None and not self.asked.is_set():
            if await asyncio.to_thread(self.program.is_ready):
                if process.returncode is None:
                    self.ready.set()
                    self.enter("running")
                return
            if time.monotonic() > deadline:
                process.kill()
                return
            await asyncio.sleep(ASK_EVERY_S)

    async def until_ended(self) -> None:
        """Wait for its end and take its process group along."""
        if self.process is None:
            return
        self.last_exit = await self.process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end, wait, then insist."""
        self.asked.set()
        self.enter("stopping")
        process = self.process
        if process is not None and process.returncode is None:
            process.send_signal(self.program.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), self.program.stop_s)
            except TimeoutError:
                process.kill()
                await process.wait()
        self.enter("stopped")

    def enter(self, phase: str) -> None:
        """Change the phase and tell."""
        self.phase = phase
        self.changed()


async def wait_for(event: asyncio.Event, longest_s: float) -> None:
    """Wait for the event, but no longer than that."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), longest_s)
