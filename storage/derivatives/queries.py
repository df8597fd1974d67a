"""Read derivatives: who may read one of the versions that share it may read it."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from storage.callers import ANONYMOUS, Caller
from storage.db import as_record
from storage.derivatives.keys import object_key
from storage.derivatives.records import Derivative, DerivativeFile
from storage.derivatives.tables import GONE, DerivativeFileRow, DerivativeRow, VersionDerivativeRow
from storage.errors import NotFoundError
from storage.versions.queries import get_version
from storage.versions.tables import VersionRow
from storage.visibility import derivative_visible, version_content_visible


def _readable(caller: Caller) -> ColumnElement[bool]:
    shared = exists().where(
        VersionDerivativeRow.derivative_id == DerivativeRow.id, derivative_visible(caller)
    )
    return (DerivativeRow.state == "ready") & shared


def get_derivative(db: Session, caller: Caller, derivative_id: UUID) -> Derivative:
    """Return one derivative that is ready."""
    row = db.scalar(select(DerivativeRow).where(DerivativeRow.id == derivative_id, _readable(caller)))
    if row is None:
        raise NotFoundError.of("derivative", derivative_id)
    return derivatives_of(db, [row])[0]


def require_readable(db: Session, caller: Caller, derivative_id: UUID) -> None:
    """Raise NotFoundError unless the caller may read the derivative: the cheap question before each tile."""
    asked = select(DerivativeRow.id).where(DerivativeRow.id == derivative_id, _readable(caller))
    if db.scalar(asked) is None:
        raise NotFoundError.of("derivative", derivative_id)


def is_public(db: Session, derivative_id: UUID) -> bool:
    """Say whether anyone may read it: one of its versions is published under a public root."""
    asked = select(DerivativeRow.id).where(DerivativeRow.id == derivative_id, _readable(ANONYMOUS))
    return db.scalar(asked) is not None


def list_derivatives(
    db: Session, caller: Caller, version_id: UUID, *, kind: str | None = None, current_only: bool = True
) -> tuple[Derivative, ...]:
    """Return the derivatives of a version the caller sees; none of a withdrawn one, but for curators."""
    get_version(db, caller, version_id)
    query = (
        select(DerivativeRow)
        .join(VersionDerivativeRow, VersionDerivativeRow.derivative_id == DerivativeRow.id)
        .join(VersionRow, VersionRow.id == VersionDerivativeRow.version_id)
        .where(VersionRow.id == version_id, DerivativeRow.state == "ready", version_content_visible(caller))
        .order_by(DerivativeRow.id)
    )
    if current_only:
        query = query.where(VersionDerivativeRow.is_current)
    if kind is not None:
        query = query.where(DerivativeRow.kind == kind)
    return tuple(derivatives_of(db, list(db.scalars(query))))


def current(db: Session, version_id: UUID, kind: str) -> Derivative | None:
    """Return the version's current derivative of a kind, unseen by any caller; None if there is none."""
    row = db.scalar(
        select(DerivativeRow)
        .join(VersionDerivativeRow, VersionDerivativeRow.derivative_id == DerivativeRow.id)
        .where(
            VersionDerivativeRow.version_id == version_id,
            VersionDerivativeRow.is_current,
            DerivativeRow.kind == kind,
            DerivativeRow.state == "ready",
        )
    )
    return None if row is None else derivatives_of(db, [row])[0]


def find_by_work_key(db: Session, work_key: str) -> UUID | None:
    """Return a ready derivative made by this very work, the newest."""
    return db.scalar(
        select(DerivativeRow.id)
        .where(DerivativeRow.work_key == work_key, DerivativeRow.state == "ready")
        .order_by(DerivativeRow.id.desc())
        .limit(1)
    )


def file_of(db: Session, derivative_id: UUID, path: str) -> DerivativeFile:
    """Return one file of a derivative; ask `require_readable` first."""
    row = db.get(DerivativeFileRow, (derivative_id, path))
    if row is None:
        raise NotFoundError.of("file", path)
    return _file(row)


def object_keys(db: Session, derivative_id: UUID) -> dict[str, str]:
    """Return where each file of a derivative lies, by path; ask `require_readable` first."""
    query = select(DerivativeFileRow).where(DerivativeFileRow.derivative_id == derivative_id)
    return {row.path: _file(row).object_key for row in db.scalars(query)}


def lost_derivatives(db: Session, *, limit: int = 100) -> list[UUID]:
    """Return derivatives of lost attempts, and spent work, whose bytes are still to be reaped."""
    query = select(DerivativeRow.id).where(DerivativeRow.state.in_(GONE)).order_by(DerivativeRow.id)
    return list(db.scalars(query.limit(limit)))


def derivatives_of(db: Session, rows: Sequence[DerivativeRow]) -> list[Derivative]:
    """Return the records of rows, with their files."""
    files: dict[UUID, list[DerivativeFile]] = defaultdict(list)
    query = select(DerivativeFileRow).where(DerivativeFileRow.derivative_id.in_([row.id for row in rows]))
    for row in db.scalars(query.order_by(DerivativeFileRow.path)):
        files[row.derivative_id].append(_file(row))
    return [as_record(Derivative, row, files=tuple(files[row.id])) for row in rows]


def _file(row: DerivativeFileRow) -> DerivativeFile:
    return as_record(
        DerivativeFile, row, object_key=row.object_key or object_key(row.derivative_id, row.path)
    )
