"""Measuring processes: threads, children and orphans cost what they cost, and memory is the whole tree's."""

import json
import sys

import pytest

from benchmarks.measure import BenchmarkFailedError, measured

# Spins until so many CPU seconds of this process are spent, on two threads.
SPIN = """
import threading, time, json, os, sys
def spin(seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds: pass
"""


def test_it_counts_the_seconds_of_threads_and_children(tmp_path):
    program = (
        SPIN
        + """
threads = [threading.Thread(target=spin, args=(0.4,)) for _ in range(2)]
[t.start() for t in threads]
[t.join() for t in threads]
child = os.fork()
if not child:
    spin(0.6)
    os._exit(0)
os.waitpid(child, 0)
print(json.dumps({"done": True}))
"""
    )
    run = measured([sys.executable, "-c", program], cwd=tmp_path)

    assert 1.4 <= run.cpu_s < 1.4 + 0.6
    assert json.loads(run.last_line) == {"done": True}


def test_it_waits_for_orphans_and_counts_them(tmp_path):
    program = (
        SPIN
        + """
if os.fork():
    os._exit(0)
if os.fork():
    os._exit(0)
os.setsid()
spin(0.8)
"""
    )
    run = measured([sys.executable, "-c", program], cwd=tmp_path)

    assert 0.8 <= run.cpu_s < 0.8 + 0.6


def test_it_sees_the_memory_of_all_processes_at_once_and_counts_shared_pages_once(tmp_path):
    program = """
import os, time
block = bytearray(os.urandom(1)) * (120 << 20)
to_parent, to_child = os.pipe(), os.pipe()
child = os.fork()
own = bytearray(b"x") * (80 << 20)
mine, other = (to_child, to_parent) if child else (to_parent, to_child)
os.write(mine[1], b"x")
os.read(other[0], 1)
time.sleep(1.5)
if child:
    os.waitpid(child, 0)
"""
    run = measured([sys.executable, "-c", program], cwd=tmp_path)

    # 120 MiB are shared, 80 are each one's own.
    assert 280 <= run.peak_mib < 320


def test_it_reports_nothing_of_a_command_that_failed(tmp_path):
    with pytest.raises(BenchmarkFailedError, match="ended with 3"):
        measured([sys.executable, "-c", "raise SystemExit(3)"], cwd=tmp_path)
