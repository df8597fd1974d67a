"""Measures whole processes: wall, CPU seconds, and the peak memory of everything they start."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
RESULTS = REPOSITORY / "benchmarks" / "results"
SAMPLE_S = 0.05
# Reading the shares of all pages takes milliseconds: done when memory has grown, or this often.
SHARES_S, GROWTH = 0.5, 1.01
# A process that the command left behind has this long to end.
LEFT_BEHIND_S = 20.0
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: seconds, MiB (PSS of the process and all below it), load before, last stdout line."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    load_before: float
    last_line: str


class BenchmarkFailedError(Exception):
    """A measured command did not end well; nothing is reported of it."""


def measured(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end, and that of all it started.

    CPU seconds are those of the process and of every descendant, threads included: those that their parents
    waited for by ``wait4`` of the process; orphans come to this process, which waits for them too (Linux,
    PR_SET_CHILD_SUBREAPER). Wall time is the first process's. Memory is sampled twenty times a second:
    shorter peaks are missed.

    Raises
    ------
    BenchmarkFailedError
        If it ends with another code than 0, or leaves a process running.
    """
    load = os.getloadavg()[0]
    log = cwd / "stderr.log"
    others = set(_children(os.getpid()))
    with log.open("wb") as errors, (cwd / "stdout.log").open("w+b") as output, _orphans_come_here():
        started_s = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=output, stderr=errors
        )
        peak = _Peak(others)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - started_s
        process.returncode = os.waitstatus_to_exitcode(status)
        orphans_s = _orphans_cpu_s(others, command)
        peak.stop()
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
    if process.returncode:
        tail = log.read_text(errors="replace")[-2000:]
        raise BenchmarkFailedError(f"{' '.join(command)} ended with {process.returncode}:\n{tail}")
    return Run(
        wall_s=round(wall_s, 3),
        cpu_s=round(usage.ru_utime + usage.ru_stime + orphans_s, 3),
        peak_mib=round(peak.highest_kib / 1024, 1),
        load_before=round(load, 2),
        last_line=lines[-1] if lines else "",
    )


@contextmanager
def _orphans_come_here() -> Iterator[None]:
    """Have processes whose parent ended become children of this one."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _orphans_cpu_s(others: set[int], command: Sequence[str]) -> float:
    """Wait for what the command left behind; answer the CPU seconds of it."""
    spent_s, until_s = 0.0, time.monotonic() + LEFT_BEHIND_S
    while left := [pid for pid in _children(os.getpid()) if pid not in others]:
        for pid in left:
            ended, _, usage = os.wait4(pid, os.WNOHANG)
            if ended:
                spent_s += usage.ru_utime + usage.ru_stime
            elif time.monotonic() > until_s:
                os.kill(pid, signal.SIGKILL)
                os.wait4(pid, 0)
                raise BenchmarkFailedError(f"{' '.join(command)} left process {pid} running")
        time.sleep(SAMPLE_S)
    return spent_s


class _Peak(threading.Thread):
    """Samples the proportional set size of all processes below this one, but those there before."""

    def __init__(self, others: set[int]) -> None:
        super().__init__(daemon=True)
        self._others, self._ended = others, threading.Event()
        self.highest_kib = 0

    def run(self) -> None:
        seen_kib, read_s = 0, 0.0
        while not self._ended.wait(SAMPLE_S):
            processes = _below(os.getpid(), self._others)
            resident_kib = sum(_resident_kib(pid) for pid in processes)
            # A share is never more than what is resident: below the peak there is nothing to find.
            due = time.monotonic() - read_s > SHARES_S or resident_kib > seen_kib * GROWTH
            if due and resident_kib > self.highest_kib:
                seen_kib, read_s = resident_kib, time.monotonic()
                self.highest_kib = max(self.highest_kib, sum(_pss_kib(pid) for pid in processes))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            found += [int(p) for p in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    except OSError:
        pass
    return found


def _below(root: int, others: set[int]) -> list[int]:
    found: list[int] = []
    waiting = [pid for pid in _children(root) if pid not in others]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += _children(pid)
    return found


def _resident_kib(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def _pss_kib(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def median(runs: Sequence[Run], name: str) -> float:
    """Answer the median of one figure."""
    return float(statistics.median(getattr(run, name) for run in runs))


def highest_mib(runs: Sequence[Run]) -> float:
    """Answer the highest peak of all runs."""
    return max(run.peak_mib for run in runs)


def as_json(runs: Mapping[str, Sequence[Run]]) -> dict[str, list[dict[str, Any]]]:
    """Write every single run, so that medians can be made anew."""
    return {
        name: [{k: v for k, v in asdict(run).items() if k != "last_line"} for run in held]
        for name, held in runs.items()
    }


def surroundings(packages: Sequence[str]) -> dict[str, Any]:
    """Say on what it was measured."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or None,
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "python": platform.python_version(),
        "load_at_start": [round(value, 2) for value in os.getloadavg()],
        "pace_s": _pace_s(),
        "versions": {name: metadata.version(name) for name in packages},
    }


def _pace_s() -> float:
    """CPU seconds of a fixed piece of work, for a machine that shares its host is not always equally fast."""
    import numpy as np

    values, taken = np.random.default_rng(1).random(2_000_000), []
    for _ in range(5):
        began_s = time.process_time()
        np.sort(values)
        taken.append(time.process_time() - began_s)
    return round(statistics.median(taken), 4)


def record(name: str, result: Mapping[str, Any]) -> Path:
    """Keep a result, raw runs and all, under ``benchmarks/results``."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    return path


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
