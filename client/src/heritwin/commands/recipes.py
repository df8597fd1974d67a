"""Measure a point cloud on the server, or have it cleaned and fetch what stays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heritwin import display, jobs
from heritwin.api import Json
from heritwin.commands.context import AsJson, Server, connect, version

app = typer.Typer()

Address = Annotated[str, typer.Argument(help="Version id, or subject/asset/v3")]
Neighbours = Annotated[int, typer.Option(help="Nearest points that each one is seen with.")]


@app.command()
def measure(
    address: Address,
    cell: Annotated[float, typer.Option(help="Side of the cells of the density, metres.")] = 1.0,
    neighbours: Neighbours = 16,
    sample: Annotated[int, typer.Option(help="Points whose surroundings are looked at.")] = 1_000_000,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Say how dense, how evenly spaced and how rough a point cloud is (contributors)."""
    ask: Json = {"cell_m": cell, "neighbours": neighbours, "sample": sample}
    with connect(server) as api, display.job_bars(quiet=as_json) as bars:
        made = jobs.made(api, f"/v1/versions/{version(api, address)['id']}/measures", ask, bars.hear)
    result = made["result"] or {}
    if as_json:
        display.print_json({"derivative": made["id"], **result})
        return
    spacing, rough, density = result["spacing"], result["roughness"], result["density_per_m2"]
    for line in (
        f"{result['points']:,} points, {density['median']:,.0f} per m² (median; 5 %: {density['p05']:,.0f})",
        f"spacing {spacing['median_m'] * 1000:.2f} mm (median; 95 %: {spacing['p95_m'] * 1000:.2f} mm)",
        f"roughness {rough['median_m'] * 1000:.2f} mm (median; 95 %: {rough['p95_m'] * 1000:.2f} mm)",
    ):
        display.people.print(line, highlight=False)


@app.command()
def clean(
    address: Address,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, e.g. clean.laz.")],
    ratio: Annotated[
        float | None, typer.Option(help="Take outliers away: standard deviations above the mean, often 2.")
    ] = None,
    most_spacing: Annotated[
        float | None, typer.Option(help="Take away what is further from its neighbours, metres.")
    ] = None,
    voxel: Annotated[float | None, typer.Option(help="Keep one point in each cube of this side, m.")] = None,
    normals: Annotated[bool, typer.Option("--normals", help="Add normals and roughness.")] = False,
    neighbours: Neighbours = 16,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Clean a point cloud into a file of its own, every attribute kept, and save it as LAZ (contributors).

    The scan itself is never changed. The same cleaning is done only once.
    """
    ask: Json = {"neighbours": neighbours, "normals": normals}
    given = {"ratio": ratio, "most_spacing_m": most_spacing, "voxel_m": voxel}
    ask |= {name: value for name, value in given.items() if value is not None}
    with connect(server) as api, display.job_bars(quiet=as_json) as bars:
        made = jobs.made(api, f"/v1/versions/{version(api, address)['id']}/cleanings", ask, bars.hear)
        (file,) = made["files"]
        saved = api.save(file["url"], output)
    result = made["result"] or {}
    if as_json:
        display.print_json({"file": str(output), "saved_bytes": saved, "derivative": made["id"], **result})
        return
    display.people.print(
        f"Wrote {output}: {result['points']:,} of {result['points_in']:,} points "
        f"({result['removed_share']:.1%} removed), {saved:,} bytes.",
        highlight=False,
    )
