"""One program kept running: started again, given up, stopped, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys

import psutil
import pytest

from stack.components.program import Program
from stack.errors import ProgramFailedError
from stack.keeper import Keeper

WAIT_S = 20


def program(folder, script, **options):
    ready = folder / "ready"
    prelude = f"import os, pathlib, signal, subprocess, sys, time\nready = pathlib.Path({str(ready)!r})\n"
    options.setdefault("is_ready", ready.exists)
    return Program(name="mason", command=(sys.executable, "-c", prelude + script), folder=folder, **options)


def keeper(folder, script, **options):
    return Keeper(program(folder, script, **options), folder / "mason.log", lambda: None)


async def first_ready(kept):
    task = asyncio.create_task(kept.keep())
    await asyncio.wait_for(kept.ready.wait(), WAIT_S)
    return task


async def ended(kept, task):
    await kept.stop()
    await asyncio.wait_for(task, WAIT_S)


def test_it_starts_a_killed_program_again(tmp_path):
    async def scene():
        again = asyncio.Event()
        kept = keeper(tmp_path, "ready.touch(); time.sleep(1000)")
        task = await first_ready(kept)
        first = kept.state()
        kept.changed = lambda: again.set() if kept.phase == "running" else None
        os.kill(first.pid, signal.SIGKILL)
        await asyncio.wait_for(again.wait(), WAIT_S)
        second = kept.state()
        await ended(kept, task)
        return first, second, kept.state()

    first, second, last = asyncio.run(scene())

    assert second.pid != first.pid
    assert (second.restarts, second.last_exit, second.state) == (1, -signal.SIGKILL, "running")
    assert (last.state, last.pid) == ("stopped", None)


def test_it_gives_up_a_program_that_never_becomes_ready_and_shows_its_log(tmp_path):
    kept = keeper(tmp_path, "sys.exit('no lime left')")

    with pytest.raises(ProgramFailedError, match=r"ended 3 times before it was ready \(exit 1\)") as failure:
        asyncio.run(asyncio.wait_for(kept.keep(), WAIT_S))

    assert "no lime left" in failure.value.hint


def test_it_kills_a_program_that_will_not_stop(tmp_path):
    async def scene():
        kept = keeper(
            tmp_path,
            "signal.signal(signal.SIGTERM, signal.SIG_IGN); ready.touch(); time.sleep(1000)",
            stop_s=0.2,
        )
        task = await first_ready(kept)
        pid = kept.state().pid
        await ended(kept, task)
        return pid

    assert not psutil.pid_exists(asyncio.run(scene()))


def test_it_takes_along_what_the_program_started(tmp_path):
    async def scene():
        kept = keeper(
            tmp_path,
            "child = subprocess.Popen(['sleep', '1000']); ready.write_text(str(child.pid)); time.sleep(1000)",
        )
        task = await first_ready(kept)
        child = psutil.Process(int((tmp_path / "ready").read_text()))
        await ended(kept, task)
        return child

    child = asyncio.run(scene())

    psutil.wait_procs([child], timeout=WAIT_S)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("mode", ["plain", "private", "unroot"])
def test_it_leaves_no_program_behind_when_its_starter_is_killed(tmp_path, mode):
    starter = (
        "import pathlib, sys, time\n"
        "from stack.components.program import Program\n"
        "from stack.components.running import Running\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "sleep = Program(name='sleep', command=('sleep', '1000'), is_ready=bool, folder=folder, "
        f"mode={mode!r})\n"
        "running = Running(sleep, folder / 'sleep.log')\n"
        "print(running.process.pid, flush=True)\n"
        "time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        while child.name() != "sleep":
            os.sched_yield()
        parent.kill()

    gone, alive = psutil.wait_procs([child], timeout=WAIT_S)
    for left in alive:
        left.kill()
    assert (gone, alive) == ([child], [])
