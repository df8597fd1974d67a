"""Cut a box or a prism out of a point cloud on the server, and fetch it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from heritwin import display, jobs
from heritwin.api import Json
from heritwin.commands.context import AsJson, Server, connect, version
from heritwin.errors import ClientError

app = typer.Typer()


@app.command()
def cut(
    address: Annotated[str, typer.Argument(help="Version id, or subject/asset/v3")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, e.g. beam.laz.")],
    box: Annotated[str | None, typer.Option(help="x0,y0,z0,x1,y1,z1: the lower corner first.")] = None,
    prism: Annotated[
        Path | None, typer.Option(help='JSON: {"polygon": [[x, y], ...], "bottom": z, "top": z}')
    ] = None,
    crs: Annotated[
        bool, typer.Option("--crs", help="Coordinates of the file's CRS, not metres of the version's frame.")
    ] = False,
    spacing: Annotated[float | None, typer.Option(help="Finest distance needed, metres.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Cut a part out of a point cloud, every attribute kept, and save it as LAZ (contributors).

    Coordinates are metres of the version's own frame, as in its bounds. The same cut is made only once.
    """
    ask: Json = {"coordinates": "crs" if crs else "frame"}
    ask |= {name: value for name, value in (("box", _box(box)), ("prism", _prism(prism))) if value}
    if spacing is not None:
        ask["spacing_m"] = spacing
    with connect(server) as api, display.job_bars(quiet=as_json) as bars:
        made = jobs.made(api, f"/v1/versions/{version(api, address)['id']}/cuts", ask, bars.hear)
        (file,) = made["files"]
        saved = api.save(file["url"], output)
    points = (made["result"] or {}).get("points")
    if as_json:
        display.print_json({"file": str(output), "bytes": saved, "points": points, "derivative": made["id"]})
    else:
        display.people.print(f"Wrote {output}: {points:,} points, {saved:,} bytes.", highlight=False)


def _box(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise ClientError(f"{text!r} is no box: {error}", hint="Write --box x0,y0,z0,x1,y1,z1") from error
    if len(numbers) != 6:
        raise ClientError(f"a box has six numbers, got {len(numbers)}", hint="Write --box x0,y0,z0,x1,y1,z1")
    return numbers


def _prism(path: Path | None) -> Json | None:
    if path is None:
        return None
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ClientError(f"{path} is no prism: {error}", hint='{"polygon": [[x, y], ...]}') from error
    if not isinstance(value, dict):
        raise ClientError(f"{path} holds no object", hint='{"polygon": [[x, y], ...], "bottom": z, "top": z}')
    return value
