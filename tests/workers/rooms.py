"""Rooms for the specs: real bubblewrap around small hostile programs instead of the parsers."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workers.room.early import OnStep
from workers.room.intake import IntakeCaps
from workers.room.limits import Limits
from workers.room.outcome import Outcome
from workers.room.probe import Isolation
from workers.room.ranges import RangedInput
from workers.room.room import Room, RoomJob, Stop, run_in_room

PROGRAMS = Path(__file__).with_name("programs")


def command_of(program: str) -> tuple[str, ...]:
    """Return the command that runs one of the test programs."""
    return (sys.executable, "-I", "-B", str(PROGRAMS / program))


@dataclass(kw_only=True)
class Bench:
    """A room, and a folder for each job run in it."""

    isolation: Isolation
    root: Path
    numba_cache: Path | None = None
    is_strict: bool = True
    progress: list[Mapping[str, Any]] = field(default_factory=list)
    jobs: int = 0

    def folder(self) -> Path:
        """Return a fresh job folder."""
        self.jobs += 1
        folder = self.root / f"job-{self.jobs}"
        folder.mkdir()
        return folder

    def run(
        self,
        verb: str,
        *,
        program: str = "behave.py",
        limits: Limits | None = None,
        caps: IntakeCaps | None = None,
        inputs: Mapping[int, RangedInput] | None = None,
        stop: Stop | None = None,
        on_progress: Callable[[Mapping[str, Any]], None] | None = None,
        early: Mapping[str, OnStep] | None = None,
        folder: Path | None = None,
        **arguments: Any,
    ) -> Outcome:
        """Run one step in the room."""
        room = Room(
            isolation=self.isolation,
            command=command_of(program),
            read_only=(PROGRAMS,),
            numba_cache=self.numba_cache,
            is_strict=self.is_strict,
        )
        job = RoomJob(
            folder=folder or self.folder(),
            request={
                "schema": 1,
                "inputs": [],
                "steps": [{"id": "step", "verb": verb, "arguments": arguments}],
            },
            inputs=inputs or {},
            limits=limits or Limits(wall_s=60),
            caps=caps or IntakeCaps(),
            early=early or {},
        )
        return run_in_room(room, job, on_progress=on_progress or self.progress.append, stop=stop or Stop())
