"""Runs one target for so many CPU seconds in a child, guided by the lines of ours that an input reaches.

The child says what it is about to run before it runs it, in memory both share: whatever ends it (a crash, its
memory, the parent after too long) has a name.
"""

from __future__ import annotations

import faulthandler
import hashlib
import mmap
import os
import pickle
import random
import resource
import select
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.fuzz.mutate import MAX_BYTES
from tests.fuzz.targets import TARGETS, once, seeds_of
from workers.room.outcome import OUT_OF_MEMORY

ROOT = Path(__file__).resolve().parents[2]
# What is ours and reads; the rest is not traced, and runs at its own speed.
TRACED = tuple(
    str(ROOT / place)
    for place in (
        "processing/formats",
        "processing/early",
        "processing/bundles",
        "processing/room",
        "processing/points",
        "processing/meshes/cleaning",
        "processing/geometry/frames",
        "workers/room",
        "service/tiles",
    )
)
HANG_S = 10.0
# On a machine that is busy with other things; without CPU it waits for something that does not come.
WAITING_S, LOOK_EVERY_S = 120.0, 0.05
MEMORY_BYTES = 1 << 30
HEAD = 16
MOST_KEPT = 2_000
DEFECTS_ENOUGH = 20


@dataclass(kw_only=True)
class Defect:
    """An input that ended other than it may: what happened, and the input."""

    what: str
    where: str
    data: bytes

    @property
    def name(self) -> str:
        """A short name of the input."""
        return hashlib.sha256(self.data).hexdigest()[:12]


@dataclass(kw_only=True)
class Report:
    """What a run came to."""

    target: str
    seed: int
    runs: int = 0
    cpu_s: float = 0.0
    lines: int = 0
    kept: int = 0
    slowest_s: float = 0.0
    peak_growth_mib: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    defects: list[Defect] = field(default_factory=list)


def fuzz(
    name: str,
    *,
    seconds: float,
    seed: int,
    folder: Path,
    first: Sequence[bytes] = (),
    hang_s: float = HANG_S,
) -> Report:
    """Fuzz one target; a child that dies is replaced until the time is used up, or enough was found.

    ``first`` are the inputs to begin with, those of the corpus if none are given; one that takes more than
    ``hang_s`` CPU seconds is ended.
    """
    report = Report(target=name, seed=seed)
    shared = mmap.mmap(-1, HEAD + MAX_BYTES + 4096)
    round_number = 0
    while report.cpu_s < seconds and len(report.defects) < DEFECTS_ENOUGH:
        child = os.fork()
        if child == 0:
            _child(name, seconds - report.cpu_s, seed + 1000 * round_number, folder, shared, first)
        _add(report, _known(_watch(child, shared, hang_s), folder / "stderr"), folder / "report", shared)
        round_number += 1
    return report


def _known(ended: str, said: Path) -> str:
    """A library that gives up for want of memory ends its process, as the warden of the room knows."""
    text = said.read_bytes()[-100_000:].decode(errors="replace") if said.exists() else ""
    if ended.startswith("crash: SIG") and any(word in text for word in OUT_OF_MEMORY):
        return "memory-limit"
    if ended.startswith("crash: exit"):
        print(text, file=sys.stderr)
    return ended


def _watch(child: int, shared: mmap.mmap, hang_s: float) -> str:
    """Wait for the child's end; answer what ended it, nothing if it ended itself."""
    last, since_s, looks = b"", 0.0, 0
    ended = os.pidfd_open(child)
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            os.close(ended)
            break
        mark, cpu_s, looks = bytes(shared[:8]), _cpu_s(child), looks + 1
        if mark != last:
            last, since_s, looks = mark, cpu_s, 0
        # Looks, not seconds: whoever pauses the child pauses this process as well.
        elif mark != bytes(8) and (cpu_s - since_s > hang_s or looks * LOOK_EVERY_S > WAITING_S):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(ended)
            return f"hang: {cpu_s - since_s:.0f} CPU s, {looks * LOOK_EVERY_S:.0f} s"
        select.select([ended], [], [], LOOK_EVERY_S)
    if os.WIFSIGNALED(status):
        return f"crash: {signal.Signals(os.WTERMSIG(status)).name}"
    return "" if os.WEXITSTATUS(status) == 0 else f"crash: exit {os.WEXITSTATUS(status)}"


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _add(report: Report, ended: str, said: Path, shared: mmap.mmap) -> None:
    if not ended:
        part: Report = pickle.loads(said.read_bytes())
        report.runs += part.runs
        report.cpu_s += part.cpu_s
        report.lines, report.kept = max(report.lines, part.lines), max(report.kept, part.kept)
        report.slowest_s = max(report.slowest_s, part.slowest_s)
        report.peak_growth_mib = max(report.peak_growth_mib, part.peak_growth_mib)
        report.kinds += part.kinds
        report.defects += [d for d in part.defects if d.where not in {one.where for one in report.defects}]
        return
    size = int.from_bytes(shared[8:HEAD], "little")
    report.cpu_s += 1.0
    report.runs += int.from_bytes(shared[:8], "little")
    if ended == "memory-limit":
        report.kinds[ended] += 1
        return
    report.defects.append(Defect(what=ended, where=ended, data=bytes(shared[HEAD : HEAD + size])))


def _child(
    name: str, seconds: float, seed: int, folder: Path, shared: mmap.mmap, first: Sequence[bytes]
) -> None:
    code = 1
    try:
        faulthandler.disable()
        # What libraries print; the last of it says what a child died of.
        said = os.open(folder / "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(said, 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        warnings.simplefilter("ignore")
        report = _Run(name, seed, folder / name, shared).until(seconds, first)
        (folder / "report").write_bytes(pickle.dumps(report))
        code = 0
    except BaseException:  # noqa: BLE001  # the edge of this process
        traceback.print_exc()
    finally:
        shutil.rmtree(folder / name, ignore_errors=True)
        os._exit(code)


class _Run:
    """The loop of the child."""

    def __init__(self, name: str, seed: int, folder: Path, shared: mmap.mmap) -> None:
        self._target, self._folder, self._shared = TARGETS[name], folder, shared
        self._rng = random.Random(f"{name} {seed}")
        self._seen: set[tuple[CodeType, int]] = set()
        self._fresh = False
        self._report = Report(target=name, seed=seed)
        self._queue: list[bytes] = []

    def until(self, seconds: float, first: Sequence[bytes]) -> Report:
        """Run until the CPU seconds are used up."""
        # What the corpus needs (imports, compiled kernels) is not blamed on what comes after.
        for data in () if first else seeds_of(self._report.target):
            self._one(data, keep=False)
        started_s, before = time.process_time(), _high_kib()
        _allow(MEMORY_BYTES)
        for data in first or seeds_of(self._report.target):
            self._one(data, keep=True)
        self._report.slowest_s = 0.0
        while (used_s := time.process_time() - started_s) < seconds:
            chosen = self._rng.choice(self._queue[-40:] if self._rng.random() < 0.4 else self._queue)
            self._one(self._target.mutator.broken(self._rng, chosen, self._queue), keep=False)
            if len(self._report.defects) >= DEFECTS_ENOUGH:
                break
        self._report.cpu_s = round(used_s, 2)
        self._report.lines, self._report.kept = len(self._seen), len(self._queue)
        self._report.peak_growth_mib = round((_high_kib() - before) / 1024, 1)
        return self._report

    def _one(self, data: bytes, *, keep: bool) -> None:
        self._shared[8:HEAD] = len(data).to_bytes(8, "little")
        self._shared[HEAD : HEAD + len(data)] = data
        self._shared[:8] = (self._report.runs + 1).to_bytes(8, "little")
        self._fresh = False
        began_s = time.process_time()
        sys.settrace(self._called)
        try:
            kind = once(self._target, data, self._folder)
        except BaseException as error:  # noqa: BLE001  # whatever is raised is what is looked for
            sys.settrace(None)
            kind = self._judged(error, data)
        finally:
            sys.settrace(None)
        self._report.runs += 1
        self._report.kinds[kind] += 1
        self._report.slowest_s = max(self._report.slowest_s, round(time.process_time() - began_s, 2))
        if keep or (self._fresh and len(self._queue) < MOST_KEPT):
            self._queue.append(data)

    def _judged(self, error: BaseException, data: bytes) -> str:
        if type(error).__name__ == "PanicException":
            return "parser-crash"
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(ROOT))]
        ours = [f for f in frames if "/tests/" not in f.filename and "/.venv/" not in f.filename]
        last = (ours or frames)[-1]
        where = f"{Path(last.filename).relative_to(ROOT)}:{last.lineno} {type(error).__name__}"
        if where not in {one.where for one in self._report.defects}:
            self._report.defects.append(Defect(what=f"{error}"[:300], where=where, data=data))
        return "defect"

    def _called(self, frame: FrameType, event: str, _: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(TRACED) else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line" and (place := (frame.f_code, frame.f_lineno)) not in self._seen:
            self._seen.add(place)
            self._fresh = True
        return self._line


def _allow(more_bytes: int) -> None:
    """Let this process have so much more data than it has: what needs more for 64 KiB is a defect."""
    status = Path("/proc/self/status").read_text()
    data_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))
    limit = data_kib * 1024 + more_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _high_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
