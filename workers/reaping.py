"""Takes away what nobody will come back for: lost attempts' objects, idle uploads and work, doubles."""

from __future__ import annotations

from datetime import timedelta

import structlog

from storage import clock
from storage import db as database
from storage.db import Sessions
from storage.derivatives import commands as derivatives
from storage.derivatives import queries as derivative_queries
from storage.idempotency import commands as idempotency
from storage.jobs import abandoning
from storage.objects.store import ObjectStore
from storage.uploads import commands as uploads
from storage.uploads import orphans, pieces
from storage.uploads import queries as upload_queries
from storage.uploads import reaping as blobs

log = structlog.get_logger()

AT_ONCE = 100
# Longer than any transaction that begins one takes to commit.
ORPHANED_AFTER = timedelta(hours=1)


def reap_lost_derivatives(sessions: Sessions, store: ObjectStore) -> int:
    """Delete the objects of derivatives that did not count; return how many were reaped."""
    with database.transaction(sessions) as db:
        lost = derivative_queries.lost_derivatives(db, limit=AT_ONCE)
    for derivative_id in lost:
        with database.transaction(sessions) as db:
            derivatives.reap(db, store, derivative_id)
    if lost:
        log.info("derivatives.reaped", derivatives=len(lost))
    return len(lost)


def reap_idle_uploads(sessions: Sessions, store: ObjectStore, *, idle_days: float) -> int:
    """Abandon uploads nobody has touched for so many days; return how many were looked at."""
    with database.transaction(sessions) as db:
        idle = upload_queries.idle_uploads(db, before=clock.now() - timedelta(days=idle_days))
    for upload_id in idle:
        with database.transaction(sessions) as db:
            if uploads.reap_idle(db, store, upload_id):
                log.info("upload.reaped", upload_id=str(upload_id))
    return len(idle)


def reap_idle_sharings(sessions: Sessions, *, idle_days: float) -> int:
    """Give up what shared tilings left that nobody came back to; its objects go with the lost ones."""
    before = clock.now() - timedelta(days=idle_days)
    with database.transaction(sessions) as db:
        idle = abandoning.idle_sharings(db, before=before)
    for spread_id in idle:
        with database.transaction(sessions) as db:
            if abandoning.give_up(db, spread_id, before=before):
                log.info("sharing.given_up", job_id=str(spread_id))
    return len(idle)


def reap_deleted_blobs(sessions: Sessions, store: ObjectStore) -> int:
    """Delete the objects of blobs that were sent again or given up; return how many there were."""
    with database.transaction(sessions) as db:
        deleted = blobs.deleted_blobs(db, limit=AT_ONCE)
    for blob_id in deleted:
        with database.transaction(sessions) as db:
            blobs.reap_blob(db, store, blob_id)
    if deleted:
        log.info("blobs.reaped", blobs=len(deleted))
    return len(deleted)


def forget_answers(sessions: Sessions) -> None:
    """Forget the answers kept for repeated requests, a day later."""
    with database.transaction(sessions) as db:
        idempotency.forget_old(db)


def reap_pieces(sessions: Sessions, store: ObjectStore) -> int:
    """Delete heads and tails of uploads that have ended; return of how many."""
    with database.transaction(sessions) as db:
        ended = pieces.ended_with_pieces(db, limit=AT_ONCE)
    for upload_id in ended:
        with database.transaction(sessions) as db:
            pieces.reap_pieces(db, store, upload_id)
    return len(ended)


def drop_unneeded_blobs(sessions: Sessions, *, idle_days: float) -> int:
    """Let go of what refused uploads brought, and of what lost attempts unpacked, after a while."""
    before = clock.now() - timedelta(days=idle_days)
    with database.transaction(sessions) as db:
        dropped = blobs.drop_refused(db, before=before) + blobs.drop_unused(db, before=before)
    if dropped:
        log.info("blobs.dropped", blobs=dropped)
    return dropped


def abort_orphans(sessions: Sessions, store: ObjectStore) -> int:
    """Give up multipart uploads in the store that no row knows; return how many there were."""
    with database.transaction(sessions) as db:
        found = orphans.orphan_multiparts(db, store, before=clock.now() - ORPHANED_AFTER)
    for each in found:
        store.abort_multipart(each.key, each.multipart_id)
        log.warning("multipart.orphan_aborted", key=each.key, begun_at=each.begun_at.isoformat())
    return len(found)
