"""What was unpacked of an archive: its files become the version's, and the archive is let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from storage.ids import new_id
from storage.jobs.records import Claim, MadeMember
from storage.uploads.media import media_type_of, role_of
from storage.uploads.plan import require_files
from storage.uploads.quota import require_room
from storage.uploads.records import NewFile
from storage.versions.commands import locked_version
from storage.versions.tables import BlobRow, VersionFileRow


@dataclass(frozen=True, kw_only=True)
class MemberPlace:
    """Where a worker is to put one unpacked file."""

    blob_id: UUID
    object_key: str


def begin_members(db: Session, claim: Claim, sizes: Sequence[int]) -> list[MemberPlace]:
    """Write a row for every file before its bytes; QuotaExceededError unless all of them fit."""
    require_room(db, claim.organisation_id, sum(sizes))
    places = []
    for size_bytes in sizes:
        blob_id = new_id()
        key = f"blobs/{blob_id}"
        db.add(
            BlobRow(id=blob_id, organisation_id=claim.organisation_id, object_key=key, size_bytes=size_bytes)
        )
        places.append(MemberPlace(blob_id=blob_id, object_key=key))
    db.flush()
    return places


def take_members(db: Session, version_id: UUID, members: Sequence[MadeMember]) -> None:
    """Give a draft the files that were unpacked, hashed on their way in, instead of the archive."""
    require_files([NewFile(path=each.path, size_bytes=each.size_bytes) for each in members])
    version = locked_version(db, version_id)
    archives = list(db.scalars(select(VersionFileRow.blob_id).where(VersionFileRow.version_id == version_id)))
    db.execute(delete(VersionFileRow).where(VersionFileRow.version_id == version_id))
    for position, each in enumerate(members):
        db.add(
            VersionFileRow(
                version_id=version_id,
                path=each.path,
                position=position,
                blob_id=_verified(db, each),
                size_bytes=each.size_bytes,
                media_type=media_type_of(each.path),
                role=role_of(each.path),
            )
        )
    version.size_bytes = sum(each.size_bytes for each in members)
    db.flush()
    for blob_id in archives:
        used = exists().where(VersionFileRow.blob_id == blob_id)
        db.execute(update(BlobRow).where(BlobRow.id == blob_id, ~used).values(state="deleted"))


def _verified(db: Session, member: MadeMember) -> UUID:
    """Mark a member's blob as verified, or answer the one that the organisation holds with its digest."""
    blob = db.get_one(BlobRow, member.blob_id, with_for_update=True, populate_existing=True)
    lock = f"{blob.organisation_id}:{member.sha256}"
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))
    held = db.scalar(
        select(BlobRow.id).where(
            BlobRow.organisation_id == blob.organisation_id,
            BlobRow.sha256 == member.sha256,
            BlobRow.state == "verified",
        )
    )
    if held is not None:
        blob.state = "deleted"
        db.flush()
        return held
    at = db.scalars(select(func.clock_timestamp())).one()
    blob.sha256, blob.state, blob.verified_at = member.sha256, "verified", at
    db.flush()
    return blob.id
