"""Begin a derivative, make it ready, give it to versions, and reap what was lost."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.derivatives.errors import DerivativeNotBuildingError
from storage.derivatives.keys import WORK, object_key, prefix
from storage.derivatives.tables import GONE, DerivativeFileRow, DerivativeRow, VersionDerivativeRow
from storage.ids import new_id
from storage.inventory import may_delete
from storage.jobs.claims import held_by, lost_lease
from storage.jobs.digests import input_digests
from storage.jobs.records import Claim, MadeDerivative
from storage.jobs.tables import JobRow
from storage.jobs.work_keys import work_key
from storage.objects.store import ObjectStore

FOR_WORKERS = ("part", WORK)
"""Kinds that pass between jobs, and are never a version's own."""


def begin(
    db: Session,
    claim: Claim,
    *,
    kind: str,
    operation: str,
    recipe_version: int = 1,
    parameters: Mapping[str, Any] | None = None,
) -> UUID:
    """Write the row of a derivative before any of its bytes; they go to `derivatives/<id>/…`."""
    if db.scalar(select(JobRow.id).where(held_by(claim))) is None:
        raise lost_lease(claim)
    row = DerivativeRow(
        id=new_id(),
        organisation_id=claim.organisation_id,
        attempt_id=claim.attempt_id,
        kind=kind,
        operation=operation,
        recipe_version=recipe_version,
        parameters=dict(parameters or {}),
        work_key=derivative_key(
            db,
            version_id=claim.version_id,
            organisation_id=claim.organisation_id,
            operation=f"{operation}/{kind}",
            recipe_version=recipe_version,
            parameters=parameters or {},
        ),
    )
    db.add(row)
    db.flush()
    return row.id


def derivative_key(
    db: Session,
    *,
    version_id: UUID | None,
    organisation_id: UUID,
    operation: str,
    recipe_version: int,
    parameters: Mapping[str, Any],
) -> str:
    """Return the work key by which the derivative of these bytes by this recipe is found again."""
    return work_key(
        operation=operation,
        recipe_version=recipe_version,
        parameters=parameters,
        digests=input_digests(db, version_id) if version_id is not None else [],
        organisation_id=organisation_id,
    )


def make_ready(db: Session, claim: Claim, made: MadeDerivative) -> None:
    """Make a derivative of this attempt ready with its files, and the version's current one of its kind."""
    row = db.get(DerivativeRow, made.id, with_for_update=True, populate_existing=True)
    if row is None or row.attempt_id != claim.attempt_id or row.state != "building":
        raise DerivativeNotBuildingError(f"derivative {made.id} is not being built by {claim.attempt_id}")
    row.state, row.result = "ready", dict(made.result)
    row.ready_at = db.scalars(select(func.clock_timestamp())).one()
    row.size_bytes = sum(file.size_bytes for file in made.files)
    db.add_all(
        DerivativeFileRow(
            derivative_id=row.id,
            path=file.path,
            role=file.role,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            object_key=object_key(row.id, file.path, row.kind) if row.kind == WORK else None,
        )
        for file in made.files
    )
    db.flush()
    if claim.version_id is not None and row.kind not in FOR_WORKERS:
        give_to_version(db, claim.version_id, row.id, row.kind)


def give_to_version(db: Session, version_id: UUID, derivative_id: UUID, kind: str) -> None:
    """Make a ready derivative the version's current one of its kind."""
    db.execute(
        update(VersionDerivativeRow)
        .where(
            VersionDerivativeRow.version_id == version_id,
            VersionDerivativeRow.kind == kind,
            VersionDerivativeRow.is_current,
        )
        .values(is_current=False)
    )
    values = {"version_id": version_id, "derivative_id": derivative_id, "kind": kind, "is_current": True}
    statement = insert(VersionDerivativeRow).values(**values)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["version_id", "derivative_id"], set_={"is_current": True}
        )
    )


def reap(db: Session, store: ObjectStore, derivative_id: UUID) -> int:
    """Remove the bytes of a lost or spent derivative; return how many objects there were."""
    if not may_delete(db):
        return 0
    row = db.get(DerivativeRow, derivative_id, with_for_update=True, populate_existing=True)
    if row is None or row.state not in GONE:
        return 0
    keys = [item.key for item in store.list(prefix(derivative_id, row.kind))]
    for key in keys:
        store.delete(key)
    row.state = "reaped"
    return len(keys)
