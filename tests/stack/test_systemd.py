"""The unit is one that systemd accepts, and what it starts is a stack that stops in order."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stack.components.ports import free_port
from stack.plan import answers_ok
from stack.systemd import Unit
from tests.support.waiting import until


def service(*arguments, home):
    """The command, with a home folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "stack", "service", *arguments],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
    )


def test_it_prints_a_unit_and_changes_nothing(tmp_path):
    done = service("install", "--user", "--dry-run", "--data", "/srv/twin", home=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "ExecStart=" in done.stdout
    assert "--data /srv/twin" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_it_installs_and_removes_a_unit_and_leaves_the_data(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    unit = tmp_path / ".config/systemd/user/twin.service"

    installed = service("install", "--user", "--name", "twin", "--data", str(data), home=tmp_path)
    assert installed.returncode == 0, installed.stderr
    assert f"--data {data}" in unit.read_text()

    removed = service("uninstall", "--user", "--name", "twin", home=tmp_path)
    assert removed.returncode == 0, removed.stderr
    assert not unit.exists()
    assert data.is_dir()
    assert service("uninstall", "--user", "--name", "twin", home=tmp_path).returncode == 1


def test_it_says_paths_as_systemd_reads_them():
    unit = Unit(
        name="twin", data=Path('/srv/my "100%" $HOME'), arguments=(), is_system=True, account="heritwin"
    )
    (line,) = [line for line in unit.text().splitlines() if line.startswith("ExecStart=")]

    assert line.endswith(r'--data "/srv/my \"100%%\" $$HOME"')
    assert "User=heritwin" in unit.text()


def test_it_writes_what_systemd_accepts(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    unit = Unit(
        name="twin",
        data=Path("/srv/my data/100%"),
        arguments=("--port", "9000"),
        is_system=True,
        account=None,
    )
    path = tmp_path / "twin.service"
    path.write_text(unit.text())

    done = subprocess.run([program, "verify", "--man=no", str(path)], capture_output=True, text=True)

    said = [line for line in done.stderr.splitlines() if "twin.service" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.timeout(300)
def test_its_command_starts_a_stack_from_an_empty_environment(tmp_path):
    port = str(free_port())
    arguments = ("--workers", "1", "--port", port)
    unit = Unit(name="twin", data=tmp_path / "data", arguments=arguments, is_system=True, account=None)
    settings = dict(line.split("=", 1) for line in unit.text().splitlines() if "=" in line and line[0] != "#")
    command = shlex.split(settings["ExecStart"].replace("%%", "%"))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={"PATH": "/usr/bin:/bin"}, cwd=settings["WorkingDirectory"], stdout=log, stderr=log
        )
    try:
        until(lambda: answers_ok(f"http://localhost:{port}/readyz"), 120, "the stack to be ready")
    finally:
        process.terminate()
    assert process.wait(int(settings["TimeoutStopSec"])) == 0
    assert json.loads((tmp_path / "data/run/state.json").read_text())["phase"] == "stopped"


def test_a_system_unit_gives_the_right_to_answer_people_first():
    def limits(*, is_system: bool) -> list[str]:
        unit = Unit(name="twin", data=Path("/srv/twin"), arguments=(), is_system=is_system, account=None)
        return [line for line in unit.text().splitlines() if line.startswith("LimitNICE")]

    assert limits(is_system=True) == ["LimitNICE=-5"]
    # A user's own manager may not give what it does not have.
    assert limits(is_system=False) == []
