"""The fuzzer itself: a reader that crashes, hangs, eats memory or raises what has no kind is found."""

import ctypes
import os
import time
from pathlib import Path

import pytest

from processing.errors import KnownError
from tests.fuzz.engine import fuzz
from tests.fuzz.targets import TARGETS, Target


def crash(data: bytes, folder: Path) -> None:
    ctypes.string_at(0)


def hang(data: bytes, folder: Path) -> None:
    while True:
        time.process_time()


def eat(data: bytes, folder: Path) -> None:
    bytearray(2 << 30)


def raise_something(data: bytes, folder: Path) -> None:
    raise LookupError("no kind")


def say_internal(data: bytes, folder: Path) -> None:
    raise KnownError("internal", "nobody foresaw this")


def exit_at_once(data: bytes, folder: Path) -> None:
    os._exit(3)


BROKEN = {
    "crash": (crash, "crash: SIGSEGV"),
    "eat": (eat, "MemoryError"),
    "raise": (raise_something, "LookupError"),
    "internal": (say_internal, "KnownError"),
    "exit": (exit_at_once, "crash: exit 3"),
}


@pytest.fixture
def planted():
    """Targets that are broken, for as long as a test runs."""
    names = {name: Target(run=run) for name, (run, _) in BROKEN.items()} | {"hang": Target(run=hang)}
    TARGETS.update(names)
    yield
    for name in names:
        del TARGETS[name]


def first_defect(name: str, folder: Path) -> str:
    """What was found first; a few inputs are enough."""
    report = fuzz(name, seconds=0.05, seed=1, folder=folder, first=(b"anything",), hang_s=0.3)
    return report.defects[0].where


@pytest.mark.parametrize("name", BROKEN)
def test_it_finds_a_reader_that_breaks(planted, name: str, tmp_path: Path):
    assert BROKEN[name][1] in first_defect(name, tmp_path)


def test_it_ends_a_reader_that_hangs(planted, tmp_path: Path):
    assert "hang" in first_defect("hang", tmp_path)
