"""What a claimed job reads: the files of its version, of a second one, of its upload, or of other jobs."""

from uuid import UUID

from sqlalchemy.orm import Session

from storage.derivatives.keys import WORK, object_key
from storage.derivatives.queries import current
from storage.derivatives.tables import DerivativeRow
from storage.jobs.errors import WorkGoneError
from storage.jobs.kinds import EARLY, FROM_COPC, GROUP, JOIN, VERIFY
from storage.jobs.parts import files_of_work, made_by, part_path, parts_of
from storage.jobs.rechecks import is_registration
from storage.jobs.records import Claim, InputFile
from storage.uploads.pieces import pieces_to_read
from storage.uploads.queries import files_to_verify
from storage.versions.queries import files_of

SPREAD_TABLE = "spread.json"
"""What a spread says of the whole cloud: grid, cube, attributes, groups. Every part and the join read it."""


def inputs_of(db: Session, claim: Claim) -> tuple[InputFile, ...]:
    """Return the files of a claimed job, in the order of their numbers: `moving` before `fixed`."""
    if claim.operation == VERIFY and claim.upload_id is not None:
        return tuple(
            InputFile(
                path=file.path,
                object_key=file.object_key,
                size_bytes=file.size_bytes,
                file_id=file.file_id,
            )
            for file in files_to_verify(db, claim.upload_id)
        )
    if claim.operation == EARLY and claim.upload_id is not None:
        return pieces_to_read(db, claim.upload_id, [UUID(file) for file in claim.arguments["files"]])
    if claim.operation == GROUP:
        return _of_spread(db, claim, [SPREAD_TABLE, str(claim.arguments["file"])])
    if claim.operation == JOIN:
        parts = parts_of(db, claim.job_id, WORK)
        return _of_spread(db, claim, [SPREAD_TABLE]) + tuple(
            file for number, work in parts for file in _of_work(db, work, number)
        )
    if claim.version_id is None:
        return ()
    if claim.operation in FROM_COPC:
        return _copc_of(db, claim.version_id)
    if not is_registration(claim):
        return _files(db, claim.version_id, None)
    fixed = claim.arguments.get("fixed_version")
    moving = _files(db, claim.version_id, "moving")
    return moving + (_files(db, UUID(fixed), "fixed") if fixed else ())


def _files(db: Session, version_id: UUID, group: str | None) -> tuple[InputFile, ...]:
    return tuple(
        InputFile(path=file.path, object_key=file.object_key, size_bytes=file.size_bytes, group=group)
        for file in files_of(db, version_id)
    )


def _copc_of(db: Session, version_id: UUID) -> tuple[InputFile, ...]:
    """Return the COPC file of a version: it is read by ranges, and never the master."""
    copc = current(db, version_id, "copc")
    if copc is None:
        raise WorkGoneError(
            f"version {version_id} has no COPC file any more", hint="ask again: it is made first"
        )
    return tuple(
        InputFile(
            path=file.path,
            object_key=file.object_key,
            size_bytes=file.size_bytes,
        )
        for file in copc.files
    )


def _of_spread(db: Session, claim: Claim, paths: list[str]) -> tuple[InputFile, ...]:
    """Return files that the spread has left, by name."""
    work = made_by(db, UUID(claim.arguments["spread"]), WORK)
    there = {} if work is None else {file.path: file for file in _of_work(db, work, None)}
    missing = [path for path in paths if path not in there]
    if missing:
        raise WorkGoneError(
            f"{', '.join(missing)} of spread-version {claim.arguments['spread']} is not there any more",
            hint="retry this job: the cloud is spread again first",
        )
    return tuple(there[path] for path in paths)


def _of_work(db: Session, work: DerivativeRow, number: int | None) -> tuple[InputFile, ...]:
    return tuple(
        InputFile(
            path=file.path if number is None else part_path(number, file.path),
            object_key=object_key(work.id, file.path, WORK),
            size_bytes=file.size_bytes,
        )
        for file in files_of_work(db, work.id)
    )
