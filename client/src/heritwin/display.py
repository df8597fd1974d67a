"""What a person sees: bars for long work, tables, one JSON object for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from heritwin.api import Json
from heritwin.errors import ClientError
from heritwin.uploads.listening import Listener

# People read stderr; stdout carries only what a script may want.
people = Console(stderr=True)
PART = "tile-group"
MOST_EARLY_LINES = 30
STAGES = {"comparing": "Comparing", "sending": "Sending", "fetching": "Fetching"}


def print_json(value: Any) -> None:
    """One JSON object on stdout, last."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_error(error: ClientError) -> None:
    """Kind, message, and what to do next."""
    people.print(f"[bold red]{error.kind}[/]: {error.message}", highlight=False)
    if error.hint:
        people.print(f"  → {error.hint}", highlight=False)


def print_table(title: str, columns: list[str], rows: Iterable[Iterable[object]]) -> None:
    """A table on stderr's console."""
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name in columns:
        table.add_column(name)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)


class UploadBars(Listener):
    """Bars with bytes, rate and time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, stage: str, total_bytes: int) -> None:
        self._task = self._progress.add_task(STAGES[stage], total=total_bytes)

    def advance(self, size_bytes: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, size_bytes)

    def early(self, upload: Json) -> None:
        self._progress.console.print("\n".join(early_lines(upload)), highlight=False, markup=False)

    def note(self, text: str) -> None:
        self._progress.console.print(f"[dim]{text}[/]", highlight=False)


def early_lines(upload: Json) -> list[str]:
    """What the server says of files of which it has seen the ends only."""
    lines = []
    error = (upload.get("early") or {}).get("error")
    if error:
        lines.append(f"Early word: {error['message']}")
    for file in upload["files"][:MOST_EARLY_LINES]:
        word = file["early"]
        known = [str(word["format"] or "unknown format").upper()]
        if word["points"] is not None:
            known.append(f"{word['points']:,} points declared")
        if word["triangles"] is not None:
            known.append(f"{word['triangles']:,} triangles declared")
        if word["stations"]:
            known.append(f"{len(word['stations'])} stations")
        if word["crs"]:
            known.append(word["crs"].get("name") or "no CRS")
        lines.append(f"Early word on {file['path']}: {', '.join(known)}")
        lines += [f"  problem: {problem['message']}" for problem in word["problems"]]
        lines += [f"  note: {note['message']}" for note in word["warnings"]]
    if (more := len(upload["files"]) - MOST_EARLY_LINES) > 0:
        lines.append(f"and of {more} more files: {upload['id']}")
    return lines


@contextmanager
def upload_bars(*, quiet: bool) -> Iterator[Listener]:
    """Bars while an upload runs; silent for scripts."""
    if quiet:
        yield Listener()
        return
    with Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=people,
        # Steady figures: the rate of the last half minute, not of the last second.
        speed_estimate_period=30,
    ) as progress:
        yield UploadBars(progress)


@contextmanager
def working(text: str, *, quiet: bool) -> Iterator[None]:
    """A line that moves while one call runs; silent for scripts."""
    if quiet:
        yield
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=people
    ) as progress:
        progress.add_task(text, total=None)
        yield


def standing(job: Json) -> str:
    """How far a job is, in a few words: its stage while it runs or its parts do, else its state."""
    if job["state"] == "waiting" and job.get("total"):
        return f"{job['stage']} {job['done']} of {job['total']} {job['unit']}"
    return str(job.get("stage") or "running") if job["state"] == "running" else str(job["state"])


class JobBars:
    """One line a job: what it does, how far it is."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def hear(self, job: Json, label: str = "") -> None:
        """Draw one change of one job."""
        if self._progress is None:
            return
        task = self._tasks.get(job["id"])
        # The parts of a shared tiling are one line, that of the job which joins them; a failed one is told.
        if task is None and job["operation"] == PART and job["state"] != "failed":
            return
        text = f"{label} {job['operation']} · {standing(job)}".strip()
        if task is None:
            task = self._tasks[job["id"]] = self._progress.add_task(text, total=None)
        ended = job["state"] in {"succeeded", "failed", "cancelled"}
        total = 1 if ended else job.get("total")
        done = 1 if ended else (job.get("done") or 0)
        self._progress.update(task, description=text, total=total, completed=done)


@contextmanager
def job_bars(*, quiet: bool) -> Iterator[JobBars]:
    """A live display of jobs; silent for scripts."""
    if quiet:
        yield JobBars(None)
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<46}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=people,
    ) as progress:
        yield JobBars(progress)
