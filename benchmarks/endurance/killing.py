"""One kill: choose whom, when something is in flight, and measure until its work goes on."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.endurance.house import WORKERS, House, until

COMPONENTS = ("api", "worker", "child", "dispatcher", "valkey", "postgres", "seaweedfs", "caddy")
IN_FLIGHT_WITHIN_S = 20.0
MOST_DELAY_S = 0.7
BACK_WITHIN_S = 90.0
RUNNING = "SELECT id::text, worker FROM job WHERE state IN ('running', 'cancelling')"
# Being worked on again: ended, heard of after the kill, or begun anew after it.
GOES_ON = """
    SELECT j.id::text, j.state, coalesce(max(a.heartbeat_at) > to_timestamp(%s), false)
      FROM job j LEFT JOIN attempt a ON a.job_id = j.id AND a.state = 'running'
     WHERE j.id::text = ANY (%s) GROUP BY j.id
"""


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What was killed, what it hit, and how long until all of it went on."""

    component: str
    jobs_hit: int
    parts_hit: int
    recovery_s: float | None
    back_s: float | None


def kill_one(house: House, component: str, chance: random.Random) -> Kill:
    """Kill a component while something is under way, and wait until its work goes on."""
    until(lambda: target(house, component, chance) is not None and is_in_flight(house), IN_FLIGHT_WITHIN_S)
    time.sleep(chance.random() * MOST_DELAY_S)
    until(lambda: target(house, component, chance) is not None, IN_FLIGHT_WITHIN_S)
    found = target(house, component, chance)
    jobs = [job for job, _ in house.rows_if_any(RUNNING)]
    parts = parts_in_flight(house)
    killed_at = time.time()
    if found is not None:
        with suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGKILL)
    recovery_s = goes_on(house, jobs, killed_at)
    back_s = is_back(house, found, killed_at)
    return Kill(
        component=component, jobs_hit=len(jobs), parts_hit=parts, recovery_s=recovery_s, back_s=back_s
    )


def target(house: House, component: str, chance: random.Random) -> tuple[int, str | None] | None:
    """The pid to kill and the name of its program; None while there is none (no job, no child)."""
    if component == "child":
        children = [one for one in house.children() if is_alive(one)]
        return (chance.choice(children).pid, None) if children else None
    if component == "worker":
        busy = {worker.rpartition("-")[0] for _, worker in house.rows_if_any(RUNNING) if worker}
        component = chance.choice(sorted(busy)) if busy else f"worker-{chance.randint(1, WORKERS)}"
    pid, state = house.program(component)
    return (pid, component) if pid is not None and state == "running" else None


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_in_flight(house: House) -> bool:
    """Whether a job runs or a part is being sent."""
    return bool(house.rows_if_any(RUNNING)) or parts_in_flight(house) > 0


def parts_in_flight(house: House) -> int:
    """Parts of which the sending has begun and not ended, by the surveyors' own words."""
    count = 0
    for path in house.journals:
        with suppress(OSError), path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 1000))
            lines = file.read().split(b"\n")[:-1]
            count += bool(lines) and b'"what": "sending"' in lines[-1]
    return count


def goes_on(house: House, jobs: list[str], killed_at: float) -> float | None:
    """Seconds until every job that ran is worked on again, or waits only for a free worker."""
    if not jobs:
        return None

    def all_go_on() -> bool:
        rows = house.rows(GOES_ON, killed_at, jobs)
        busy = len(house.rows(RUNNING))
        return len(rows) == len(jobs) and all(row_goes_on(state, heard, busy) for _, state, heard in rows)

    return time.time() - killed_at if until(all_go_on, BACK_WITHIN_S) else BACK_WITHIN_S


def row_goes_on(state: str, is_heard: bool, busy: int) -> bool:
    """Whether a job is in somebody's hands, has ended, or waits only because all hands are full."""
    if state in ("running", "cancelling"):
        return is_heard
    return state != "queued" or busy >= WORKERS


def is_back(house: House, found: tuple[int, str | None] | None, killed_at: float) -> float | None:
    """Seconds until the program runs again and the house is ready."""
    if found is None or found[1] is None:
        return None
    pid, name = found[0], str(found[1])

    def back() -> bool:
        now: Any = house.program(name)
        return now[0] not in (None, pid) and now[1] == "running" and house.is_ready()

    return time.time() - killed_at if until(back, BACK_WITHIN_S) else BACK_WITHIN_S
