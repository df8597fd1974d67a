"""One whole stack for the specs of the client, and the command as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heritwin import Api
from heritwin.settings import Settings
from stack.components.ports import free_port
from stack.started import Started, stack_on

Command = Callable[..., subprocess.Popen]


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A stack of one worker."""
    folder = tmp_path_factory.mktemp("stack")
    # The room's child has a uid of its own and must be able to pass through.
    for part in (folder, folder.parent, folder.parent.parent):
        part.chmod(0o755)
    with stack_on(folder / "data", ["--port", str(free_port()), "--workers", "1"]) as started:
        yield started


@pytest.fixture(scope="package")
def api(stack: Started) -> Iterator[Api]:
    """A connection as the first admin."""
    with Api(Settings(server=stack.address, key=stack.admin_key)) as connection:
        yield connection


@pytest.fixture
def command(stack: Started, tmp_path: Path) -> Command:
    """Start ``heritwin …`` with a settings folder of its own, as the first admin."""
    return starting(stack, tmp_path / "home")


@pytest.fixture(scope="module")
def start(stack: Started, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """``command`` for what several specs share."""
    return starting(stack, tmp_path_factory.mktemp("home"))


def starting(stack: Started, home: Path) -> Command:
    """Return what starts ``heritwin …`` with these settings, as the first admin."""
    environment = {
        **os.environ,
        "HERITWIN_HOME": str(home),
        "HERITWIN_SERVER": stack.address,
        "HERITWIN_KEY": stack.admin_key,
    }

    def start(*words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "heritwin", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
