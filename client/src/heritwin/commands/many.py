"""Sends what a manifest or a folder of folders lists: all of it fits, or nothing is sent."""

from __future__ import annotations

from dataclasses import replace

from heritwin import display, jobs
from heritwin.api import Api, Json
from heritwin.errors import ClientError, JobsFailedError, PausedError, UnreachableError
from heritwin.uploads.already import version_of
from heritwin.uploads.binding import Bound, NotBoundError, Planned, bind
from heritwin.uploads.manifest import Listed
from heritwin.uploads.transfer import UploadOptions, upload_files


def send_listed(
    api: Api, listed: Listed, options: UploadOptions, *, dry_run: bool, wait: bool, as_json: bool
) -> None:
    """Bind, and send version after version; a dry run ends before anything is made or sent.

    Raises
    ------
    NotBoundError
        If a row fits nothing.
    JobsFailedError
        If an upload or the work on one failed; the others went on.
    """
    with display.working("Looking the subjects up", quiet=as_json):
        bound = bind(api, listed)
    report = _report(bound, listed, dry_run=dry_run)
    if not as_json:
        _show(bound, listed)
    if bound.unmatched or dry_run:
        if as_json:
            display.print_json(report)
        if bound.unmatched:
            count = len(bound.unmatched)
            raise NotBoundError(
                f"{count} row{'s fit' if count > 1 else ' fits'} nothing; nothing was sent.",
                hint="Correct the list, or make the subjects and captures first.",
            )
        return
    ended = [_send(api, planned, options, as_json=as_json) for planned in bound.planned]
    if wait:
        ended = [_followed(api, each, as_json=as_json) for each in ended]
    if as_json:
        display.print_json({**report, "sent": ended})
    failed = [each for each in ended if "error" in each]
    if failed:
        first = failed[0]
        raise JobsFailedError(
            f"{len(failed)} of {len(ended)} failed; {first['asset']}: {first['error']['message']}",
            hint="Run the same command again: what was done is not done twice.",
        )


def _send(api: Api, planned: Planned, options: UploadOptions, *, as_json: bool) -> Json:
    display.people.print(f"{planned.address} ({len(planned.files)} files)", highlight=False)
    chosen = replace(
        options,
        capture_id=planned.capture_id or options.capture_id,
        represents_edtf=planned.represents or options.represents_edtf,
    )
    try:
        asset = planned.asset(api)
        there = None if options.is_anew else version_of(api, asset["id"], planned.files, chosen.stated())
        if there is not None:
            display.people.print("  is there already, byte by byte; not sent again.", highlight=False)
            return {"asset": planned.address, "version": there, "was_there": True}
        with display.upload_bars(quiet=as_json) as bars:
            answer = upload_files(api, asset["id"], planned.files, chosen, bars)
    except (PausedError, UnreachableError):
        # The line or the key, not this scan: the next one would fare no better.
        raise
    except ClientError as error:
        display.print_error(error)
        return {"asset": planned.address, "error": {"kind": error.kind, "message": error.message}}
    return {"asset": planned.address, **answer}


def _followed(api: Api, answer: Json, *, as_json: bool) -> Json:
    if "error" in answer:
        return answer
    with display.job_bars(quiet=as_json) as progress:
        ended = jobs.wait(api, answer["version"]["id"], progress.hear)
    try:
        jobs.refuse_failures(ended)
    except JobsFailedError as error:
        display.print_error(error)
        return {**answer, "jobs": ended, "error": {"kind": error.kind, "message": error.message}}
    return {**answer, "jobs": ended, "version": api.get(f"/v1/versions/{answer['version']['id']}")}


def _report(bound: Bound, listed: Listed, *, dry_run: bool) -> Json:
    return {
        "dry_run": dry_run,
        "uploads": [planned.as_json() for planned in bound.planned],
        "unmatched": [row.as_json() for row in bound.unmatched],
        "unlisted": [str(path) for path in listed.unlisted],
    }


def _show(bound: Bound, listed: Listed) -> None:
    display.print_table(
        "to be sent",
        ["where", "asset", "files", "bytes"],
        [(p.where, p.address, len(p.files), f"{p.size_bytes:,}") for p in bound.planned],
    )
    if bound.unmatched:
        rows = [(row.where, row.value, row.why) for row in bound.unmatched]
        display.print_table("fits nothing", ["where", "value", "why"], rows)
    for path in listed.unlisted[:20]:
        display.people.print(f"[dim]not in the list: {path}[/]", highlight=False)
