"""Jobs: list, show, follow, cancel, try again."""

from __future__ import annotations

from typing import Annotated

import typer

from heritwin import display
from heritwin import jobs as waiting
from heritwin.commands.context import AsJson, Server, connect, version

app = typer.Typer()
jobs = typer.Typer(help="Work on versions: list, show, cancel, retry.", no_args_is_help=True)
app.add_typer(jobs, name="jobs")


@jobs.command("list")
def list_jobs(
    state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None,
    of: Annotated[str | None, typer.Option(help="Only jobs of this version.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    with connect(server) as api:
        rows = list(api.items("/v1/jobs", state=state, version_id=of))
    if as_json:
        display.print_json({"items": rows})
        return
    display.print_table(
        "",
        ["id", "operation", "state", "stage", "error"],
        [
            (
                row["id"],
                row["operation"],
                row["state"],
                row["stage"],
                (row["error"] or {}).get("kind"),
            )
            for row in rows
        ],
    )


@jobs.command("show")
def show(job_id: str, server: Server = None) -> None:
    """Everything about one job, with its attempts and the ends of its log, as JSON."""
    with connect(server) as api:
        display.print_json(api.get(f"/v1/jobs/{job_id}"))


@jobs.command("follow")
def follow(
    address: Annotated[str, typer.Argument(help="Version id, or subject/asset/v3")], server: Server = None
) -> None:
    """Follow the jobs of a version until all are done."""
    with connect(server) as api, display.job_bars(quiet=False) as bars:
        ended = waiting.wait(api, version(api, address)["id"], bars.hear)
    waiting.refuse_failures(ended)


@jobs.command("cancel")
def cancel(job_id: str, server: Server = None) -> None:
    """Stop a job."""
    with connect(server) as api:
        display.print_json(api.post(f"/v1/jobs/{job_id}/cancel"))


@jobs.command("retry")
def retry(job_id: str, server: Server = None) -> None:
    """Try a failed or cancelled job again."""
    with connect(server) as api:
        display.print_json(api.post(f"/v1/jobs/{job_id}/retry"))
