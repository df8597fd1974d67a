"""The room keeps its limits, and says why a job ended."""

import threading
import time
from pathlib import Path

import pytest

from tests.workers.rooms import Bench
from workers.errors import RoomUnavailableError
from workers.room.limits import GIB, MIB, Limits
from workers.room.probe import Isolation
from workers.room.room import Stop


def test_it_calls_a_segmentation_fault_a_parser_crash(bench: Bench):
    outcome = bench.run("crash")

    assert outcome.failure.kind == "parser-crash"
    assert outcome.signal_name == "SIGSEGV"
    assert outcome.failure.hint


def test_it_ends_a_job_that_uses_too_much_memory(bench: Bench):
    outcome = bench.run("hog", limits=Limits(memory_bytes=256 * MIB, wall_s=60))

    assert outcome.failure.kind == "memory-limit"
    assert 256 * MIB < outcome.peak_bytes < GIB
    assert "256 MiB" in outcome.failure.message


def test_it_refuses_one_allocation_beyond_the_limit(bench: Bench):
    outcome = bench.run("grab", limits=Limits(memory_bytes=256 * MIB, wall_s=60), bytes=16 * GIB)

    assert outcome.failure.kind == "memory-limit"
    assert outcome.peak_bytes < 256 * MIB


def test_it_ends_a_job_that_runs_too_long(bench: Bench):
    outcome = bench.run("wait", limits=Limits(wall_s=1))

    assert outcome.failure.kind == "time-limit"
    assert outcome.seconds < 5


def test_it_ends_a_job_that_uses_too_much_processor_time(bench: Bench):
    outcome = bench.run("spin", limits=Limits(cpu_s=1, wall_s=60))

    assert outcome.failure.kind == "time-limit"
    assert outcome.signal_name == "SIGXCPU"


def test_it_ends_a_job_that_fills_the_disk(bench: Bench):
    folder = bench.folder()

    outcome = bench.run("fill", limits=Limits(file_bytes=8 * GIB, disk_bytes=16 * MIB), folder=folder)

    assert outcome.failure.kind == "disk-limit"


def test_it_stops_a_file_that_grows_too_large(bench: Bench):
    folder = bench.folder()

    outcome = bench.run("fill", limits=Limits(file_bytes=8 * MIB), folder=folder)

    assert outcome.failure is not None
    assert (folder / "filler").stat().st_size <= 8 * MIB


def test_it_ends_a_cancelled_job_within_five_seconds(bench: Bench):
    stop, cancelled_at_s = Stop(), []

    def cancel(progress):
        cancelled_at_s.append(time.monotonic())
        stop.because("cancelled", "cancelled by a person")

    outcome = bench.run("wait", stop=stop, on_progress=cancel)

    assert outcome.failure.kind == "cancelled"
    assert time.monotonic() - cancelled_at_s[0] < 5


def test_it_passes_progress_on_and_keeps_it_out_of_the_log(bench: Bench):
    outcome = bench.run("wait", limits=Limits(wall_s=2))

    assert bench.progress == [{"stage": "waiting", "done": 1, "total": 2, "unit": "steps"}]
    assert "waiting" not in outcome.log_head


def test_it_keeps_the_head_and_the_tail_of_a_long_log(bench: Bench):
    outcome = bench.run("shout")

    assert outcome.failure is None
    assert outcome.log_head.startswith("line 0\nline 1\n")
    assert outcome.log_tail.endswith("line 19999")
    assert "lines left out" in outcome.log_tail
    assert len(outcome.log_head) + len(outcome.log_tail) < 64 << 10


@pytest.mark.parametrize(("told", "kept"), [("truncated", "truncated"), ("<b>new</b>", "internal")])
def test_it_takes_only_known_kinds_from_the_child(bench: Bench, told: str, kept: str):
    outcome = bench.run("known", kind=told)

    assert outcome.failure.kind == kept
    assert "told by the child" in outcome.failure.message


def test_it_refuses_to_work_where_a_strict_room_cannot_be_had(tmp_path: Path):
    none = Isolation(name="rlimits", identity=None, detail="no user namespaces")

    with pytest.raises(RoomUnavailableError, match="no user namespaces") as refusal:
        Bench(isolation=none, root=tmp_path).run("look")

    assert "best-effort" in refusal.value.hint


def test_it_still_limits_a_best_effort_room(bare_bench: Bench):
    facts = bare_bench.run("look").result.step("step").result
    hog = bare_bench.run("hog", limits=Limits(memory_bytes=256 * MIB, wall_s=60))
    cancelled = bare_bench.run("wait", limits=Limits(wall_s=1))

    assert facts["interfaces"] == ["lo"]
    assert facts["unshare"] != 0
    assert hog.failure.kind == "memory-limit"
    assert cancelled.failure.kind == "time-limit"


def test_it_lets_a_best_effort_room_start_no_process(bare_bench: Bench):
    outcome = bare_bench.run("fork")

    assert outcome.result.step("step").result == {"children": 0}


def test_it_ends_a_job_with_too_many_threads_where_only_the_watchdog_counts(bare_bench: Bench):
    outcome = bare_bench.run("linger", count=300, limits=Limits(tasks=100, wall_s=60))

    assert outcome.failure.kind == "parser-crash"
    assert "100 tasks" in outcome.failure.message


def test_it_leaves_no_thread_behind(bench: Bench):
    before = threading.active_count()

    bench.run("wait", limits=Limits(wall_s=0.5))

    assert threading.active_count() == before
