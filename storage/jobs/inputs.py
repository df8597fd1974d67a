"""What a claimed job reads: the files of its version, of a second one, or of its upload."""

from uuid import UUID

from sqlalchemy.orm import Session

from storage.jobs.kinds import REGISTER, VERIFY
from storage.jobs.records import Claim, InputFile
from storage.uploads.queries import files_to_verify
from storage.versions.queries import files_of


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
    if claim.version_id is None:
        return ()
    if claim.operation != REGISTER:
        return _files(db, claim.version_id, None)
    fixed = claim.arguments.get("fixed_version")
    moving = _files(db, claim.version_id, "moving")
    return moving + (_files(db, UUID(fixed), "fixed") if fixed else ())


def _files(db: Session, version_id: UUID, group: str | None) -> tuple[InputFile, ...]:
    return tuple(
        InputFile(path=file.path, object_key=file.object_key, size_bytes=file.size_bytes, group=group)
        for file in files_of(db, version_id)
    )
