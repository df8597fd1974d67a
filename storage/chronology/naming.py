"""Sources, agents and concepts by their ids, for answers."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.chronology.records import Agent, ConceptLabel, Source
from storage.chronology.tables import AgentRow, ConceptRow, SourceRow
from storage.db import as_record


def sources_by_id(db: Session, ids: Iterable[UUID]) -> dict[UUID, Source]:
    """Return sources."""
    query = select(SourceRow).where(SourceRow.id.in_(set(ids)))
    return {row.id: as_record(Source, row) for row in db.scalars(query)}


def agents_by_id(db: Session, ids: Iterable[UUID]) -> dict[UUID, Agent]:
    """Return agents."""
    query = select(AgentRow).where(AgentRow.id.in_(set(ids)))
    return {row.id: as_record(Agent, row) for row in db.scalars(query)}


def concepts_by_id(db: Session, ids: Iterable[UUID | None]) -> dict[UUID, ConceptLabel]:
    """Return concepts."""
    query = select(ConceptRow).where(ConceptRow.id.in_({key for key in ids if key is not None}))
    return {row.id: as_record(ConceptLabel, row) for row in db.scalars(query)}
