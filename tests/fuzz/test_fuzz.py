"""Inputs that once broke a reader end with a kind, and a short run of every target finds nothing new."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, once, seeds_of
from tests.support.run import REPOSITORY

SHORT_S = 0.4


@pytest.mark.parametrize("name", TARGETS)
def test_it_ends_what_once_broke_it_with_a_kind(name: str, tmp_path: Path):
    kinds = {once(TARGETS[name], data, tmp_path / "room") for data in seeds_of(name)}

    assert "accepted" in kinds


@pytest.mark.parametrize("name", TARGETS)
def test_it_accepts_its_first_inputs(name: str, tmp_path: Path):
    folder = Path(__file__).parent / "corpus" / name
    seeds = [path.read_bytes() for path in sorted(folder.glob("seed-*"))]

    assert {once(TARGETS[name], data, tmp_path / "room") for data in seeds} <= {"accepted"}


def test_it_finds_nothing_in_a_moment_of_every_target(tmp_path: Path):
    """For longer, every one of them: `make fuzz`, which CI runs beside all the specs."""
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", str(SHORT_S), "--scratch", str(tmp_path)]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-5000:]
    report = json.loads(ran.stdout.splitlines()[-1])

    assert report["by_target"].keys() == TARGETS.keys()
    assert all(one["runs"] > 0 for one in report["by_target"].values())
