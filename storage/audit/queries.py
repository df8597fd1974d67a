"""Read the audit of an organisation: its admins may."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.audit.records import AuditEntry
from storage.audit.tables import AuditRow
from storage.callers import Caller, Role
from storage.db import as_record
from storage.organisations.queries import get_organisation
from storage.paging import Page, page_of


def list_audit(
    db: Session,
    caller: Caller,
    organisation_id: UUID,
    *,
    object_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AuditEntry]:
    """Return what was done in an organisation, newest first."""
    get_organisation(db, caller, organisation_id)
    caller.require(organisation_id, Role.ADMIN)
    query = select(AuditRow).where(AuditRow.organisation_id == organisation_id)
    if object_id is not None:
        query = query.where(AuditRow.object_id == object_id)
    return page_of(
        db,
        query,
        AuditRow.id,
        lambda rows: [as_record(AuditEntry, row) for row in rows],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
