"""bundle-version: looks every reference of a model up, and unpacks a zip into the version's files."""

from __future__ import annotations

import os
from pathlib import Path

from storage import db as database
from storage.errors import QuotaExceededError, StorageError
from storage.jobs.records import MadeMember, Outputs
from storage.versions.members import begin_members
from workers.errors import JobFailedError, StorageUnavailableError
from workers.operations.work import Work, account_of, run_steps, step
from workers.room.intake import OutputFile, open_inside

MEMBERS = "out/bundle/members/"


def run(work: Work) -> Outputs:
    """Look through the bundle; what is missing ends the job before anything else was begun."""
    outcome = run_steps(work, [step("bundle")])
    if outcome.result is None:
        raise RuntimeError("a run without failure has a result")
    made = outcome.result.step("bundle")
    members = _keep(work, made.files) if made.files else ()
    return Outputs(results={"bundle": made.result}, members=members, account=account_of(outcome))


def _keep(work: Work, files: tuple[OutputFile, ...]) -> tuple[MadeMember, ...]:
    """Put the unpacked files into the store as masters, hashed on the way."""
    try:
        with database.transaction(work.runtime.sessions) as db:
            places = begin_members(db, work.claim, [file.bytes for file in files])
    except QuotaExceededError as error:
        raise JobFailedError("too-large", f"unpacked: {error.message}", hint=error.hint) from error
    kept = []
    for number, (file, place) in enumerate(zip(files, places, strict=True)):
        work.check_stop()
        work.heartbeat.report(
            {"stage": "storing files", "done": number, "total": len(files), "unit": "files"}
        )
        sha256, size_bytes = _put(work, place.object_key, file.path)
        if size_bytes != file.bytes:
            raise JobFailedError("output-refused", f"{file.path} has {size_bytes} bytes, not {file.bytes}")
        kept.append(
            MadeMember(
                path=file.path.removeprefix(MEMBERS),
                blob_id=place.blob_id,
                size_bytes=size_bytes,
                sha256=sha256,
            )
        )
    return tuple(kept)


def _put(work: Work, key: str, name: str) -> tuple[str, int]:
    with open_inside(work.folder, name) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        try:
            # By descriptor, so that what was checked is what is sent.
            opened = Path(f"/proc/self/fd/{file.fileno()}")
            sha256 = work.runtime.store.put_file(key, opened, media_type="application/octet-stream")
        except StorageError as error:
            raise StorageUnavailableError(f"{name} could not be stored: {error}") from error
    return sha256, size_bytes
