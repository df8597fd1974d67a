"""Inputs that once broke a reader end with a kind, and a short run of every target finds nothing new."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, once, seeds_of
from tests.support.run import REPOSITORY

# All targets for a moment; one of them, another with every change of a reader, for as long as a run by hand.
SHORT_S, LONG_S = 0.25, 20.0


@pytest.mark.parametrize("name", TARGETS)
def test_it_ends_what_once_broke_it_with_a_kind(name: str, tmp_path: Path):
    kinds = {once(TARGETS[name], data, tmp_path / "room") for data in seeds_of(name)}

    assert "accepted" in kinds


@pytest.mark.parametrize("name", TARGETS)
def test_it_accepts_its_first_inputs(name: str, tmp_path: Path):
    folder = Path(__file__).parent / "corpus" / name
    seeds = [path.read_bytes() for path in sorted(folder.glob("seed-*"))]

    assert {once(TARGETS[name], data, tmp_path / "room") for data in seeds} <= {"accepted"}


def revision() -> int:
    """The state of the readers as a number: a change elsewhere repeats the run that passed before it."""
    asked = ["git", "rev-parse", "--short=7", "HEAD:processing"]
    ran = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return int(ran.stdout.strip() or "0", 16)


def fuzzed(*arguments: str) -> dict:
    """The answer of a run; its messages where it found something."""
    command = [sys.executable, "-m", "tests.fuzz", *arguments, "--seed", str(revision())]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-5000:]
    return json.loads(ran.stdout.splitlines()[-1])


def test_it_finds_nothing_in_a_moment_of_every_target(tmp_path: Path):
    report = fuzzed("--seconds", str(SHORT_S), "--scratch", str(tmp_path))

    assert report["by_target"].keys() == TARGETS.keys()
    assert all(one["runs"] > 0 for one in report["by_target"].values())


def test_it_finds_nothing_in_20_s_of_the_target_whose_turn_it_is(tmp_path: Path):
    name = list(TARGETS)[revision() % len(TARGETS)]

    report = fuzzed(name, "--seconds", str(LONG_S), "--scratch", str(tmp_path))

    assert report["cpu_s"] >= LONG_S
