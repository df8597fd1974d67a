"""``heritwin demo``: everything on one machine, from simulated scans to the pages."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from heritwin import display
from heritwin.api import Api
from heritwin.settings import Settings
from stack.components.ports import free_port
from stack.demo import report, story
from stack.demo.survey import Simulation
from stack.started import Started, stack_on

app = typer.Typer()

POINTS = 2_400_000
TRIANGLES = 560_000


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the table.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
    seed: Annotated[int, typer.Option(help="Another survey: other frames, other noise.")] = 7,
    points: Annotated[int, typer.Option(help="Points of all clouds together.")] = POINTS,
    triangles: Annotated[int, typer.Option(help="Triangles of all meshes together.")] = TRIANGLES,
    data: Annotated[Path | None, typer.Option(help="Keep everything in this new folder.")] = None,
    port: Annotated[int | None, typer.Option(help="Public port; a free one by default.")] = None,
) -> None:
    """Simulate a survey, send it through the API, process it, and open the pages."""
    with _ended_by_signal(), _folder(data) as folder:
        folder.mkdir(parents=True, exist_ok=True)
        display.people.print("Starting the servers and simulating a survey …", highlight=False)
        simulation = Simulation(folder / "survey", seed=seed, points=points, triangles=triangles)
        with stack_on(folder / "data", _arguments(port)) as started, Api(_settings(started)) as api:
            settings = api.settings
            survey = simulation.survey()
            display.people.print(
                f"Sending {len(survey.cases)} captures to {settings.server}", highlight=False
            )
            subjects = story.make_tree(api, survey)
            with display.job_bars(quiet=False) as bars:
                told = story.send_all(api, survey, subjects, lambda case, job: bars.hear(job, case))
            made = report.rows(api, survey, told)
            result = report.summary(api, made, told)
            report.print_table(made, told.seconds)
            _say_what_failed(result, told)
            link = api.post("/v1/login-links")["url"]
            display.people.print(f"Pages: {settings.server}\nOpen them (works once): {link}", highlight=False)
            if not once:
                typer.launch(link)
                display.people.print("Serving until Ctrl-C.")
                threading.Event().wait()
        if as_json:
            display.print_json(result)
    if not result["ok"]:
        raise typer.Exit(1)


def _arguments(port: int | None) -> list[str]:
    # Two cores: one worker reads and encodes while the other registers.
    return ["--workers", "2", "--port", str(port or free_port())]


def _settings(started: Started) -> Settings:
    return Settings(server=started.address, key=started.admin_key, ca_file=started.state.ca_certificate)


def _say_what_failed(result: report.Json, told: story.Told) -> None:
    for name in (name for name, held in result["checks"].items() if not held):
        display.people.print(f"[red]not as promised: {name}[/]")
    for job in told.jobs:
        if job["state"] != "succeeded":
            display.people.print(
                f"[red]{job['operation']} {job['state']}: {job['error']}[/]", highlight=False
            )


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    # The room's child has a uid of its own and must be able to pass through.
    with tempfile.TemporaryDirectory(prefix="heritwin-demo-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: the servers are stopped in order, the folder removed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        display.people.print("Stopping …")
        raise typer.Exit(0) from None
    finally:
        signal.signal(signal.SIGTERM, before)
