"""`/readyz` tells a worker that consumes from one that merely lives, and names it."""

import signal
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from storage import db as database
from storage.jobs.liveness import worker_names, worker_pulses
from tests.service.serving import serving
from tests.support.line import line_to
from tests.support.waiting import until
from tests.workers.test_jobs import is_held
from tests.workers.world import World
from workers.celery_app import HINT_TASK

# Lowered, so that a spec need not wait for a minute: the proportions are those of the defaults, 10 and 60 s.
CANARY_S, SILENT_S = 1.0, 8.0
SEEN_WITHIN_S = SILENT_S * 1.5
UP_WITHIN_S = 90


class House:
    """A dispatcher, two workers, of which the second has the broker behind a line of its own, and the API."""

    def __init__(self, api, line, processes):
        self.api = api
        self.line = line
        self.processes = processes

    def readyz(self):
        answer = httpx.get(f"{self.api.url}/readyz")
        return answer.status_code, answer.json()["checks"]

    def is_ready(self):
        return self.readyz()[0] == 200

    def is_not_ready(self):
        return not self.is_ready()

    def detail(self, name):
        return self.readyz()[1][name]["detail"]


@pytest.fixture
def house(world: World, tmp_path):
    url = urlsplit(world.environment["HERITWIN_BROKER_URL"])
    more = {"HERITWIN_CANARY_S": str(CANARY_S)}
    with ExitStack() as stack:
        line = stack.enter_context(line_to(url.hostname, url.port))
        login = f":{url.password}@" if url.password else ""
        behind = urlunsplit(url._replace(netloc=f"{login}127.0.0.1:{line.port}"))
        dispatcher = stack.enter_context(world.process("-m", "workers", "dispatcher", **more))
        well = stack.enter_context(world.worker(HERITWIN_WORKER_NAME="well"))
        ill = stack.enter_context(world.worker(HERITWIN_WORKER_NAME="ill", HERITWIN_BROKER_URL=behind))
        api = stack.enter_context(serving(world.environment, tmp_path, worker_silent_s=SILENT_S))
        made = House(api, line, {"dispatcher": dispatcher, "well": well, "ill": ill})
        until(
            lambda: made.readyz()[1]["workers"]["detail"].startswith("2 consume"), UP_WITHIN_S, "two workers"
        )
        until(made.is_ready, UP_WITHIN_S, "the house to be ready")
        yield made


@pytest.mark.parametrize("how", ["stopped", "cut off", "cut off in silence"])
def test_it_names_the_worker_that_no_longer_consumes_until_it_does_again(house: House, how: str):
    harm = {
        "stopped": lambda: house.processes["ill"].send_signal(signal.SIGSTOP),
        "cut off": house.line.cut,
        "cut off in silence": house.line.hold,
    }
    harm[how]()

    until(house.is_not_ready, SEEN_WITHIN_S, "503")
    assert "1 of 2 workers took no hint: ill-1" in house.detail("workers")

    house.processes["ill"].send_signal(signal.SIGCONT)
    house.line.mend()
    until(house.is_ready, UP_WITHIN_S, "the worker to consume again")


def test_a_worker_that_loses_the_broker_with_a_hint_in_hand_consumes_again(world: World, house: House):
    """The hint came, and nothing could be said back: what the client keeps of that must not stop the next."""

    def silent_s():
        with database.transaction(world.sessions) as db:
            return next(pulse.silent_s for pulse in worker_pulses(db) if pulse.name == "ill-1")

    for later in range(4):
        house.line.cut_after(f'"{HINT_TASK}"'.encode(), later=later)
        assert house.line.refused.wait(UP_WITHIN_S), "the worker to ask for the broker again"
        until(lambda: silent_s() > 2 * CANARY_S, UP_WITHIN_S, "that no hint comes through")
        house.line.mend()
        until(lambda: silent_s() < CANARY_S, UP_WITHIN_S, f"the worker to consume again ({later} later)")


def test_it_names_a_dispatcher_that_no_longer_sweeps(house: House):
    house.processes["dispatcher"].send_signal(signal.SIGSTOP)

    # Its hints are what workers consume: they may be found silent a moment before it.
    until(lambda: "dispatcher has not swept" in house.detail("dispatcher"), SEEN_WITHIN_S, "its name")
    assert house.is_not_ready()

    house.processes["dispatcher"].send_signal(signal.SIGCONT)
    until(house.is_ready, UP_WITHIN_S, "the dispatcher to sweep again")


def test_it_does_not_wait_for_a_worker_that_left_in_order(house: House):
    house.processes["ill"].send_signal(signal.SIGTERM)
    assert house.processes["ill"].wait(timeout=30) == 0

    assert house.detail("workers").startswith("1 consume")
    assert house.is_ready()


def test_it_does_not_wait_for_a_worker_that_was_stopped_before_it_consumed(world: World):
    def registered():
        with database.transaction(world.sessions) as db:
            return worker_names(db)

    with world.worker(HERITWIN_WORKER_NAME="early") as worker:
        until(registered, UP_WITHIN_S, "the row of the worker")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0

    assert not registered()


def test_it_takes_a_busy_worker_for_a_living_one(world: World, house: House, gate):
    """A job may take hours; meanwhile its own beats count, and stop with the process."""
    for name in ("well", "ill"):
        house.processes[name].send_signal(signal.SIGTERM)
        house.processes[name].wait(timeout=30)
    with world.worker(str(gate), HERITWIN_WORKER_NAME="busy") as busy:
        world.upload({"scan.xyz": b"0 0 0\n1 0 0\n0 1 1\n"})
        began = world.wait(is_held)["inspect-version"].started_at

        def is_longer_than_silence():
            (attempt,) = world.jobs()["inspect-version"].attempts
            return (attempt.heartbeat_at - began).total_seconds() > 1.3 * SILENT_S

        until(is_longer_than_silence, 60, "a job longer than the silence allowed")
        assert house.detail("workers").startswith("1 consume")

        busy.send_signal(signal.SIGSTOP)
        until(house.is_not_ready, SEEN_WITHIN_S, "503")
        assert "busy-1" in house.detail("workers")
        busy.send_signal(signal.SIGCONT)
        until(house.is_ready, UP_WITHIN_S, "the busy worker to beat again")
        (gate / "open").touch()
