"""Waiting for jobs: hears the server's events, and asks again when the stream breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from heritwin.api import Api, Json
from heritwin.errors import ClientError, JobsFailedError, UnreachableError

Hear = Callable[[Json], None]
AT_REST = frozenset({"succeeded", "failed", "cancelled"})


def wait(api: Api, version_id: str, hear: Hear | None = None, *, patience_s: float = 60) -> list[Json]:
    """Follow every job of a version until all are at rest; ``hear`` gets each change.

    Returns
    -------
    The jobs as they ended, in the order the server lists them.

    Raises
    ------
    UnreachableError
        If the server stays away longer than ``patience_s``.
    """

    def ask() -> list[Json]:
        return list(api.items(f"/v1/versions/{version_id}/jobs"))

    return _followed(api, f"/v1/versions/{version_id}/events", ask, hear, patience_s)


def wait_for(api: Api, job_id: str, hear: Hear | None = None, *, patience_s: float = 60) -> Json:
    """Follow one job until it is at rest; answer it as it ended."""

    def ask() -> list[Json]:
        return [api.get(f"/v1/jobs/{job_id}")]

    return _followed(api, f"/v1/jobs/{job_id}/events", ask, hear, patience_s)[0]


def _followed(
    api: Api, events: str, ask: Callable[[], list[Json]], hear: Hear | None, patience_s: float
) -> list[Json]:
    pause = threading.Event()
    away_s = 0.0
    while True:
        try:
            for event, data in api.events(events):
                away_s = 0.0
                if event == "job" and hear:
                    hear(data)
            jobs = ask()
        except UnreachableError:
            if away_s >= patience_s:
                raise
            pause.wait(1)
            away_s += 1
            continue
        if all(job["state"] in AT_REST for job in jobs):
            return jobs
        pause.wait(0.2)


def refuse_failures(jobs: list[Json]) -> None:
    """Raise with the first failure's own words, if any job failed."""
    for job in jobs:
        if job["state"] == "failed":
            error = job["error"] or {}
            words = [error.get("text") or "failed", error.get("message")]
            raise JobsFailedError(
                f"{job['operation']} ({error.get('kind', 'unknown')}): "
                + ". ".join(word.rstrip(".") for word in words if word),
                hint=error.get("hint") or f"See: heritwin jobs show {job['id']}",
            )


def made(api: Api, where: str, ask: Json, hear: Hear) -> Json:
    """Ask for a derivative, wait for its job, and ask again: then it is there."""
    answer = api.post(where, ask)
    if answer["job"] is not None:
        refuse_failures([wait_for(api, answer["job"]["id"], hear)])
        answer = api.post(where, ask)
    derivative: Json | None = answer["derivative"]
    if derivative is None:
        raise ClientError("it was made and is gone again", hint="ask for it once more")
    return derivative
