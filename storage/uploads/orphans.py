"""Multipart uploads that no row of ours knows any more: found in the store and given up through its API."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.objects.store import ListedMultipart, ObjectStore
from storage.uploads.tables import UploadFileRow, UploadRow

PREFIX = "blobs/"
AT_ONCE = 1000


def orphan_multiparts(
    db: Session, store: ObjectStore, *, before: datetime, limit: int = AT_ONCE
) -> list[ListedMultipart]:
    """Return multipart uploads begun before a moment that are of no open upload.

    A transaction that failed after the store had begun one leaves it behind; so does a crash between the two.
    """
    old: list[ListedMultipart] = []
    for each in store.list_multiparts(PREFIX):
        if each.begun_at < before:
            old.append(each)
        if len(old) >= limit:
            break
    known = _known(db, [each.multipart_id for each in old])
    return [each for each in old if each.multipart_id not in known]


def _known(db: Session, multipart_ids: Sequence[str]) -> set[str]:
    query = (
        select(UploadFileRow.multipart_id)
        .join(UploadRow, UploadRow.id == UploadFileRow.upload_id)
        .where(UploadFileRow.multipart_id.in_(multipart_ids), UploadRow.state == "open")
    )
    return {found for found in db.scalars(query) if found is not None}
