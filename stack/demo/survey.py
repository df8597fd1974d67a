"""The simulated survey of the demo: made by the processing command, read by its plan, never by its truth."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heritwin.errors import ClientError

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One capture to upload, as the plan describes it; ``reference`` must be uploaded and placed before."""

    code: str
    subject: str
    asset: str
    kind: str
    capture: Json
    paths: list[Path]
    control: Path | None
    reference: str | None


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The folder of a survey: what to upload, for which subjects."""

    folder: Path
    subjects: list[Json]
    cases: list[Case]

    def truth(self) -> Json:
        """Where each capture truly stands; to be opened only after the last job ended."""
        return dict(json.loads((self.folder / "truth" / "truth.json").read_text("utf-8"))["cases"])


class Simulation:
    """The running simulator: a process of its own, so that the servers can start meanwhile."""

    def __init__(self, folder: Path, *, seed: int, points: int, triangles: int) -> None:
        self._folder = folder
        command = [sys.executable, "-m", "processing", "simulate", str(folder)]
        options = {"--seed": seed, "--points": points, "--triangles": triangles}
        self._log = (folder.parent / "simulate.log").open("w+")
        self._process = subprocess.Popen(
            [*command, *(str(word) for pair in options.items() for word in pair)],
            stdout=subprocess.DEVNULL,
            stderr=self._log,
        )

    def survey(self) -> Survey:
        """Wait for the simulator and read its plan."""
        code = self._process.wait()
        self._log.seek(0)
        last = self._log.read()[-500:]
        self._log.close()
        if code != 0:
            raise ClientError(f"the simulator stopped with {code}: {last}", hint="Run: heritwin doctor")
        return read(self._folder)


def read(folder: Path) -> Survey:
    """The plan of a survey's folder."""
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    return Survey(
        folder=folder, subjects=plan["subjects"], cases=[_case(folder, entry) for entry in plan["cases"]]
    )


def _case(folder: Path, entry: Json) -> Case:
    return Case(
        code=entry["case"],
        subject=entry["subject"],
        asset=entry["asset"],
        kind=entry["kind"],
        capture=entry["capture"],
        paths=[folder / name for name in entry["files"]],
        control=folder / entry["control"] if entry["control"] else None,
        reference=entry["reference"],
    )
