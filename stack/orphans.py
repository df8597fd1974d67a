"""Find and end what an earlier run on the same folder left behind, and nobody else's processes.

Everything started here dies with its starter (launch.py), so there is normally nothing to find. What can be
left are grandchildren: a job's child, PostgreSQL's backends finishing a query.
"""

from collections.abc import Iterable

import psutil

from stack.state import RunState

MARK = "HERITWIN_STACK_MARK"
START_TOLERANCE_S = 0.05  # psutil computes start times from clock ticks of 10 ms


def recorded(state: RunState | None) -> list[psutil.Process]:
    """Processes of the last run that are still themselves: same pid and same start time."""
    found = []
    for program in state.programs if state else ():
        if program.pid is None or program.started is None:
            continue
        try:
            process = psutil.Process(program.pid)
            if abs(process.create_time() - program.started) <= START_TOLERANCE_S:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def marked(mark: str) -> list[psutil.Process]:
    """Processes whose environment carries this folder's mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end(processes: Iterable[psutil.Process], wait_s: float = 10.0) -> int:
    """Kill them with their descendants and wait until they are gone; answers how many there were."""
    doomed: dict[int, psutil.Process] = {}
    for process in processes:
        try:
            for one in [process, *process.children(recursive=True)]:
                doomed[one.pid] = one
        except psutil.NoSuchProcess:
            continue
    for process in doomed.values():
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(doomed.values(), timeout=wait_s)
    return len(doomed)


def end_orphans(state: RunState | None, mark: str) -> int:
    """End what the last run on this folder left; the caller holds the folder's lock."""
    return end([*recorded(state), *marked(mark)])
