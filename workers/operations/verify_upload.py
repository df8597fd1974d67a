"""verify-upload: reads every byte of an upload back from the store and hashes it; nothing is parsed."""

from __future__ import annotations

import hashlib
import time
from uuid import UUID

from storage import db as database
from storage.errors import StorageError
from storage.jobs.queries import awaits_preview
from storage.jobs.records import Account, FoundFile, Outputs
from storage.uploads.queries import files_to_verify
from storage.uploads.records import FileToVerify
from workers.errors import JobFailedError, StorageUnavailableError
from workers.operations.work import Work, software

# Both the preview and the hash read a large file from one disk. The preview is what somebody waits for, and
# done in seconds: the hash of so many bytes lets it go first, for so long at most, and be drawn.
LARGE_BYTES, FIRST_LOOK_S, DRAWN_S = 64 << 20, 20.0, 3.0
ASK_EVERY_S = 0.2


def run(work: Work) -> Outputs:
    """Hash every file; whether the digests are as promised is decided where the job is finished."""
    started_s = time.monotonic()
    if work.claim.upload_id is None:
        raise JobFailedError("internal", "the job names no upload")
    with database.transaction(work.runtime.sessions) as db:
        files = files_to_verify(db, work.claim.upload_id)
    total = sum(file.size_bytes for file in files)
    if total >= LARGE_BYTES:
        _let_the_preview_go_first(work, work.claim.upload_id)
    done, found = 0, []
    for file in files:
        found.append(_hash(work, file, done=done, total=total))
        done += file.size_bytes
    return Outputs(
        results={"verify": {"files": len(found), "bytes": total}},
        found=tuple(found),
        account=Account(seconds=time.monotonic() - started_s, software=software()),
    )


def _let_the_preview_go_first(work: Work, upload_id: UUID) -> None:
    began_s = last_s = time.monotonic()
    awaited = False
    while last_s - began_s < FIRST_LOOK_S:
        work.check_stop()
        with database.transaction(work.runtime.sessions) as db:
            if awaits_preview(db, upload_id):
                awaited, last_s = True, time.monotonic()
        # Who never waited need not wait for a first frame either.
        if not awaited or time.monotonic() - last_s >= DRAWN_S:
            return
        time.sleep(ASK_EVERY_S)


def _hash(work: Work, file: FileToVerify, *, done: int, total: int) -> FoundFile:
    digest = hashlib.sha256()
    size_bytes = 0
    try:
        for chunk in work.runtime.store.stream(file.object_key):
            digest.update(chunk)
            size_bytes += len(chunk)
            work.check_stop()
            work.heartbeat.report(
                {"stage": "verifying", "done": done + size_bytes, "total": total, "unit": "bytes"}
            )
    except StorageError as error:
        raise StorageUnavailableError(f"the upload could not be read back: {error}") from error
    return FoundFile(file_id=file.file_id, sha256=digest.hexdigest(), size_bytes=size_bytes)
