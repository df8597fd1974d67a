"""Progress as server-sent events: what is, what changes, the end."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx

from service.events.board import JobBoard
from storage.db import transaction
from storage.jobs import claims
from storage.jobs.records import Progress
from tests.service.serving import serving
from tests.service.world import World
from tests.support.waiting import until


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (event, data) of a stream."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def draft(world: World) -> tuple[str, list[dict[str, Any]]]:
    asset = world.make_asset(world.make_root()["id"])
    done = world.make_draft(asset["id"])
    return done["version"]["id"], done["jobs"]


def test_it_tells_the_present_state_and_ends(world: World) -> None:
    version, jobs = draft(world)
    with world.stream("contributor", f"/v1/versions/{version}/events?once=true") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = list(events(stream.iter_lines()))
    assert [name for name, _ in told] == ["job"] * len(jobs) + ["end"]
    assert {data["id"] for name, data in told if name == "job"} == {job["id"] for job in jobs}
    world.work()


def test_it_opens_no_more_streams_than_one_person_may_have(world: World) -> None:
    version, _ = draft(world)
    path = f"/v1/versions/{version}/events"
    with ExitStack() as streams:
        lines = [streams.enter_context(world.stream("contributor", path)).iter_lines() for _ in range(3)]
        assert [next(each) for each in lines] == ["event: job"] * 3
        with world.stream("contributor", path) as answer:
            refused = (answer.status_code, json.loads(answer.read())["kind"])
        once = world.ask("contributor", "GET", f"{path}?once=true")
        with world.stream("curator", path) as other:
            assert other.status_code == 200
    assert refused == (429, "too-many-streams")
    assert once.status_code == 200
    board = world.api.app.state.services.board
    until(lambda: board.watches == 0, 20, "the streams' end")
    world.work()


def test_it_follows_a_version_until_all_jobs_are_at_rest(world: World) -> None:
    """The jobs that do not exist yet when the stream begins are told too."""
    version, _ = draft(world)
    with world.stream("contributor", f"/v1/versions/{version}/events") as stream:
        told = events(stream.iter_lines())
        first = next(told)
        assert first[0] == "job"
        worker = threading.Thread(target=world.work)
        worker.start()
        rest = list(told)
        worker.join()
    name, end = rest[-1]
    assert name == "end"
    assert set(end["states"].values()) == {"succeeded"}
    operations = {data["operation"] for name, data in rest if name == "job"}
    assert {"tile-version"} <= operations


def test_it_tells_how_far_a_job_is(world: World) -> None:
    version, _ = draft(world)
    claim = world.claim("inspect-version")
    while claim is not None and str(claim.version_id) != version:
        claim = world.claim("inspect-version")
    assert claim is not None
    with world.stream("contributor", f"/v1/jobs/{claim.job_id}/events") as stream:
        told = events(stream.iter_lines())
        assert next(told)[1]["state"] == "running"
        with transaction(world.sessions) as db:
            progress = Progress(stage="reading", done=3, total=8, unit="points")
            claims.heartbeat(db, claim, lease_s=60, progress=progress)
        data = next(told)[1]
        assert (data["stage"], data["done"], data["total"], data["unit"]) == ("reading", 3, 8, "points")
        world.fail(claim, "truncated", "the file ends at byte 12 of 99")
        *_, (_, failed), (name, end) = told
    assert failed["error"]["kind"] == "truncated"
    assert failed["error"]["message"] == "the file ends at byte 12 of 99"
    assert (name, end["states"]) == ("end", {str(claim.job_id): "failed"})
    world.work()


def test_it_says_why_a_job_failed_in_the_language_asked(world: World) -> None:
    version, _ = draft(world)
    claim = world.claim("inspect-version")
    while claim is not None and str(claim.version_id) != version:
        claim = world.claim("inspect-version")
    assert claim is not None
    world.fail(claim, "truncated", "the file ends at byte 12 of 99")
    path = f"/v1/jobs/{claim.job_id}"
    english = world.ask("contributor", "GET", path).json()
    vietnamese = world.ask("contributor", "GET", path, **{"Accept-Language": "vi"}).json()
    assert (english["state"], english["error"]["text"]) == ("failed", "The file ends too early")
    assert vietnamese["error"]["text"] == "Tệp bị cụt"
    assert english["attempts"][0]["error"]["kind"] == "truncated"
    world.work()


def test_it_tells_each_job_at_most_once_a_second_and_always_its_last_state() -> None:
    """Whatever the number of notifications and of watchers, the board reads once a period."""
    read: list[float] = []
    state = {"done": 0}
    job_id = uuid4()

    def load(ids: Any) -> list[Any]:
        read.append(time.monotonic())
        return [SimpleNamespace(id=job_id, version_id=None, done=state["done"])]

    async def follow() -> list[int]:
        board = JobBoard(load, period_s=0.2)
        task = asyncio.create_task(board.run())
        seen: list[int] = []
        async with board.watch(job_id) as watch, board.watch(job_id):
            for number in range(1, 51):
                state["done"] = number
                board.notice(job_id)
                await asyncio.sleep(0.01)
            while not seen or seen[-1] != 50:
                seen += [job.done for job in await watch.take(2)]
        task.cancel()
        return seen

    seen = asyncio.run(follow())
    assert seen[-1] == 50
    assert len(read) <= 6
    assert all(later - earlier >= 0.19 for earlier, later in itertools.pairwise(read))


def test_it_reads_nothing_when_nobody_watches() -> None:
    board = JobBoard(lambda ids: [])
    board.notice(uuid4())
    assert board.watches == 0


def test_it_ends_the_streams_when_the_server_leaves() -> None:
    async def leave() -> bool:
        board = JobBoard(lambda ids: [])
        async with board.watch(uuid4()) as watch:
            board.close()
            await watch.take(5)
            return watch.is_closed

    assert asyncio.run(leave())


def test_it_hides_the_jobs_of_another_organisation(world: World) -> None:
    version, _ = draft(world)
    answer = world.ask("other", "GET", f"/v1/versions/{version}/events?once=true")
    assert answer.status_code == 404
    assert isinstance(answer, httpx.Response)
    world.work()


def test_it_tells_nothing_more_to_one_whose_right_was_withdrawn(
    world: World, service_environment, tmp_path
) -> None:
    """A member who is removed while he listens hears of no later change, though news comes all the time."""
    path = f"/v1/organisations/{world.organisation}"
    person = world.post("admin", f"{path}/members", {"name": "Listening", "role": "contributor"})["person_id"]
    secret = world.post("admin", f"{path}/keys", {"name": "his", "person_id": person})["key"]
    asset = world.make_asset(world.make_root()["id"])
    job = next(j for j in world.make_draft(asset["id"])["jobs"] if j["operation"] == "verify-upload")
    url = f"/v1/jobs/{job['id']}/events"
    headers = {"Authorization": f"Bearer {secret}"}
    with serving(service_environment, tmp_path, stream_recheck_s=1.0) as api:
        with httpx.stream("GET", f"{api.url}{url}", headers=headers, timeout=30) as stream:
            assert stream.status_code == 404
        world.post("admin", f"{path}/members", {"person_id": person, "role": "curator"})
        with httpx.stream("GET", f"{api.url}{url}", headers=headers, timeout=30) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: job"
            world.ask("admin", "DELETE", f"{path}/members/{person}").raise_for_status()
            # The stream ends by itself, without telling of the end of jobs: there is none to be told of.
            assert "event: end" not in list(lines)
        assert httpx.get(f"{api.url}/v1/jobs/{job['id']}", headers=headers).status_code in (401, 404)
    world.work()
