"""Sending scans: ``heritwin upload``."""

from __future__ import annotations

import csv
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from heritwin import display, jobs
from heritwin.api import Api, Json
from heritwin.commands.context import AsJson, Server, asset, connect
from heritwin.errors import ClientError
from heritwin.uploads.transfer import UploadOptions
from heritwin.uploads.transfer import upload as send

app = typer.Typer()

# Somebody at the terminal may log in again in another window; a script cannot.
KEY_PATIENCE_S = 24 * 3600.0


class Kind(StrEnum):
    """What an asset made on the way may be."""

    POINT_CLOUD = "point_cloud"
    MESH = "mesh"


@app.command()
def upload(
    address: Annotated[str, typer.Argument(help="Where it belongs: subject/asset, e.g. hue.thai-hoa/scan")],
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; together they are one version.")],
    kind: Annotated[
        Kind | None, typer.Option(help="Make the asset with this kind when it is not there.")
    ] = None,
    capture: Annotated[str | None, typer.Option(help="Code of the capture (survey campaign).")] = None,
    represents: Annotated[
        str | None, typer.Option(help="The day or years it shows, in EDTF, e.g. 2022-05.")
    ] = None,
    control: Annotated[
        Path | None, typer.Option(help="CSV: name, x, y, z in the scan, X, Y, Z in the site's frame; metres.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish when every byte is verified and the work is done.")
    ] = False,
    unstable: Annotated[
        bool, typer.Option("--unstable", help="One part at a time, for a line that breaks.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Follow the work until the result can be seen.")] = True,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Send scans as a new version. Run again after a break: it goes on where it was."""
    with connect(server) as api:
        target = asset(api, address, kind.value if kind else None)
        options = UploadOptions(
            capture_id=_capture(api, target["subject_id"], capture) if capture else None,
            represents_edtf=represents,
            publish=publish,
            control=read_control(control) if control else [],
            is_unstable=unstable,
            key_patience_s=KEY_PATIENCE_S if sys.stderr.isatty() and not as_json else 0.0,
        )
        with display.upload_bars(quiet=as_json) as bars:
            answer = send(api, target["id"], paths, options, bars)
        if wait:
            with display.job_bars(quiet=as_json) as progress:
                ended = jobs.wait(api, answer["version"]["id"], progress.hear)
            jobs.refuse_failures(ended)
            answer = {**answer, "version": api.get(f"/v1/versions/{answer['version']['id']}"), "jobs": ended}
    if as_json:
        display.print_json(answer)
        return
    display.people.print(f"See it: {api.settings.server}{page_of(answer['version'])}", highlight=False)


def page_of(version: Json) -> str:
    """The address of a version's page: permanent once it has a number."""
    last = f"v{version['number']}" if version["number"] else version["id"]
    return f"/s/{version['subject']['path']}/{version['asset']['name']}/{last}"


def read_control(path: Path) -> list[Json]:
    """Control points from CSV rows ``name,x,y,z,X,Y,Z``; a header line is skipped.

    Raises
    ------
    ClientError
        If a row has another shape, naming the row.
    """
    marks: list[Json] = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            if not row or (number == 1 and not _is_number(row[-1])):
                continue
            if len(row) != 7 or not all(_is_number(cell) for cell in row[1:]):
                raise ClientError(
                    f"{path}, line {number}: needs name,x,y,z,X,Y,Z, got {','.join(row)[:80]}",
                    hint="Use a point as decimal mark, metres, and one mark a line.",
                )
            values = [float(cell) for cell in row[1:]]
            marks.append({"name": row[0], "moving": values[:3], "fixed": values[3:]})
    return marks


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _capture(api: Api, subject_id: str, code: str) -> str:
    for row in api.items(f"/v1/subjects/{subject_id}/captures"):
        if row["code"] == code:
            return str(row["id"])
    raise ClientError(
        f"the subject has no capture called {code}",
        hint="Make it first with: heritwin add-capture",
    )
