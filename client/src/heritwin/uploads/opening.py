"""Begin an upload, or find the unfinished one of the same files: by the journal, or on the server."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from heritwin.api import Api, Json
from heritwin.errors import ApiError, FileChangedError
from heritwin.uploads.files import LocalFile
from heritwin.uploads.journal import Journal
from heritwin.uploads.parts import PartBytes, parts_of
from heritwin.uploads.persisting import Persistence

GOES_ON = frozenset({"open", "received", "verified"})


def open_or_resume(
    persistence: Persistence, journal: Journal, body: Json, files: list[LocalFile], *, is_anew: bool
) -> Json:
    """Return the upload to send to, with the parts that are there.

    Raises
    ------
    FileChangedError
        If what arrived earlier is not of these files.
    """
    if not is_anew:
        found = _by_journal(persistence, journal) or _on_server(persistence, body, files)
        if found is not None:
            journal.write(upload_id=found["id"])
            persistence.listener.note("Going on with an unfinished upload.")
            return found
    elif journal.read():
        journal.forget()
    # Written before it is used: asked again after a crash or a lost answer, it opens the same upload.
    key = journal.read().get("opening") or uuid.uuid4().hex
    journal.write(opening=key)
    opened = persistence.call(lambda: persistence.api.post("/v1/uploads", body, idempotency_key=key))
    journal.write(upload_id=opened["id"])
    return opened


def _by_journal(persistence: Persistence, journal: Journal) -> Json | None:
    upload_id = journal.read().get("upload_id")
    if not upload_id:
        return None
    try:
        there = persistence.call(lambda: persistence.api.get(f"/v1/uploads/{upload_id}"))
    except ApiError as error:
        if error.status != 404:
            raise
        journal.forget()
        return None
    if there["state"] not in GOES_ON:
        # Refused, abandoned or reaped: nothing can be added to it.
        journal.forget()
        return None
    return there


def _on_server(persistence: Persistence, body: Json, files: list[LocalFile]) -> Json | None:
    """An open upload of one's own for this asset, of files with these names and sizes.

    What arrived must be of these very files: each part that is there is compared by its SHA-256.
    """
    wanted = {(file.name, file.size_bytes) for file in files}
    mine = persistence.call(lambda: {"items": list(_open_uploads(persistence.api))})["items"]
    for upload in mine:
        there = {(entry["path"], entry["size_bytes"]) for entry in upload["files"]}
        if upload["asset_id"] == body["asset_id"] and there == wanted and _as_asked(upload, body):
            found = persistence.call(partial(persistence.api.get, f"/v1/uploads/{upload['id']}"))
            require_same(found, files, persistence.listener.begin, persistence.listener.advance)
            return found
    return None


def _as_asked(upload: Json, body: Json) -> bool:
    return all(upload[name] == body.get(name, empty) for name, empty in _SAME.items())


_SAME: dict[str, Any] = {
    "publish": False,
    "capture_id": None,
    "represents_edtf": None,
    "up_axis": None,
    "unit_m": None,
}


def _open_uploads(api: Api) -> list[Json]:
    return list(api.items("/v1/uploads", state="open"))


def require_same(
    upload: Json,
    files: list[LocalFile],
    begin: Callable[[str, int], None],
    advance: Callable[[int], None],
) -> None:
    """Raise FileChangedError unless every part that is there has the bytes of the file here."""
    by_name = {file.name: file for file in files}
    received = {
        (entry["path"], part["number"]): part for entry in upload["files"] for part in entry["received"]
    }
    begin("comparing", sum(part["size_bytes"] for part in received.values()))
    for entry in upload["files"]:
        for part in parts_of(entry, by_name[entry["path"]]):
            there = received.get((entry["path"], part.number))
            if there is None:
                continue
            if PartBytes(part).sha256 != there["sha256"]:
                raise FileChangedError(
                    f"{part.file.path} is not the file that was being sent before: part {part.number} "
                    "has other bytes.",
                    hint="Put the file of then back, or give --anew to begin this upload anew.",
                )
            advance(part.size_bytes)
