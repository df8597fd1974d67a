"""Runs one command in the room: starts it, watches it, ends it, and says how it went."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from workers.errors import JobFailedError, OutputRefusedError, RoomUnavailableError
from workers.room.early import Early, OnStep
from workers.room.intake import IntakeCaps, Result, check_outputs, read_result
from workers.room.launching import bare_command, launcher_command
from workers.room.limits import Limits
from workers.room.outcome import Log, Outcome, Verdict, ended_by, explain
from workers.room.probe import Isolation
from workers.room.ranges import RangedInput, RangeServer
from workers.room.sandbox import bwrap_command, clean_environment, python_folders
from workers.room.watchdog import disk_bytes, kill_family, measure

REQUEST_NAME = "REQUEST.json"
LOOK_EVERY_S = 0.2
LOOK_AT_DISK_EVERY_S = 2.0
LINE_BYTES = 8 << 10
CLOSE_WAIT_S = 10.0

OnProgress = Callable[[Mapping[str, Any]], None]


class Stop:
    """Tells a running room to end, from another thread; the first reason stays."""

    def __init__(self) -> None:
        self._verdict: Verdict | None = None

    def because(self, kind: str, message: str) -> None:
        """Ask the room to end."""
        if self._verdict is None:
            self._verdict = Verdict(kind=kind, message=message)

    @property
    def verdict(self) -> Verdict | None:
        """Why the room shall end, if it shall."""
        return self._verdict


@dataclass(frozen=True, kw_only=True)
class Room:
    """What every job of a worker's room has in common."""

    isolation: Isolation
    command: tuple[str, ...]
    code_folders: tuple[Path, ...] = ()
    read_only: tuple[Path, ...] = ()
    numba_cache: Path | None = None
    threads: int = 2
    is_strict: bool = True

    def check(self) -> None:
        """Refuse to take strangers' files where a strict room cannot be had."""
        if self.is_strict and not self.isolation.is_strict:
            raise RoomUnavailableError(
                f"the processing room needs bubblewrap, which does not run here: {self.isolation.detail}",
                hint="install bubblewrap and allow user namespaces, or set HERITWIN_ROOM=best-effort",
            )


@dataclass(frozen=True, kw_only=True)
class RoomJob:
    """One job for the room: its folder, request (without ``range_fd``), ranged inputs and limits.

    ``early`` names steps whose outputs are handed on as soon as they are there, while the rest goes on.
    """

    folder: Path
    request: Mapping[str, Any]
    inputs: Mapping[int, RangedInput]
    limits: Limits = field(default_factory=Limits)
    caps: IntakeCaps = field(default_factory=IntakeCaps)
    early: Mapping[str, OnStep] = field(default_factory=dict)


def run_in_room(room: Room, job: RoomJob, *, on_progress: OnProgress, stop: Stop) -> Outcome:
    """Run the room's command on a job and return how it went; outputs stay in ``job.folder``, checked.

    Raises
    ------
    RoomUnavailableError
        If the room is strict and bubblewrap cannot run here.
    """
    room.check()
    server = RangeServer(job.inputs)
    log = Log()
    started_s = time.monotonic()
    try:
        request = {**job.request, "range_fd": server.theirs.fileno()}
        (job.folder / REQUEST_NAME).write_text(json.dumps(request), encoding="utf-8")
        child = _Child(room, job, range_fd=server.theirs.fileno())
        with Early(job.folder, job.early) as early:
            told = (child.stderr, log, on_progress, early.tell)
            reader = threading.Thread(target=_read_lines, args=told, daemon=True)
            reader.start()
            try:
                server.start()
                verdict, peak_bytes = child.watch(job, stop, early)
            finally:
                child.end()
                reader.join(CLOSE_WAIT_S)
                child.close()
    finally:
        server.close()
    seconds = time.monotonic() - started_s
    result, refusal = _taken_in(job, wanted=verdict is None)
    failure = refusal or explain(
        returncode=child.returncode,
        result=result,
        verdict=verdict,
        store_failure=server.failure,
        log=log,
        memory_share=peak_bytes / job.limits.memory_bytes,
    )
    name = ended_by(child.returncode)
    return Outcome(
        result=result,
        failure=failure,
        exit_code=child.returncode if name is None else None,
        signal_name=name,
        seconds=seconds,
        peak_bytes=peak_bytes,
        isolation=room.isolation.name,
        limits=job.limits,
        log_head=log.head,
        log_tail=log.tail,
    )


def _taken_in(job: RoomJob, *, wanted: bool) -> tuple[Result | None, JobFailedError | None]:
    if not wanted:
        return None, None
    try:
        result = read_result(job.folder)
        if result is not None and result.ok:
            check_outputs(job.folder, result, job.caps)
        return result, None
    except OutputRefusedError as error:
        return None, JobFailedError("output-refused", error.message)


class _Child:
    """The started process, and bubblewrap's word on which process is the first inside."""

    def __init__(self, room: Room, job: RoomJob, *, range_fd: int) -> None:
        info_read, info_write = os.pipe()
        try:
            command, environment = _command(room, job, range_fd=range_fd, info_fd=info_write)
            self._process = subprocess.Popen(
                command,
                cwd=job.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(range_fd, info_write),
                start_new_session=True,
            )
        except BaseException:
            os.close(info_read)
            raise
        finally:
            os.close(info_write)
        self._first_inside = _first_inside(info_read)
        self._pidfd = os.pidfd_open(self._process.pid)

    @property
    def stderr(self) -> IO[bytes]:
        """The child's messages."""
        if self._process.stderr is None:
            raise RuntimeError("the child was started without a pipe for its messages")
        return self._process.stderr

    @property
    def returncode(self) -> int:
        """The exit code; only after ``end``."""
        return self._process.wait()

    def watch(self, job: RoomJob, stop: Stop, early: Early) -> tuple[Verdict | None, int]:
        """Wait for the end, or for a reason to end it; also return the peak memory in bytes."""
        began_s = time.monotonic()
        disk_at_s, peak = began_s, 0
        watched: list[Any] = [self._pidfd, early]
        while self._pidfd not in (ready := select.select(watched, [], [], LOOK_EVERY_S)[0]):
            try:
                if ready:
                    early.take()
            except OutputRefusedError as error:
                return Verdict(kind=error.kind, message=error.message), peak
            if stop.verdict is not None:
                return stop.verdict, peak
            now_s = time.monotonic()
            usage = measure(self._process.pid, tasks_limit=_watched_tasks(job.limits))
            peak = max(peak, usage.pss_bytes)
            disk = 0
            if now_s - disk_at_s >= LOOK_AT_DISK_EVERY_S:
                disk_at_s, disk = now_s, disk_bytes(job.folder)
            verdict = _judge(job.limits, usage.pss_bytes, usage.tasks, disk, now_s - began_s)
            if verdict is not None:
                return verdict, peak
        return stop.verdict, peak

    def end(self) -> None:
        """Leave no process behind, however the watching ended."""
        kill_family(self._process.pid, first_inside=self._first_inside)
        self._process.wait()

    def close(self) -> None:
        """Let go of the descriptors, once the messages are read."""
        self.stderr.close()
        os.close(self._pidfd)


def _watched_tasks(limits: Limits) -> int:
    # bubblewrap's two processes and the kernel's own limit (RLIMIT_NPROC) come first; this is the net.
    return limits.tasks + 8


def _judge(limits: Limits, pss_bytes: int, tasks: int, disk: int, elapsed_s: float) -> Verdict | None:
    if tasks > _watched_tasks(limits):
        return Verdict(kind="parser-crash", message=f"the job started more than {limits.tasks} tasks")
    if pss_bytes > limits.memory_bytes:
        used, most = pss_bytes >> 20, limits.memory_bytes >> 20
        return Verdict(kind="memory-limit", message=f"the job used {used} MiB of memory, at most {most} MiB")
    if disk > limits.disk_bytes:
        used, most = disk >> 20, limits.disk_bytes >> 20
        return Verdict(kind="disk-limit", message=f"the job wrote {used} MiB, at most {most} MiB")
    if elapsed_s > limits.wall_s:
        return Verdict(kind="time-limit", message=f"the job ran longer than {limits.wall_s:.0f} s")
    return None


def _first_inside(info_read: int) -> int | None:
    """Read bubblewrap's info: the pid, seen from outside, of the first process inside."""
    with os.fdopen(info_read, "rb") as info:
        try:
            return int(json.loads(info.read())["child-pid"])
        except (ValueError, KeyError):
            return None


def _command(room: Room, job: RoomJob, *, range_fd: int, info_fd: int) -> tuple[list[str], dict[str, str]]:
    numba_cache = room.numba_cache if room.numba_cache is not None and room.numba_cache.is_dir() else None
    python_path = [folder.parent for folder in room.code_folders]
    identity = room.isolation.identity
    if identity is None:
        temporary = job.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        bare = bare_command(
            room.command, limits=job.limits, keep=(range_fd,), numba_cache=numba_cache, temporary=temporary
        )
        return bare, clean_environment(temporary=temporary, python_path=python_path, threads=room.threads)
    if identity.own_uid is not None:
        _give(job.folder, identity.own_uid)
    inner = launcher_command(
        room.command, limits=job.limits, identity=identity, keep=(range_fd,), numba_cache=numba_cache
    )
    command = bwrap_command(
        inner,
        folder=job.folder,
        read_only=[*python_folders(), *room.code_folders, *room.read_only],
        identity=identity,
        tmp_bytes=job.limits.tmp_bytes,
        numba_cache=numba_cache,
        info_fd=info_fd,
    )
    return command, clean_environment(temporary=Path("/tmp"), python_path=python_path, threads=room.threads)


def _give(folder: Path, uid: int) -> None:
    """Make the room's uid owner of the job's folder and what was put there for it."""
    os.chown(folder, uid, uid)
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(here, name), uid, uid, follow_symlinks=False)


def _read_lines(
    stream: IO[bytes], log: Log, on_progress: OnProgress, on_finished: Callable[[str], None]
) -> None:
    """Sort the child's stderr into progress, steps that are finished, and log."""
    with contextlib.suppress(ValueError, OSError):  # closed under us once the child is gone
        while line := stream.readline(LINE_BYTES):
            text = line.decode("utf-8", errors="replace").rstrip("\n").replace("\0", "\ufffd")
            content = _as_json(text)
            progress = _as_progress(content)
            if isinstance(finished := content.get("finished"), str):
                on_finished(finished)
            elif progress is not None:
                on_progress(progress)
            else:
                log.add(text)


def _as_json(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        content: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content


def _as_progress(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a progress line's content, kept to what the row takes; None for anything else."""
    stage, done = content.get("stage"), content.get("done")
    total, unit = content.get("total"), content.get("unit")
    if not isinstance(stage, str) or not _is_count(done) or not (total is None or _is_count(total)):
        return None
    return {"stage": stage[:60], "done": done, "total": total, "unit": str(unit or "")[:30]}


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**62


def remove_folder(folder: Path) -> None:
    """Remove a job's folder; a child cannot make that fail by taking permissions away."""
    for here, folders, _ in os.walk(folder):
        for path in (Path(here, name) for name in folders):
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
