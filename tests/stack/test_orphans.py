"""What an earlier run left is ended; everybody else's processes are not touched."""

import subprocess

import psutil
import pytest

from stack.orphans import MARK, end_orphans
from stack.state import ProgramState, RunState


@pytest.fixture
def sleeper():
    started = []

    def start(mark):
        process = subprocess.Popen(["sleep", "1000"], env={MARK: mark, "PATH": "/usr/bin:/bin"})
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def state_of(process, started):
    program = ProgramState(
        name="api", state="running", pid=process.pid, started=started, restarts=0, last_exit=None, log="-"
    )
    return RunState(
        phase="ready",
        supervisor_pid=1,
        address="-",
        api="-",
        s3_bucket="-",
        ca_certificate=None,
        ports={},
        programs=(program,),
    )


def test_it_ends_what_carries_the_mark_of_its_folder_and_nothing_else(sleeper):
    ours, another = sleeper("mark-of-this-folder"), sleeper("mark-of-another-folder")

    assert end_orphans(None, "mark-of-this-folder") == 1

    assert ours.poll() is not None
    assert another.poll() is None


def test_it_ends_a_recorded_process_that_is_still_itself(sleeper):
    process = sleeper("unmarked")

    assert end_orphans(state_of(process, psutil.Process(process.pid).create_time()), "none") == 1
    assert process.poll() is not None


def test_it_spares_a_process_that_only_has_the_pid_of_an_old_one(sleeper):
    process = sleeper("unmarked")

    assert end_orphans(state_of(process, psutil.Process(process.pid).create_time() - 60), "none") == 0
    assert process.poll() is None
