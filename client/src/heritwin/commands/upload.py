"""Sending scans: ``heritwin upload``."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from heritwin import display, jobs
from heritwin.api import Api, Json
from heritwin.commands import many
from heritwin.commands.context import AsJson, Server, asset, connect
from heritwin.commands.control import read_control
from heritwin.errors import ClientError, PausedError
from heritwin.uploads.files import collect
from heritwin.uploads.manifest import USUAL_ASSET, read_folders, read_manifest
from heritwin.uploads.transfer import UploadOptions
from heritwin.uploads.transfer import upload as send

app = typer.Typer()

# Somebody at the terminal may log in again in another window; a script cannot.
KEY_PATIENCE_S = 24 * 3600.0
# The foot is the international one; surveys of the United States until 2022 used their own.
LENGTHS_M = {
    "mm": 0.001,
    "cm": 0.01,
    "m": 1.0,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
    "us-ft": 1200 / 3937,
}
LARGEST_UNIT_M = 1000.0
UNITS = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9}


class UpAxis(StrEnum):
    """Which axis may point up."""

    Y = "y"
    Z = "z"


class Kind(StrEnum):
    """What an asset made on the way may be."""

    POINT_CLOUD = "point_cloud"
    MESH = "mesh"
    SPLAT = "splat"


@app.command()
def upload(
    address: Annotated[
        str | None, typer.Argument(help="Where it belongs: subject/asset, e.g. hue.thai-hoa/scan")
    ] = None,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; together they are one version.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="CSV: file, subject, and asset, kind, capture, represents if wanted.")
    ] = None,
    folders: Annotated[
        Path | None, typer.Option(help="A folder of folders, each named by the local code of its subject.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what would be sent, and list every row that fits nothing."),
    ] = False,
    asset_name: Annotated[
        str, typer.Option("--asset", help="Name of the asset where a manifest or a folder names none.")
    ] = USUAL_ASSET,
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
    up_axis: Annotated[
        UpAxis | None, typer.Option(help="Which axis of a mesh points up, where its file does not say.")
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(help="Unit of a mesh: mm, cm, m, km, in, ft, us-ft, or the metres of one, e.g. 0.001."),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish when every byte is verified and the work is done.")
    ] = False,
    unstable: Annotated[
        bool, typer.Option("--unstable", help="Small parts, two at a time, for a line that breaks.")
    ] = False,
    limit: Annotated[
        str | None, typer.Option(help="At most so many bytes a second, e.g. 500K or 2M.")
    ] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Do not go on with an unfinished upload of these files.")
    ] = False,
    early: Annotated[
        bool, typer.Option(help="Hear what the server makes of the files while they are on their way.")
    ] = True,
    stop_on_problem: Annotated[
        bool, typer.Option("--stop-on-problem", help="Pause when that early word names an error.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Follow the work until the result can be seen.")] = True,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Send scans as new versions. Run again after a break, here or elsewhere: it goes on where it was."""
    options = UploadOptions(
        represents_edtf=represents,
        publish=publish,
        control=read_control(control) if control else [],
        up_axis=up_axis.value if up_axis else None,
        unit_m=read_unit(unit) if unit else None,
        is_unstable=unstable,
        limit_bytes_per_s=read_limit(limit) if limit else None,
        is_anew=anew,
        early=early,
        stops_on_problem=stop_on_problem,
        key_patience_s=KEY_PATIENCE_S if sys.stderr.isatty() and not as_json else 0.0,
    )
    _one_way(address, manifest, folders)
    try:
        with connect(server) as api:
            if manifest is not None or folders is not None:
                listed = (
                    read_manifest(manifest, asset=asset_name)
                    if manifest is not None
                    else read_folders(folders or Path(), asset=asset_name, kind=kind.value if kind else None)
                )
                many.send_listed(api, listed, options, dry_run=dry_run, wait=wait, as_json=as_json)
                return
            answer = _send_one(
                api, address or "", paths or [], options, kind, capture, dry_run=dry_run, as_json=as_json
            )
            if answer is None:
                return
            if wait:
                answer = follow(api, answer, as_json=as_json)
    except KeyboardInterrupt as stop:
        raise _interrupted() from stop
    if as_json:
        display.print_json(answer)
        return
    display.people.print(f"See it: {api.settings.server}{page_of(answer['version'])}", highlight=False)


def _one_way(address: str | None, manifest: Path | None, folders: Path | None) -> None:
    if sum(way is not None for way in (address, manifest, folders)) != 1:
        raise ClientError(
            "say what to send in one way",
            hint="heritwin upload SUBJECT/ASSET FILES…, or --manifest scans.csv, or --folders FOLDER",
        )


def _send_one(
    api: Api,
    address: str,
    paths: list[Path],
    options: UploadOptions,
    kind: Kind | None,
    capture: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> Json | None:
    if not paths:
        raise ClientError(f"nothing is to be sent to {address}", hint="Name the files or folders.")
    if dry_run:
        files = collect(paths)
        size_bytes = sum(file.size_bytes for file in files)
        listed = {"dry_run": True, "files": [file.name for file in files], "size_bytes": size_bytes}
        if as_json:
            display.print_json(listed)
        else:
            rows = [(file.name, f"{file.size_bytes:,}") for file in files]
            display.print_table(f"{address}: {size_bytes:,} bytes", ["file", "bytes"], rows)
        return None
    target = asset(api, address, kind.value if kind else None)
    if capture:
        options = options.of_capture(_capture(api, target["subject_id"], capture))
    with display.upload_bars(quiet=as_json) as bars:
        return send(api, target["id"], paths, options, bars)


def follow(api: Api, answer: Json, *, as_json: bool) -> Json:
    """Wait for the work on a version; a job that failed is a failure of the command."""
    with display.job_bars(quiet=as_json) as progress:
        ended = jobs.wait(api, answer["version"]["id"], progress.hear)
    jobs.refuse_failures(ended)
    return {**answer, "version": api.get(f"/v1/versions/{answer['version']['id']}"), "jobs": ended}


def page_of(version: Json) -> str:
    """The address of a version's page: permanent once it has a number."""
    last = f"v{version['number']}" if version["number"] else version["id"]
    return f"/s/{version['subject']['path']}/{version['asset']['name']}/{last}"


def read_limit(text: str) -> float:
    """Bytes a second from ``500K`` or ``2M``."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMG]?)(?:B?(?:/s)?)\s*", text, re.IGNORECASE)
    if found is None or float(found[1]) <= 0:
        raise ClientError(f"--limit {text} is no rate", hint="Write 500K or 2M: bytes a second.")
    return float(found[1]) * UNITS[found[2].upper()]


def read_unit(text: str) -> float:
    """Metres of one unit, from its name or a number of metres."""
    named = LENGTHS_M.get(text.strip().lower())
    if named is not None:
        return named
    try:
        unit_m = float(text)
    except ValueError:
        unit_m = 0.0
    if not 0 < unit_m <= LARGEST_UNIT_M:
        raise ClientError(
            f"--unit {text} is no unit of length",
            hint=f"Write {', '.join(LENGTHS_M)}, or the metres of one unit, e.g. 0.001.",
        )
    return unit_m


def _interrupted() -> PausedError:
    return PausedError("Stopped. What arrived is kept.", hint="Run the same command again to go on.")


def _capture(api: Api, subject_id: str, code: str) -> str:
    for row in api.items(f"/v1/subjects/{subject_id}/captures"):
        if row["code"] == code:
            return str(row["id"])
    raise ClientError(
        f"the subject has no capture called {code}",
        hint="Make it first with: heritwin add-capture",
    )
