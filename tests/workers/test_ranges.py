"""The range server gives a job the bytes of its own inputs, and nothing else."""

import threading

from tests.workers.rooms import Bench
from workers.room.ranges import RangedInput

CONTENT = bytes(range(256)) * 40_000  # 10.24 MB, more than the largest range


def serving(content: bytes) -> RangedInput:
    return RangedInput(size=len(content), read=lambda offset, length: content[offset : offset + length])


def answers(bench: Bench, requests, inputs) -> list:
    outcome = bench.run("ranges", inputs=inputs, requests=requests)
    assert outcome.failure is None
    return outcome.result.step("step").result["answers"]


def test_it_serves_ranges_of_the_jobs_own_inputs(bench: Bench):
    inputs = {0: serving(CONTENT), 7: serving(b"another file")}

    got = answers(bench, [[0, 254, 4], [7, 0, 7], [0, 1000, 8 << 20]], inputs)

    assert got == ["feff0001", b"another".hex(), 8 << 20]


def test_it_answers_short_only_at_the_end(bench: Bench):
    got = answers(bench, [[0, len(CONTENT) - 2, 10], [0, len(CONTENT), 10]], {0: serving(CONTENT)})

    assert got == ["feff", ""]


def test_it_refuses_what_is_not_the_jobs(bench: Bench):
    requests = [[1, 0, 4], [0, len(CONTENT) + 1, 4], [0, 0, (8 << 20) + 1], [0, 2**63, 4], [0, 0, 2]]

    got = answers(bench, requests, {0: serving(CONTENT)})

    assert got == [None, None, None, None, "0001"]


def test_it_blames_the_store_for_a_read_that_fails(bench: Bench):
    def broken(offset: int, length: int) -> bytes:
        raise ConnectionError("the store does not answer")

    outcome = bench.run("ranges", inputs={0: RangedInput(size=10, read=broken)}, requests=[[0, 0, 4]])

    assert outcome.failure.kind == "storage-unavailable"
    assert "does not answer" in outcome.failure.message


def test_it_reads_several_at_once_and_answers_in_order(bench: Bench):
    later_one_began = threading.Event()

    def slow_at_first(offset: int, length: int) -> bytes:
        if offset == 0:
            assert later_one_began.wait(30)
        else:
            later_one_began.set()
        return CONTENT[offset : offset + length]

    inputs = {0: RangedInput(size=len(CONTENT), read=slow_at_first)}
    outcome = bench.run("ahead", inputs=inputs, requests=[[0, n, 1] for n in range(40)])

    assert outcome.failure is None
    assert outcome.result.step("step").result["answers"] == [f"{n:02x}" for n in range(40)]


def test_it_ends_reading_the_same_bytes_for_ever(bench: Bench):
    requests = [[0, 0, 8 << 20]] * 300

    got = answers(bench, requests, {0: serving(CONTENT)})

    assert got[0] == 8 << 20
    assert got[-1] is None
