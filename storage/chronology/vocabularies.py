"""Ask for concepts. Those of an organisation are seen by its members, and by all if it shows anything."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, aliased

from storage.callers import Caller, Role
from storage.chronology.records import Concept
from storage.chronology.tables import ConceptRow
from storage.db import as_record
from storage.paging import Page, page_of
from storage.visibility import Root


def concept_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `concept`."""
    if caller.server_admin:
        return true()
    showing = select(Root.organisation_id).where(Root.visibility == "public")
    return or_(
        ConceptRow.organisation_id.is_(None),
        ConceptRow.organisation_id.in_(caller.organisations(Role.VIEWER)),
        ConceptRow.organisation_id.in_(showing),
    )


def list_concepts(
    db: Session,
    caller: Caller,
    *,
    scheme: str | None = None,
    organisation_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Concept]:
    """Return concepts; of an organisation: its own and the house's."""
    query = select(ConceptRow).where(concept_visible(caller))
    if scheme is not None:
        query = query.where(ConceptRow.scheme == scheme)
    if organisation_id is not None:
        query = query.where(
            or_(ConceptRow.organisation_id == organisation_id, ConceptRow.organisation_id.is_(None))
        )
    return page_of(db, query, ConceptRow.id, lambda rows: _concepts_of(db, rows), cursor=cursor, limit=limit)


def _concepts_of(db: Session, rows: list[ConceptRow]) -> list[Concept]:
    broader = aliased(ConceptRow)
    wanted = {row.broader_id for row in rows if row.broader_id is not None}
    codes = dict(db.execute(select(broader.id, broader.code).where(broader.id.in_(wanted))).all())
    return [
        as_record(
            Concept,
            row,
            broader=codes.get(row.broader_id) if row.broader_id is not None else None,
            exact_match=tuple(row.exact_match),
        )
        for row in rows
    ]
