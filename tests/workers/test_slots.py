"""A worker slot has a stable name that no other living worker shares."""

import signal
import subprocess
import sys
from pathlib import Path

from workers.slots import take_slot

HOLD = """
import signal, sys
from pathlib import Path
from workers.slots import take_slot
slot = take_slot(Path(sys.argv[1]), "hue")
print(slot.name, flush=True)
signal.pause()
"""


def test_it_gives_the_lowest_free_name(tmp_path: Path):
    first, second = take_slot(tmp_path, "hue"), take_slot(tmp_path, "hue")
    first.release()
    again = take_slot(tmp_path, "hue")

    assert (first.name, second.name, again.name) == ("hue-1", "hue-2", "hue-1")
    second.release()
    again.release()


def test_it_gives_a_killed_workers_name_to_its_successor(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        held = holder.stdout.readline().strip()
        beside = take_slot(tmp_path, "hue")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        successor = take_slot(tmp_path, "hue")

    assert (held, beside.name, successor.name) == ("hue-1", "hue-2", "hue-1")
    beside.release()
    successor.release()
