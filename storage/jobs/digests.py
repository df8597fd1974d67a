"""Digests of what a job reads: known from the parts before the server has hashed the whole."""

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.uploads.tables import UploadFileRow, UploadPartRow, UploadRow
from storage.versions.tables import BlobRow, VersionFileRow


def input_digests(db: Session, version_id: UUID) -> list[str]:
    """Return one digest a file of a version: path, and the SHA-256 of every part, in order.

    S3 held every part to its SHA-256, and the plan of parts is a function of the size, so equal digests mean
    equal bytes. Path and order are part of the work: an OBJ finds its textures by name.
    """
    parts = (
        select(VersionFileRow.path, UploadPartRow.sha256)
        .join(UploadRow, UploadRow.version_id == VersionFileRow.version_id)
        .join(
            UploadFileRow,
            (UploadFileRow.upload_id == UploadRow.id) & (UploadFileRow.path == VersionFileRow.path),
        )
        .join(UploadPartRow, UploadPartRow.file_id == UploadFileRow.id)
        .where(UploadRow.version_id == version_id)
        .order_by(VersionFileRow.position, UploadPartRow.number)
    )
    digests: dict[str, hashlib._Hash] = {}
    for path, sha256 in db.execute(parts):
        digests.setdefault(path, hashlib.sha256()).update(bytes.fromhex(sha256))
    # What was unpacked of an archive was sent in no parts: it was hashed as it was stored.
    members = (
        select(VersionFileRow.path, BlobRow.sha256)
        .join(BlobRow, BlobRow.id == VersionFileRow.blob_id)
        .where(VersionFileRow.version_id == version_id, VersionFileRow.path.not_in(digests))
        .order_by(VersionFileRow.position)
    )
    known = [f"{path}:{digest.hexdigest()}" for path, digest in digests.items()]
    return known + [f"{path}:whole:{sha256}" for path, sha256 in db.execute(members)]
