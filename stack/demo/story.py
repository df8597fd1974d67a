"""What a survey team and a curator do in the demo: make the tree, send the captures, wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from heritwin import jobs
from heritwin.api import Api
from heritwin.commands.control import read_control
from heritwin.uploads.transfer import UploadOptions, upload
from stack.demo.survey import Case, Survey

Json = dict[str, Any]
Hear = Callable[[str, Json], None]


@dataclass(kw_only=True)
class Told:
    """The demo so far: the version each case became, and when the first request was made."""

    versions: dict[str, str] = field(default_factory=dict)
    jobs: list[Json] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """First upload request to last ready derivative."""
        return self.ended - self.began


def make_tree(api: Api, survey: Survey) -> dict[str, Json]:
    """The organisation, its site and the site's parts; subjects by their dotted code."""
    organisation = api.post("/v1/organisations", {"code": "demo", "name": "Demo conservation centre"})
    made: dict[str, Json] = {}
    for subject in survey.subjects:
        parent, _, code = subject["code"].rpartition(".")
        body: Json = {"kind": subject["kind"], "code": code, "name": subject["name"]}
        if parent:
            body["parent_id"] = made[parent]["id"]
        else:
            body |= {"organisation_id": organisation["id"], "visibility": "public"}
        made[subject["code"]] = api.post("/v1/subjects", body)
        if subject["frame"]:
            api.post(f"/v1/subjects/{made[subject['code']]['id']}/frame", {"kind": "free"})
    return made


def send_all(api: Api, survey: Survey, subjects: dict[str, Json], hear: Hear) -> Told:
    """Upload every capture and follow its jobs to the end.

    A capture that is to be placed against another waits until that one has its place: registration
    needs something to register to, as a survey team would know.
    """
    told = Told(began=time.monotonic())
    captures: dict[tuple[str, str], str] = {}
    with ThreadPoolExecutor(len(survey.cases)) as pool:
        waits = []
        for case in sorted(survey.cases, key=lambda case: case.reference is not None):
            if case.reference:
                _wait_for_place(api, told.versions[case.reference])
            told.versions[case.code] = _send(api, case, subjects[case.subject], captures)
            waits.append(pool.submit(_follow, api, case.code, told.versions[case.code], hear))
        told.jobs = [job for future in waits for job in future.result()]
    told.ended = time.monotonic()
    return told


def _send(api: Api, case: Case, subject: Json, captures: dict[tuple[str, str], str]) -> str:
    key = (subject["id"], case.capture["code"])
    if key not in captures:
        captures[key] = api.post(f"/v1/subjects/{subject['id']}/captures", case.capture)["id"]
    options = UploadOptions(
        capture_id=captures[key],
        represents_edtf=case.capture["date_edtf"],
        publish=True,
        control=read_control(case.control) if case.control else [],
    )
    return str(upload(api, _asset(api, case, subject), case.paths, options)["version"]["id"])


def _asset(api: Api, case: Case, subject: Json) -> str:
    for asset in api.items(f"/v1/subjects/{subject['id']}/assets"):
        if asset["name"] == case.asset:
            return str(asset["id"])
    body = {"kind": case.kind, "name": case.asset}
    return str(api.post(f"/v1/subjects/{subject['id']}/assets", body)["id"])


def _wait_for_place(api: Api, version_id: str) -> None:
    """Until the version has a placement, or its inspection ended without one."""
    while api.get(f"/v1/versions/{version_id}")["placement"] is None:
        inspections = api.items(f"/v1/versions/{version_id}/jobs")
        if any(j["operation"] == "inspect-version" and j["state"] in jobs.AT_REST for j in inspections):
            return
        for event, _ in api.events(f"/v1/versions/{version_id}/events"):
            if event == "job":
                break


def _follow(api: Api, code: str, version_id: str, hear: Hear) -> list[Json]:
    return jobs.wait(api, version_id, lambda job: hear(code, job))
