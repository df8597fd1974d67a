"""Fetches the files of a version as they were received, whatever breaks, and holds each to its digest."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import quote

from heritwin.api import TRY_AGAIN, Api, Json
from heritwin.errors import ApiError, ClientError, UnreachableError
from heritwin.uploads.listening import Listener
from heritwin.uploads.persisting import Persistence

PATIENCE_S = 1800.0


class DigestError(ClientError):
    """What was fetched twice is not what the server says it is."""

    kind = "checksum-mismatch"


def fetch(api: Api, version: Json, folder: Path, listener: Listener | None = None) -> list[Json]:
    """Save every file of a version under a folder, by its own path; what is there whole is left as it is.

    A file under way is ``NAME.part`` beside its place, and goes on from its end: after a break of the line by
    itself, after any other by calling again.

    Returns
    -------
    For each file ``{"path", "file", "bytes", "sha256", "was_there"}``.

    Raises
    ------
    DigestError
        If the bytes of a file are not those that the server verified, twice in a row.
    ClientError
        If a path would leave the folder, or nothing can be written.
    ApiError, UnreachableError
        If the server refuses, or stays away for half an hour.
    """
    listener = listener or Listener()
    persistence = Persistence(api, listener, PATIENCE_S, 0.0)
    places = [(file, place_of(folder, file["path"])) for file in version["files"]]
    listener.begin("fetching", sum(file["size_bytes"] for file, _ in places))
    saved = []
    for file, place in places:
        was_there = place.is_file() and digest_of(place) == file["sha256"]
        if was_there:
            listener.advance(file["size_bytes"])
        else:
            _fetch_one(persistence, f"/v1/versions/{version['id']}/files/{quote(file['path'])}", file, place)
        saved.append(
            {
                "path": file["path"],
                "file": str(place),
                "bytes": file["size_bytes"],
                "sha256": file["sha256"],
                "was_there": was_there,
            }
        )
    return saved


def place_of(folder: Path, path: str) -> Path:
    """Where a file goes; a path that would leave the folder, on this system or another, is refused."""
    parts = PurePosixPath(path).parts
    odd = path.startswith("/") or "\\" in path or PureWindowsPath(path).drive or ".." in parts or not parts
    if odd:
        raise ClientError(f"the server names a file {path!r}, which would leave {folder}")
    return folder.joinpath(*parts)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fetch_one(persistence: Persistence, address: str, file: Json, place: Path) -> None:
    part = place.with_name(place.name + ".part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        began_at = part.stat().st_size if part.is_file() else 0
        if began_at > file["size_bytes"]:
            part.unlink()
            began_at = 0
        persistence.listener.advance(began_at)
        _go_on(persistence, address, file["size_bytes"], part)
        if digest_of(part) != file["sha256"]:
            # What lay there before may have been of another file.
            persistence.listener.note(f"{file['path']} is not as the server has it; fetching it anew.")
            persistence.listener.advance(-file["size_bytes"])
            part.unlink()
            _go_on(persistence, address, file["size_bytes"], part)
            if (found := digest_of(part)) != file["sha256"]:
                part.unlink()
                raise DigestError(
                    f"{file['path']}: sha256 {file['sha256']} was promised, {found} came",
                    hint="Fetch it again over another line; if it stays so, tell whoever runs the server.",
                )
        part.replace(place)
    except OSError as error:
        raise ClientError(f"{place} cannot be written: {error.strerror}") from error


def _go_on(persistence: Persistence, address: str, size_bytes: int, part: Path) -> None:
    """Append to what is there until it is as long as it should be."""
    attempt = 0
    while True:
        with part.open("ab") as stream:
            if stream.tell() >= size_bytes:
                return
            try:
                for block in persistence.api.blocks(address, first=stream.tell()):
                    stream.write(block)
                    persistence.good()
                    persistence.listener.advance(len(block))
                    attempt = 0
            except UnreachableError as error:
                failure: UnreachableError | ApiError = error
            except ApiError as error:
                if error.status not in TRY_AGAIN:
                    raise
                failure = error
            else:
                continue
        persistence.wait(attempt, failure)
        attempt += 1
