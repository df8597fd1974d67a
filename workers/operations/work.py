"""What every operation needs: a claim's inputs, a run in the room, and its outputs taken into the store."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from storage import db as database
from storage.derivatives import commands as derivatives
from storage.derivatives.keys import object_key
from storage.errors import StorageError
from storage.jobs.kinds import STATED
from storage.jobs.records import Account, Claim, InputFile, MadeDerivative, MadeFile
from storage.objects.store import ObjectStore
from workers.errors import JobFailedError, StorageUnavailableError
from workers.heartbeat import Heartbeat
from workers.room.early import OnStep
from workers.room.intake import IntakeCaps, StepResult, open_inside
from workers.room.limits import GIB, MIB, Limits
from workers.room.outcome import Outcome
from workers.room.ranges import RangedInput
from workers.room.room import RoomJob, run_in_room
from workers.runtime import Runtime

USUAL_CAPS = IntakeCaps()
NO_STEPS: Mapping[str, OnStep] = {}
SOFTWARE = ("heritwin-server", "numpy", "numba", "laspy", "lazrs", "open3d-cpu", "small-gicp", "kiss-matcher")


class RoomFailedError(JobFailedError):
    """A run in the room that failed, with its evidence."""

    def __init__(self, failure: JobFailedError, outcome: Outcome) -> None:
        super().__init__(failure.kind, failure.message, hint=failure.hint)
        self.outcome = outcome


@dataclass(frozen=True, kw_only=True)
class Work:
    """One attempt at a job, as its operation sees it."""

    runtime: Runtime
    claim: Claim
    inputs: Sequence[InputFile]
    heartbeat: Heartbeat
    folder: Path

    @property
    def stated(self) -> dict[str, Any]:
        """What people state where the files may be silent, as a step takes it."""
        arguments = self.claim.arguments
        return {name: arguments[name] for name in STATED if name in arguments}

    def check_stop(self) -> None:
        """End here if the job was cancelled or lost."""
        verdict = self.heartbeat.stop.verdict
        if verdict is not None:
            raise JobFailedError(verdict.kind, verdict.message)


def step(name: str, verb: str | None = None, **arguments: Any) -> dict[str, Any]:
    """Return one step of a request."""
    return {"id": name, "verb": verb or name, "arguments": arguments}


def run_steps(
    work: Work,
    steps: Sequence[Mapping[str, Any]],
    *,
    caps: IntakeCaps = USUAL_CAPS,
    early: Mapping[str, OnStep] = NO_STEPS,
) -> Outcome:
    """Run steps in the room over the job's inputs, by ranges; ``early`` hands some on before the others.

    Raises
    ------
    RoomFailedError
        If the run failed; carries the log.
    """
    files = work.inputs
    ranged = {i: _ranged(work.runtime.store, file) for i, file in enumerate(files)}
    return run_room(work, work.folder, files, ranged, steps, caps=caps, early=early)


def run_room(
    work: Work,
    folder: Path,
    files: Sequence[InputFile],
    ranged: Mapping[int, RangedInput],
    steps: Sequence[Mapping[str, Any]],
    *,
    caps: IntakeCaps = USUAL_CAPS,
    early: Mapping[str, OnStep] = NO_STEPS,
) -> Outcome:
    """Run steps in the room over some files, in a folder of this attempt."""
    request = {"schema": 1, "inputs": [_described(i, file) for i, file in enumerate(files)], "steps": steps}
    job = RoomJob(
        folder=folder, request=request, inputs=ranged, limits=limits_of(work), caps=caps, early=early
    )
    outcome = run_in_room(work.runtime.room, job, on_progress=work.heartbeat.report, stop=work.heartbeat.stop)
    if outcome.failure is not None:
        raise RoomFailedError(outcome.failure, outcome)
    return outcome


def limits_of(work: Work) -> Limits:
    """Return what this job may use: all of the worker's memory, for a worker does one job at a time."""
    settings = work.runtime.settings
    disk_bytes = settings.disk_mib() * MIB
    return Limits(
        memory_bytes=settings.room_memory_mib * MIB,
        wall_s=settings.room_wall_s,
        cpu_s=int(settings.room_wall_s) * settings.room_threads,
        disk_bytes=disk_bytes,
        file_bytes=min(disk_bytes, 64 * GIB),
    )


def keep(
    work: Work,
    made: StepResult,
    *,
    kind: str,
    operation: str | None = None,
    roles: Collection[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> MadeDerivative:
    """Put a step's files (of some roles, or all) into the store as a derivative of this attempt; describe it.

    The row comes first, so that nothing in the store is without one and a loser's objects can be reaped.
    `operation` names the recipe where that is not the step's own verb, `parameters` what it was asked for.
    """
    with database.transaction(work.runtime.sessions) as db:
        derivative_id = derivatives.begin(
            db,
            work.claim,
            kind=kind,
            operation=operation or made.verb,
            parameters=parameters,
        )
    stage = f"storing {kind}"
    files = []
    wanted = [file for file in made.files if roles is None or file.role in roles]
    for number, file in enumerate(wanted):
        work.check_stop()
        work.heartbeat.report({"stage": stage, "done": number, "total": len(wanted), "unit": "files"})
        path = file.path.removeprefix(f"out/{made.id}/")
        sha256, size_bytes = _put(work, object_key(derivative_id, path, kind), file.path, file.media_type)
        files.append(
            MadeFile(
                path=path, role=file.role, media_type=file.media_type, size_bytes=size_bytes, sha256=sha256
            )
        )
    return MadeDerivative(id=derivative_id, result=made.result, files=tuple(files))


def _put(work: Work, key: str, name: str, media_type: str) -> tuple[str, int]:
    with open_inside(work.folder, name) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        # By descriptor, so that what was checked is what is sent.
        opened = Path(f"/proc/self/fd/{file.fileno()}")
        try:
            sha256 = work.runtime.store.put_file(key, opened, media_type=media_type)
        except StorageError as error:
            raise StorageUnavailableError(f"{name} could not be stored: {error}") from error
    return sha256, size_bytes


def _described(number: int, file: InputFile) -> dict[str, Any]:
    return {
        "number": number,
        "path": file.path,
        "size": file.size_bytes,
        "local": None,
        "group": file.group,
    }


def _ranged(store: ObjectStore, file: InputFile) -> RangedInput:
    def read(offset: int, length: int) -> bytes:
        return store.get_range(file.object_key, offset, length)

    return RangedInput(size=file.size_bytes, read=read)


def account_of(outcome: Outcome) -> Account:
    """Return what a run in the room used and said, and under which limits: the attempt's provenance."""
    limits = outcome.limits
    return Account(
        seconds=outcome.seconds,
        peak_mib=outcome.peak_bytes / MIB,
        log_head=outcome.log_head,
        log_tail=outcome.log_tail,
        limits={
            "room": outcome.isolation,
            "memory_mib": limits.memory_bytes // MIB,
            "wall_s": limits.wall_s,
            "cpu_s": limits.cpu_s,
            "disk_mib": limits.disk_bytes // MIB,
            "tasks": limits.tasks,
        },
        software=software(),
    )


@cache
def software() -> dict[str, str]:
    """Return the versions of what computes, for the attempt's provenance."""
    found = {}
    for name in SOFTWARE:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
