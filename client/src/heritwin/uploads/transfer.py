"""One upload from files on disk to a version on the server, resumable at any point."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from heritwin.api import Api, Json, tls_context
from heritwin.errors import ApiError, ClientError, UnreachableError
from heritwin.uploads.files import LocalFile, collect, digest, read_part
from heritwin.uploads.journal import Journal

# A server behind a restarting proxy is back within seconds; a field line may be away for minutes.
TRIES = 8


class Listener:
    """Hears how far an upload is; the command draws bars from it."""

    def begin(self, stage: str, total_bytes: int) -> None:
        """A stage (``hashing`` or ``sending``) of so many bytes begins."""

    def advance(self, size_bytes: int) -> None:
        """So many more bytes of the stage are done."""

    def note(self, text: str) -> None:
        """Something a person should read (a retry, a resume)."""


@dataclass(frozen=True, kw_only=True)
class UploadOptions:
    """How to send.

    ``parallel`` parts at once (1 on an unstable line); ``publish`` asks the server to publish when every
    byte is verified and the derivatives are made; ``control`` are named marks in both frames, metres.
    """

    capture_id: str | None = None
    represents_edtf: str | None = None
    publish: bool = False
    control: list[Json] = field(default_factory=list)
    parallel: int = 4


@dataclass(frozen=True, kw_only=True)
class _Part:
    file: LocalFile
    file_id: str
    number: int
    part_size_bytes: int

    @property
    def size_bytes(self) -> int:
        return min(self.part_size_bytes, self.file.size_bytes - (self.number - 1) * self.part_size_bytes)


def upload(
    api: Api, asset_id: str, paths: list[Path], options: UploadOptions, listener: Listener | None = None
) -> Json:
    """Send files as one new version of an asset; run again after a break, it sends only what is missing.

    Returns
    -------
    The server's answer to complete: ``{"upload", "version", "jobs"}``.

    Raises
    ------
    FileChangedError
        If a file changed, vanished or was locked meanwhile.
    ApiError, UnreachableError
        If the server refuses, or stays away longer than the retries.
    """
    listener = listener or Listener()
    files = collect(paths)
    journal = Journal(api.settings.server, asset_id, files)
    there = _resume(api, journal, listener) or _open(api, asset_id, files, options, journal, listener)
    _send(api, there, files, options, listener)
    answer = _complete(api, there["id"])
    journal.forget()
    return answer


def _resume(api: Api, journal: Journal, listener: Listener) -> Json | None:
    upload_id = journal.read().get("upload_id")
    if not upload_id:
        return None
    try:
        there = api.get(f"/v1/uploads/{upload_id}")
    except ApiError as error:
        if error.status != 404:
            raise
        return None
    if there["state"] not in {"open", "received"}:
        return None
    listener.note("Going on with an unfinished upload.")
    return there


def _open(
    api: Api,
    asset_id: str,
    files: list[LocalFile],
    options: UploadOptions,
    journal: Journal,
    listener: Listener,
) -> Json:
    listener.begin("hashing", sum(file.size_bytes for file in files))
    body: Json = {
        "asset_id": asset_id,
        "publish": options.publish,
        "files": [
            {"path": file.name, "size_bytes": file.size_bytes, "sha256": digest(file, listener.advance)}
            for file in files
        ],
    }
    if options.capture_id:
        body["capture_id"] = options.capture_id
    if options.represents_edtf:
        body["represents_edtf"] = options.represents_edtf
    if options.control:
        body["control"] = options.control
    opened = api.post("/v1/uploads", body)
    journal.write(upload_id=opened["id"])
    return opened


def _missing(there: Json, files: list[LocalFile]) -> Iterator[_Part]:
    by_name = {file.name: file for file in files}
    for entry in there["files"]:
        received = {part["number"] for part in entry.get("received", [])}
        for number in range(1, entry["parts"] + 1):
            if number not in received:
                yield _Part(
                    file=by_name[entry["path"]],
                    file_id=entry["id"],
                    number=number,
                    part_size_bytes=entry["part_size_bytes"],
                )


def _send(api: Api, there: Json, files: list[LocalFile], options: UploadOptions, listener: Listener) -> None:
    parts = list(_missing(there, files))
    total = sum(file.size_bytes for file in files)
    listener.begin("sending", total)
    listener.advance(total - sum(part.size_bytes for part in parts))
    stop = threading.Event()
    with (
        httpx.Client(
            timeout=httpx.Timeout(connect=15, read=120, write=120, pool=None),
            verify=tls_context(api.settings.ca_file),
        ) as line,
        ThreadPoolExecutor(options.parallel) as pool,
    ):
        running: set[Future[int]] = set()
        try:
            for part in parts:
                if len(running) >= options.parallel:
                    running = _advance(running, listener)
                running.add(pool.submit(_send_part, api, line, there["id"], part, stop, listener))
            while running:
                running = _advance(running, listener)
        finally:
            # Ctrl-C or a failure: parts under way are given up at once, and can be sent again later.
            stop.set()


def _advance(running: set[Future[int]], listener: Listener) -> set[Future[int]]:
    done, left = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        listener.advance(future.result())
    return left


def _send_part(
    api: Api, line: httpx.Client, upload_id: str, part: _Part, stop: threading.Event, listener: Listener
) -> int:
    data = read_part(part.file, part.number, part.part_size_bytes)
    checksum = hashlib.sha256(data)
    failure: ClientError | None = None
    for attempt in range(TRIES):
        # Full jitter, so that many parts do not come back at the same moment.
        if attempt and stop.wait(random.uniform(0.2, min(30.0, 0.5 * 2**attempt))):
            break
        if stop.is_set():
            break
        try:
            signed = _sign(api, upload_id, part, checksum.hexdigest())
            answer = line.request(signed["method"], signed["url"], headers=signed["headers"], content=data)
        except UnreachableError as error:
            failure = error
        except httpx.TransportError as error:
            failure = UnreachableError(
                f"part {part.number} of {part.file.name}: {error or type(error).__name__}"
            )
        else:
            if answer.status_code == 200:
                return part.size_bytes
            failure = _refusal(part, answer)
            if answer.status_code in {400, 404}:
                break
        listener.note(f"Trying part {part.number} of {part.file.name} again: {failure.message}")
    raise failure or ClientError("The upload was stopped.", hint="Run the same command again to go on.")


def _sign(api: Api, upload_id: str, part: _Part, sha256: str) -> Json:
    wanted = {"file_id": part.file_id, "number": part.number, "size_bytes": part.size_bytes, "sha256": sha256}
    signed: list[Any] = api.post(f"/v1/uploads/{upload_id}/parts:sign", {"parts": [wanted]})["parts"]
    return dict(signed[0])


def _refusal(part: _Part, answer: httpx.Response) -> ClientError:
    code = answer.text.partition("<Code>")[2].partition("</Code>")[0] or f"HTTP {answer.status_code}"
    return ClientError(
        f"the store refused part {part.number} of {part.file.name} ({code})",
        hint="What arrived is kept: run the same command again to go on.",
    )


def _complete(api: Api, upload_id: str) -> Json:
    """Complete is idempotent: when its answer was lost, asking again gives it."""
    pause = threading.Event()
    for attempt in range(TRIES):
        try:
            return api.post(f"/v1/uploads/{upload_id}/complete")
        except UnreachableError:
            if attempt == TRIES - 1:
                raise
        except ApiError as error:
            if error.status not in {502, 503, 504} or attempt == TRIES - 1:
                raise
        pause.wait(min(30.0, 0.5 * 2**attempt))
    raise AssertionError("unreachable: the last try returns or raises")
