"""All examinations, in the order in which one would mend."""

from collections.abc import Iterator
from pathlib import Path

from stack.doctor.check import Check
from stack.doctor.environment import examine_environment
from stack.doctor.machine import examine_machine
from stack.doctor.running import examine_running


def examine(data: Path | None) -> Iterator[Check]:
    """Examine the machine and the environment, and with a folder the stack that runs on it."""
    yield from examine_machine(data or Path("var"))
    yield from examine_environment()
    if data is not None:
        yield from examine_running(data)
