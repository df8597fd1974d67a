"""early-word: says what heads and tails of an unfinished upload's files show, and nothing more."""

from __future__ import annotations

from typing import Any

from storage import db as database
from storage.jobs.records import Outputs
from storage.uploads.pieces import paths_of_upload
from workers.operations.steps import run_and_keep
from workers.operations.work import Work, step


def run(work: Work) -> Outputs:
    """Look at every file of which a head is there, in one child."""
    files: dict[str, dict[str, Any]] = {}
    for number, piece in enumerate(work.inputs):
        described: dict[str, Any] = {"path": piece.path, "size_bytes": piece.of_bytes, "pieces": []}
        file = files.setdefault(piece.path, described)
        file["pieces"].append([number, piece.offset_bytes])
    with database.transaction(work.runtime.sessions) as db:
        listed = paths_of_upload(db, work.claim.upload_id) if work.claim.upload_id else []
    return run_and_keep(work, [step("early", files=list(files.values()), listed=listed)], {})
