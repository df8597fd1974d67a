"""One upload from files on disk to a version on the server, resumable at any point."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from heritwin.api import Api, Json
from heritwin.errors import PausedError
from heritwin.uploads.early import EarlyWord
from heritwin.uploads.files import LocalFile, collect
from heritwin.uploads.journal import Journal
from heritwin.uploads.line import Lanes, Limit
from heritwin.uploads.listening import Listener
from heritwin.uploads.opening import open_or_resume
from heritwin.uploads.parts import missing
from heritwin.uploads.persisting import Persistence
from heritwin.uploads.sending import send_parts

__all__ = ["Listener", "UploadOptions", "upload", "upload_files"]

MIB = 1 << 20
MOST_LANES = 8
# S3 takes no smaller parts but the last; on a line that breaks, a small part is lost rather than a large one.
SMALL_PART_BYTES = 5 * MIB
PATIENCE_S = 1800.0
# What is smaller is there before anything could be said of its ends.
EARLY_FROM_BYTES = 8 * MIB
UNSTABLE_PATIENCE_S = 12 * 3600.0


@dataclass(frozen=True, kw_only=True)
class UploadOptions:
    """What to send, and how.

    ``publish`` asks the server to publish when every byte is verified and the derivatives are made;
    ``control`` are named marks in both frames, metres; ``up_axis`` (y or z) and ``unit_m`` (metres of one
    unit) are what a mesh leaves open. ``is_unstable`` sends small parts, two at a time, and
    does not give up for twelve hours; ``limit_bytes_per_s`` bounds the line's use; ``is_anew`` forgets an
    unfinished upload of the same files; ``early`` asks for the server's early word, and with
    ``stops_on_problem`` pauses when that names an error.
    """

    capture_id: str | None = None
    represents_edtf: str | None = None
    publish: bool = False
    control: list[Json] = field(default_factory=list)
    up_axis: str | None = None
    unit_m: float | None = None
    parallel: int = MOST_LANES
    is_unstable: bool = False
    limit_bytes_per_s: float | None = None
    is_anew: bool = False
    early: bool = True
    stops_on_problem: bool = False
    patience_s: float | None = None
    key_patience_s: float = 0.0

    @property
    def lanes(self) -> int:
        """How many parts may be under way at once."""
        return min(2, self.parallel) if self.is_unstable else self.parallel

    def of_capture(self, capture_id: str) -> UploadOptions:
        """The same for a capture."""
        return replace(self, capture_id=capture_id)

    def stated(self) -> Json:
        """What is stated where the files may be silent."""
        said = {"up_axis": self.up_axis, "unit_m": self.unit_m}
        return {name: value for name, value in said.items() if value is not None}

    def wait_s(self) -> float:
        """How long nothing may arrive before giving up."""
        return self.patience_s or (UNSTABLE_PATIENCE_S if self.is_unstable else PATIENCE_S)

    def as_body(self, asset_id: str, files: list[LocalFile]) -> Json:
        """What the server is asked to expect."""
        body: Json = {
            "asset_id": asset_id,
            "publish": self.publish,
            "files": [{"path": file.name, "size_bytes": file.size_bytes} for file in files],
        }
        chosen = {
            "capture_id": self.capture_id,
            "represents_edtf": self.represents_edtf,
            "control": self.control or None,
            **self.stated(),
            "part_size_bytes": SMALL_PART_BYTES if self.is_unstable else None,
        }
        return body | {name: value for name, value in chosen.items() if value is not None}


def upload(
    api: Api, asset_id: str, paths: list[Path], options: UploadOptions, listener: Listener | None = None
) -> Json:
    """Send files and folders as one new version of an asset; run again after a break, it goes on."""
    return upload_files(api, asset_id, collect(paths), options, listener)


def upload_files(
    api: Api,
    asset_id: str,
    files: list[LocalFile],
    options: UploadOptions,
    listener: Listener | None = None,
) -> Json:
    """Send files as one new version of an asset; run again after a break, it sends only what is missing.

    Returns
    -------
    The server's answer to complete: ``{"upload", "version", "jobs"}``.

    Raises
    ------
    FileChangedError
        If a file changed, vanished or was locked meanwhile, or is not the one the upload began with.
    PausedError
        If it was stopped, or the key expired: what arrived is kept.
    ApiError, UnreachableError
        If the server refuses, or stays away longer than the patience.
    """
    listener = listener or Listener()
    persistence = Persistence(api, listener, options.wait_s(), options.key_patience_s)
    journal = Journal(api.settings.server, asset_id, files)
    body = options.as_body(asset_id, files)
    opened = open_or_resume(persistence, journal, body, files, is_anew=options.is_anew)
    if opened["state"] == "open":
        _send(persistence, opened, files, options)
        for file in files:
            file.check()
    # A lost answer is no failure: asked again, the server answers what it did.
    path = f"/v1/uploads/{opened['id']}/complete"
    answer = persistence.call(lambda: api.post(path), most_s=5.0)
    journal.forget()
    return answer


def _send(persistence: Persistence, opened: Json, files: list[LocalFile], options: UploadOptions) -> None:
    parts = missing(opened, files)
    total = sum(file.size_bytes for file in files)
    persistence.listener.begin("sending", total)
    persistence.listener.advance(total - sum(part.size_bytes for part in parts))
    if not parts:
        return
    limit = Limit(options.limit_bytes_per_s)
    word = EarlyWord(persistence, opened, files, limit, stops_on_problem=options.stops_on_problem)
    if options.early and total >= EARLY_FROM_BYTES:
        word.ask()
    try:
        send_parts(
            persistence,
            opened["id"],
            parts,
            lanes=Lanes(most=options.lanes),
            most=options.lanes,
            limit=limit,
        )
    except PausedError:
        if word.problem is not None:
            raise word.problem from None
        raise
    finally:
        word.close()
