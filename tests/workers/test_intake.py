"""Outputs of the room are taken only as plain files, named, and within their caps."""

import pytest

from tests.workers.rooms import Bench
from workers.room.intake import IntakeCaps

HOSTILE = [
    "symlink",
    "linked folder",
    "fifo",
    "hard link",
    "folder",
    "missing",
    "dots",
    "absolute",
    "elsewhere",
    "wrong size",
    "named twice",
    "script",
    "wrong magic",
    "result link",
    "result nan",
    "result deep",
    "result zero",
]


@pytest.mark.parametrize("kind", HOSTILE)
def test_it_refuses_hostile_outputs(bench: Bench, kind: str):
    outcome = bench.run("outputs", kind=kind)

    assert outcome.failure.kind == "output-refused"
    assert outcome.result is None


def test_it_takes_plain_files_that_are_named(bench: Bench):
    outcome = bench.run("outputs", kind="plain")

    assert outcome.failure is None
    assert [file.path for file in outcome.result.step("step").files] == ["out/step/good.bin"]


def test_it_refuses_a_file_that_is_too_big(bench: Bench):
    outcome = bench.run("outputs", kind="too big", bytes=2048, caps=IntakeCaps(file_bytes=1024))

    assert outcome.failure.kind == "output-refused"
    assert "2048" in outcome.failure.message


def test_it_refuses_outputs_that_are_too_big_together(bench: Bench):
    outcome = bench.run("outputs", kind="too big", bytes=2048, caps=IntakeCaps(total_bytes=2050))

    assert outcome.failure.kind == "output-refused"
    assert "2052" in outcome.failure.message


def test_it_refuses_too_many_files(bench: Bench):
    outcome = bench.run("outputs", kind="too many", count=20, caps=IntakeCaps(files=20))

    assert outcome.failure.kind == "output-refused"
    assert "21 files" in outcome.failure.message
