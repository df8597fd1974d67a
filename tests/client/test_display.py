"""What a person sees of jobs while they run."""

from io import StringIO

from rich.console import Console
from rich.progress import Progress

from heritwin.display import JobBars, standing


def job(job_id: str, operation: str, state: str, **more: object) -> dict[str, object]:
    """A job as the server tells of it."""
    return {"id": job_id, "operation": operation, "state": state, "stage": None, "done": None} | more


def lines(*heard: dict[str, object]) -> list[str]:
    """The lines on the screen after hearing of some jobs."""
    progress = Progress(console=Console(file=StringIO()))
    bars = JobBars(progress)
    for each in heard:
        bars.hear(each)
    return [task.description for task in progress.tasks]


def test_it_tells_the_parts_of_a_shared_tiling_as_one_line():
    shown = lines(
        job("a", "spread-version", "succeeded"),
        job("b", "tile-group", "running", stage="tiling"),
        job("c", "tile-group", "queued"),
        job("d", "join-tiles", "waiting", stage="tiling", done=5, total=12, unit="parts"),
    )

    assert shown == ["spread-version · succeeded", "join-tiles · tiling 5 of 12 parts"]


def test_it_tells_of_a_part_that_failed():
    shown = lines(job("b", "tile-group", "running"), job("b", "tile-group", "failed"))

    assert shown == ["tile-group · failed"]


def test_it_says_the_stage_of_what_runs_and_the_state_of_the_rest():
    assert standing(job("a", "tile-version", "running", stage="reading")) == "reading"
    assert standing(job("a", "tile-version", "running")) == "running"
    assert standing(job("a", "tile-version", "waiting")) == "waiting"
